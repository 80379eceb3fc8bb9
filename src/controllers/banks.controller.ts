/** 银行接口: banks admitted to push flows, their keys, and when they were last heard. A secret is shown once. */
import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { onlyRoles } from '../middleware/roles.ts';
import type { IssuedKey } from '../models/bank/bank.service.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { feedUserOf } from '../models/member/joining.service.ts';
import { paths } from '../paths.ts';

const keyForm = z.object({ publicKey: z.string().trim().max(200).default('') });

/** Routes of banks: the list, admission, and the keys with which a bank signs. */
export function bankRoutes(platform: Platform): Router {
  const { models, services, log } = platform;
  const router = Router();
  const bankOf = async (req: Request): Promise<{ _id: string; name: string }> => {
    const found = await models.organisation
      .findOne({ _id: String(req.params.id), roles: 'bank-feed', state: 'ACTIVE' })
      .lean();
    if (found === null) throw new DomainError('NOT_FOUND', 'no such bank');
    return { _id: found._id, name: found.name };
  };
  router.use(paths.banks, onlyRoles('sys-admin', 'sec-admin'));
  router.get(paths.banks, async (_req, res) => {
    res.render('banks/banks', { title: t('nav.banks'), ...(await banksAndCandidates(platform)) });
  });
  router.post('/banks/:id/feed', onlyRoles('sys-admin'), async (req, res) => {
    const bank = await bankOf(req);
    await services.joining.register(
      personOf(req).userId,
      { userId: feedUserOf(bank._id), name: '', orgId: bank._id, role: 'bank-feed', posts: [] },
      `web-${randomUUID()}`,
    );
    req.session.notice = t('banks.feedWaits');
    res.redirect(303, paths.banks);
  });
  router.post('/banks/:id/admit', onlyRoles('sys-admin'), async (req, res) => {
    const bank = await bankOf(req);
    const feedUserId = feedUserOf(bank._id);
    // Without an active feed user every flow of the bank would be refused by the ledger.
    if ((await models.user.exists({ _id: feedUserId, state: 'ACTIVE' })) === null)
      throw new DomainError('WRONG_STATE', `${feedUserId} is not active`);
    await withKey(req, res, platform, (material) =>
      services.banks.admit({
        bankId: bank._id,
        name: bank.name,
        feedUserId,
        admittedBy: personOf(req).userId,
        ...material,
      }),
    );
    log.info({ requestId: res.locals.requestId, bankId: bank._id }, 'bank admitted');
  });
  router.post('/banks/:id/keys', onlyRoles('sys-admin'), async (req, res) => {
    const bank = await bankOf(req);
    await withKey(req, res, platform, (material) => services.banks.issueKey(bank._id, material));
  });
  router.post('/banks/:id/keys/:keyId/revoke', async (req, res) => {
    await services.banks.revokeKey(req.params.id, req.params.keyId);
    log.info({ requestId: res.locals.requestId, bankId: req.params.id }, 'bank key revoked');
    req.session.notice = t('banks.revokedNote', { id: req.params.keyId.slice(0, 8) });
    res.redirect(303, paths.banks);
  });
  return router;
}

/** Makes a key and shows it this once; a public key that is none comes back with the list. */
async function withKey(
  req: Request,
  res: Response,
  platform: Platform,
  make: (material: { publicKey?: string }) => Promise<IssuedKey>,
): Promise<void> {
  const { publicKey } = keyForm.parse(req.body ?? {});
  try {
    const issued = await make(publicKey === '' ? {} : { publicKey });
    res.setHeader('Cache-Control', 'no-store');
    res.render('banks/issued', { title: t('banks.issued'), bankId: req.params.id, issued });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    res.status(422).render('banks/banks', {
      title: t('nav.banks'),
      errors: { publicKey: label('banks.fault.publicKey') },
      ...(await banksAndCandidates(platform)),
    });
  }
}

async function banksAndCandidates({ services, models }: Platform): Promise<object> {
  const banks = await services.banks.list();
  const others = await models.organisation
    .find({ roles: 'bank-feed', state: 'ACTIVE', _id: { $nin: banks.map((one) => one._id) } }, { name: 1 })
    .sort({ _id: 1 })
    .lean();
  const feeds = await models.user.find({ role: 'bank-feed' }, { state: 1 }).limit(500).lean();
  const stateOf = new Map(feeds.map((one) => [one._id, one.state]));
  return {
    banks: banks.map((one) => ({
      ...one,
      live: one.keys.filter((key) => key.revokedAt === null),
      feedState: stateOf.get(one.feedUserId) ?? null,
    })),
    candidates: others.map((one) => ({ ...one, feedState: stateOf.get(feedUserOf(one._id)) ?? null })),
  };
}
