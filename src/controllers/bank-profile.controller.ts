/** 银行格式: how each bank's entries are read, and a dry run of a pasted sample that stores nothing. */
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { isAccount, normalAccount } from '#kernel/normal-form.ts';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { onlyRoles } from '../middleware/roles.ts';
import { bankProfile } from '../models/bank-profile/bank-profile.rules.ts';
import { bankFor, banksFor, profileRoles } from '../models/bank-profile/profile-access.ts';
import { dryRun } from '../models/statement/dry-run.ts';
import { paths } from '../paths.ts';

const sampleForm = z.object({
  account: z.string().max(64).default(''),
  sample: z.string().max(100_000).default(''),
});

/** Routes of bank profiles. A bank's people see their own bank. */
export function bankProfileRoutes(platform: Platform): Router {
  const { services, log } = platform;
  const router = Router();
  router.use(paths.bankProfiles, onlyRoles(...profileRoles));
  router.get(paths.bankProfiles, async (req, res) => {
    const banks = await banksFor(personOf(req));
    const profiles = await Promise.all(
      banks.map(async (one) => ({ ...one, profile: await services.bankProfiles.of(one._id) })),
    );
    res.render('statements/profiles', { title: t('profile.title'), banks: profiles });
  });

  const show = async (req: Request, res: Response, more: object = {}): Promise<void> => {
    const bank = await bankFor(personOf(req), String(req.params.id));
    const profile = await services.bankProfiles.of(bank._id);
    const own = await services.bankProfiles.find(bank._id);
    const text = JSON.stringify(profile, null, 2);
    res.render('statements/profile', {
      title: t('profile.one'),
      bank,
      profile,
      own,
      text,
      run: null,
      asked: {},
      ...more,
    });
  };
  router.get(`${paths.bankProfiles}/:id`, async (req, res) => show(req, res));
  router.post(`${paths.bankProfiles}/:id/dry-run`, async (req, res) => {
    const bank = await bankFor(personOf(req), req.params.id);
    const asked = sampleForm.parse(req.body);
    const account = normalAccount(asked.account);
    const profile = await services.bankProfiles.of(bank._id);
    const own = await services.bankProfiles.own(bank._id);
    const place = { bankId: bank._id, account: isAccount(account) ? account : '', profile, own };
    await show(req, res, { asked, run: await dryRun(asked.sample, place) });
  });
  router.post(`${paths.bankProfiles}/:id`, onlyRoles('sys-admin'), async (req, res) => {
    const bank = await bankFor(personOf(req), String(req.params.id));
    const { text } = z.object({ text: z.string().max(50_000) }).parse(req.body);
    const read = bankProfile.safeParse(parsed(text));
    if (!read.success) {
      const { path, message } = read.error.issues[0] ?? { path: [], message: '' };
      const errors = { text: `${label('profile.fault')} ${path.join('/')} ${message}` };
      res.status(422);
      await show(req, res, { text, errors });
      return;
    }
    await services.bankProfiles.propose(bank._id, read.data, personOf(req).userId);
    log.info({ requestId: res.locals.requestId, bankId: bank._id }, 'bank profile proposed');
    req.session.notice = t('profile.proposed');
    res.redirect(303, paths.bankProfile(bank._id));
  });
  router.post(`${paths.bankProfiles}/:id/activate`, onlyRoles('sec-admin'), async (req, res) => {
    const bank = await bankFor(personOf(req), String(req.params.id));
    await services.bankProfiles.activate(bank._id, personOf(req).userId);
    log.info({ requestId: res.locals.requestId, bankId: bank._id }, 'bank profile activated');
    req.session.notice = t('profile.activated');
    res.redirect(303, paths.bankProfile(bank._id));
  });
  return router;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
