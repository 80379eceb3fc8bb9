/** 我的账户: who I am here, my certificate, my open sessions, and my organisation's bank accounts. For every role. */
import { Router } from 'express';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { AccountModel } from '../models/account/account.schema.ts';
import { offeredActions, offeredNew } from '../models/action/action.catalog.ts';
import { KeyModel } from '../models/key/key.storage.ts';
import type { BankAccountDoc } from '../models/member/member.schema.ts';
import { isAdministrator, type Person } from '../models/member/person.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import { paths } from '../paths.ts';
import { sessionsOf } from './sessions.ts';

/** Routes of one's own account page. */
export function ownAccountRoutes(platform: Platform): Router {
  const { models, log } = platform;
  const router = Router();
  const sessions = sessionsOf(platform);
  router.get(paths.account, async (req, res) => {
    const person = personOf(req);
    const [account, key, open, accounts] = await Promise.all([
      AccountModel.findById(person.username, { sealedTotp: 1, lastSignInAt: 1, createdAt: 1 }).lean(),
      KeyModel.findById(person.userId, { serial: 1, mspId: 1, notAfter: 1 }).lean(),
      sessions.list(person.username, req.sessionID),
      accountsOf(platform, person),
    ]);
    const names = await models.organisation.find({ _id: { $in: accounts.map((one) => one.bankId) } }).lean();
    res.render('account/own', {
      title: t('account.title'),
      account,
      key,
      sessions: open,
      accounts,
      names: new Map(names.map((one) => [one._id, one.name])),
      seesAccounts: !isAdministrator(person),
      actions: isAdministrator(person) ? [] : offeredNew(person, ['member.registerAccount']),
      posts: person.posts.map((post) => label(`post.${post}`)).join('、') || t('post.none'),
    });
  });
  router.post(`${paths.account}/sessions/others/end`, async (req, res) => {
    const { username, userId } = personOf(req);
    const ended = await sessions.endOthers(username, req.sessionID);
    log.info({ requestId: res.locals.requestId, userId, ended }, 'other sessions ended');
    req.session.notice = t('account.othersEnded', { count: ended });
    res.redirect(303, paths.account);
  });
  router.post(`${paths.account}/sessions/:id/end`, async (req, res) => {
    const { username, userId } = personOf(req);
    await sessions.end(username, req.params.id);
    log.info({ requestId: res.locals.requestId, userId }, 'session ended');
    req.session.notice = t('account.sessionEnded');
    res.redirect(303, paths.account);
  });
  return router;
}

/** The bank accounts of one's own organisation, with what one may do with each. */
async function accountsOf(
  { models }: Pick<Platform, 'models'>,
  person: Person,
): Promise<(BankAccountDoc & { readonly actions: ReturnType<typeof offeredActions> })[]> {
  if (isAdministrator(person)) return [];
  const rows = await models.bankAccount
    .find(withinScope(person, 'bankAccount', { orgId: person.orgId }))
    .sort({ createdAt: 1 })
    .limit(100)
    .lean<BankAccountDoc[]>();
  return rows.map((one) => ({ ...one, actions: offeredActions(person, 'bankAccount', one) }));
}
