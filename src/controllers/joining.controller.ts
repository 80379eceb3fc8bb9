/** Joining and leaving in two hands: a person is registered by one administrator, activated by another, disabled by either. */
import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { organisationRoles, posts, roles } from '#kernel/records/common.ts';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { onlyRoles } from '../middleware/roles.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { DirectoryService, directoryRoles } from '../models/member/directory.service.ts';
import type { UserDoc } from '../models/member/member.schema.ts';
import { whyNot } from '../models/member/rights.rules.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import { paths } from '../paths.ts';
import { showReceipt } from './action.controller.ts';

const token = z
  .string()
  .regex(/^web-[0-9a-f-]{36}$/)
  .catch(() => `web-${randomUUID()}`);
const some = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);
const personForm = z.object({
  requestId: token,
  orgId: z.string().trim().max(64),
  role: z.string().trim(),
  userId: z.string().trim().toLowerCase(),
  name: z.string().trim().max(60),
  posts: some,
});
const joining = z.object({
  userId: z.string().regex(/^[a-z0-9][a-z0-9_.-]{2,31}$/),
  name: z.string().min(1),
  orgId: z.string().min(1),
  role: z.enum(roles),
  posts: z.array(z.enum(posts)),
});
const leaving = z.object({ requestId: token, reason: z.string().trim().min(1).max(500) });

/** Forms and steps of joining and leaving. */
export function joiningRoutes(platform: Platform): Router {
  const router = Router();
  router.use(paths.members, onlyRoles(...directoryRoles));
  registering(router, platform);
  steps(router, platform);
  return router;
}

function registering(router: Router, platform: Platform): void {
  const { services, log } = platform;
  router.get(paths.newPerson, onlyRoles('sys-admin'), async (req, res) => {
    await showForm(res, platform, { values: { orgId: z.string().catch('').parse(req.query.org) } });
  });
  router.post(paths.newPerson, onlyRoles('sys-admin'), async (req, res) => {
    const { requestId, ...values } = personForm.parse(req.body);
    const read = joining.safeParse(values);
    try {
      if (!read.success) throw new InputError(faults(read.error));
      const joined = await services.joining.register(personOf(req).userId, read.data, requestId);
      log.info({ requestId: res.locals.requestId, userId: read.data.userId }, 'user registered');
      res.setHeader('Cache-Control', 'no-store');
      res.render('members/joined', { title: t('members.joined'), joining: read.data, ...joined });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const errors = Object.fromEntries(
        Object.entries(error.fields).map(([name, key]) => [name, label(key)]),
      );
      res.status(422);
      await showForm(res, platform, { values, errors });
    }
  });
}

function steps(router: Router, { models, services }: Platform): void {
  const directory = new DirectoryService(models);
  const load = async (req: Request): Promise<UserDoc> => {
    const where = withinScope(personOf(req), 'user', { _id: String(req.params.id) });
    const found = await models.user.findOne(where).lean<UserDoc>();
    if (found === null) throw new DomainError('NOT_FOUND', 'no such user in scope');
    return found;
  };
  router.get('/members/people/:id', async (req, res) => {
    const user = await load(req);
    const [row] = await directory.withDetails([user]);
    res.render('members/person', {
      title: row?.name === '' ? user._id : row?.name,
      user: row,
      requestId: `web-${randomUUID()}`,
      mayActivate: whyNot(personOf(req), 'member.activateUser', situationOf(user)) === null,
      mayDisable:
        user.state !== 'DISABLED' && may(req, 'member.disable') && user._id !== personOf(req).userId,
    });
  });
  router.post('/members/people/:id/activate', onlyRoles('sec-admin'), async (req, res) => {
    const user = await load(req);
    const requestId = token.parse((req.body as { requestId?: unknown }).requestId);
    const receipt = await services.joining.activate(personOf(req).userId, user._id, requestId);
    showReceipt(res, { title: t('action.member.activateUser'), receipt, back: paths.person(user._id) });
  });
  router.post('/members/people/:id/disable', onlyRoles('sys-admin', 'sec-admin'), async (req, res) => {
    const user = await load(req);
    const { reason, requestId } = leaving.parse(req.body);
    await services.joining.disable(personOf(req).userId, user._id, reason, requestId);
    req.session.notice = t('members.disabled', { id: user._id });
    res.redirect(303, paths.person(user._id));
  });
}

async function showForm(
  res: Response,
  { models }: Platform,
  shown: { values: object; errors?: Record<string, string> },
): Promise<void> {
  const found = await models.organisation
    .find({ state: 'ACTIVE' }, { name: 1 })
    .sort({ _id: 1 })
    .limit(1000)
    .lean();
  res.render('members/new-person', {
    title: t('action.member.registerUser'),
    requestId: `web-${randomUUID()}`,
    organisations: found.map((one) => ({ value: one._id, text: `${one.name}（${one._id}）` })),
    roleChoices: organisationRoles.map((value) => ({ value, text: label(`role.${value}`) })),
    postNames: posts,
    errors: {},
    ...shown,
  });
}

function may(req: Request, action: 'member.registerUser' | 'member.disable'): boolean {
  return whyNot(personOf(req), action) === null;
}

function situationOf(user: UserDoc): { actedBy: string[]; stateAllows: boolean } {
  return { actedBy: [user.record.registered.by], stateAllows: user.state === 'PENDING' };
}

function faults(error: z.ZodError): Record<string, string> {
  return Object.fromEntries(
    error.issues.map(({ path }) => [String(path[0]), `members.fault.${String(path[0])}`]),
  );
}
