/** 银行接口: banks admitted to push flows, their keys, from where they may call, and their clocks. A secret is shown once. */
import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { onlyRoles } from '../middleware/roles.ts';
import { bankPage } from '../models/bank/bank.page.ts';
import type { IssuedKey, NewKey } from '../models/bank/bank.service.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { feedUserOf } from '../models/member/joining.service.ts';
import { paths } from '../paths.ts';
import { accessOf, keyOf } from './bank.form.ts';

/** Routes of banks: the list, admission, and each bank's keys and access. */
export function bankRoutes(platform: Platform): Router {
  const router = Router();
  router.use(paths.banks, onlyRoles('sys-admin', 'sec-admin'));
  router.get(paths.banks, async (_req, res) => {
    res.render('banks/banks', { title: t('nav.banks'), ...(await banksAndCandidates(platform)) });
  });
  admission(router, platform);
  router.get('/banks/:id', async (req, res) => showBank(platform, req, res));
  keys(router, platform);
  router.post('/banks/:id/access', onlyRoles('sec-admin'), async (req, res) => {
    const id = String(req.params.id);
    await orFaults(platform, req, res, async () => {
      await platform.services.banks.setAccess(id, personOf(req).userId, accessOf(req.body));
      note(platform, res, { bankId: id, what: 'bank access set' });
      req.session.notice = t('banks.accessSet');
      res.redirect(303, paths.bank(id));
    });
  });
  return router;
}

function admission(router: Router, platform: Platform): void {
  const { models, services } = platform;
  router.post('/banks/:id/feed', onlyRoles('sys-admin'), async (req, res) => {
    const bank = await organisationOf(platform, String(req.params.id));
    await services.joining.register(
      personOf(req).userId,
      { userId: feedUserOf(bank._id), name: '', orgId: bank._id, role: 'bank-feed', posts: [] },
      `web-${randomUUID()}`,
    );
    req.session.notice = t('banks.feedWaits');
    res.redirect(303, paths.banks);
  });
  router.post('/banks/:id/admit', onlyRoles('sys-admin'), async (req, res) => {
    const bank = await organisationOf(platform, String(req.params.id));
    const feedUserId = feedUserOf(bank._id);
    // Without an active feed user every flow of the bank would be refused by the ledger.
    if ((await models.user.exists({ _id: feedUserId, state: 'ACTIVE' })) === null)
      throw new DomainError('WRONG_STATE', `${feedUserId} is not active`);
    const admittedBy = personOf(req).userId;
    await issue(platform, req, res, (key) =>
      services.banks.admit({ bankId: bank._id, name: bank.name, feedUserId, admittedBy, ...key }),
    );
  });
}

function keys(router: Router, platform: Platform): void {
  const { banks } = platform.services;
  router.post('/banks/:id/keys', onlyRoles('sys-admin'), async (req, res) => {
    const id = String(req.params.id);
    await issue(platform, req, res, (key) => banks.issueKey(id, personOf(req).userId, key));
  });
  router.post('/banks/:id/keys/:keyId/activate', onlyRoles('sec-admin'), async (req, res) => {
    const { id, keyId } = z.object({ id: z.string(), keyId: z.string() }).parse(req.params);
    await banks.activateKey(id, keyId, personOf(req).userId);
    note(platform, res, { bankId: id, keyId, what: 'bank key activated' });
    req.session.notice = t('banks.activatedNote', { id: keyId.slice(0, 8) });
    res.redirect(303, paths.bank(id));
  });
  router.post('/banks/:id/keys/:keyId/revoke', async (req, res) => {
    const { id, keyId } = req.params;
    await banks.revokeKey(id, keyId, personOf(req).userId);
    note(platform, res, { bankId: id, keyId, what: 'bank key revoked' });
    req.session.notice = t('banks.revokedNote', { id: keyId.slice(0, 8) });
    res.redirect(303, paths.bank(id));
  });
}

/** Makes a key and shows it this once; a public key that is none comes back with the form. */
async function issue(
  platform: Platform,
  req: Request,
  res: Response,
  make: (key: NewKey) => Promise<IssuedKey>,
): Promise<void> {
  await orFaults(platform, req, res, async () => {
    const issued = await make(keyOf(req.body));
    const bankId = String(req.params.id);
    note(platform, res, { bankId, keyId: issued.keyId, what: 'bank key issued' });
    res.setHeader('Cache-Control', 'no-store');
    res.render('banks/issued', { title: t('banks.issued'), bankId, issued });
  });
}

/** Does it, or shows the page again with what is wrong. */
async function orFaults(
  platform: Platform,
  req: Request,
  res: Response,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const errors = Object.fromEntries(
      Object.entries(error.fields).map(([field, key]) => [field, label(key)]),
    );
    res.status(422);
    await showBank(platform, req, res, errors);
  }
}

async function showBank(platform: Platform, req: Request, res: Response, errors = {}): Promise<void> {
  const page = await bankPage(String(req.params.id), platform.now());
  const given = Object.keys(errors).length > 0 ? { given: req.body as object } : {};
  if (page !== null) {
    const feed = await platform.models.user.findById(page.bank.feedUserId, { state: 1 }).lean();
    const feedState = feed?.state ?? null;
    res.render('banks/bank', { title: page.bank.name, ...page, feedState, errors, ...given });
  } else if (Object.keys(errors).length > 0) {
    // The first key of a bank that is not admitted yet.
    res.render('banks/banks', { title: t('nav.banks'), errors, ...(await banksAndCandidates(platform)) });
  } else throw new DomainError('NOT_FOUND', 'no such bank');
}

function note(
  { log }: Platform,
  res: Response,
  done: { bankId: string; keyId?: string; what: string },
): void {
  const { what, ...ids } = done;
  log.info({ requestId: String(res.locals.requestId), ...ids }, what);
}

async function organisationOf({ models }: Platform, id: string): Promise<{ _id: string; name: string }> {
  const found = await models.organisation.findOne({ _id: id, roles: 'bank-feed', state: 'ACTIVE' }).lean();
  if (found === null) throw new DomainError('NOT_FOUND', 'no such bank');
  return { _id: found._id, name: found.name };
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
    banks: banks.map((one) => ({ ...one, feedState: stateOf.get(one.feedUserId) ?? null })),
    candidates: others.map((one) => ({ ...one, feedState: stateOf.get(feedUserOf(one._id)) ?? null })),
  };
}
