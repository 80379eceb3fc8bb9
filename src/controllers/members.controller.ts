/** 机构与人员: organisations, people, accounts and the permission matrix; joining and leaving in two hands. */
import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { posts, roles } from '#kernel/records/common.ts';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { onlyRoles } from '../middleware/roles.ts';
import { offeredActions, offeredNew } from '../models/action/action.catalog.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import {
  DirectoryService,
  directoryRoles,
  matrixRoles,
  rightsMatrix,
} from '../models/member/directory.service.ts';
import type { BankAccountDoc, OrganisationDoc, UserDoc } from '../models/member/member.schema.ts';
import { whyNot } from '../models/member/rights.rules.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import { paths } from '../paths.ts';
import { showReceipt } from './action.controller.ts';
import { readList, withTotal } from './list.ts';

const businessRoles = roles.filter(
  (role) => !['sys-admin', 'sec-admin', 'log-admin', 'platform'].includes(role),
);
const choices = (kind: string, values: readonly string[]): { value: string; text: string }[] =>
  values.map((value) => ({ value, text: label(`${kind}.${value}`) }));
const states = choices('member', ['PENDING', 'ACTIVE', 'DISABLED']);
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

export function membersRoutes(platform: Platform): Router {
  const router = Router();
  const directory = new DirectoryService(platform.models);
  router.use(paths.members, onlyRoles(...directoryRoles));
  lists(router, platform, directory);
  joins(router, platform, directory);
  router.get(paths.memberRights, (_req, res) => {
    res.render('members/rights', {
      title: t('members.rights'),
      tab: 'rights',
      matrixRoles,
      rows: rightsMatrix(),
    });
  });
  return router;
}

function lists(router: Router, { models }: Platform, directory: DirectoryService): void {
  router.get(paths.members, async (req, res) => {
    const list = readList(req, {
      path: paths.members,
      sortable: { id: '_id', name: 'name', division: 'division', created: 'createdAt' },
      defaultSort: 'id',
      filters: [
        { name: 'roles', label: t('members.role'), choices: choices('role', businessRoles) },
        { name: 'division', label: t('members.division') },
        { name: 'state', label: t('members.state'), choices: states.slice(1) },
      ],
    });
    const where = withinScope(personOf(req), 'organisation', set(list.values));
    withTotal(list, await models.organisation.countDocuments(where));
    const rows = await models.organisation
      .find(where)
      .sort(list.order)
      .skip(list.skip)
      .limit(list.size)
      .lean<OrganisationDoc[]>();
    const actions = offeredNew(personOf(req), ['member.registerOrganisation']);
    res.render('members/organisations', {
      title: t('nav.members'),
      tab: 'organisations',
      list,
      rows,
      actions,
    });
  });
  router.get(paths.people, async (req, res) => {
    const list = readList(req, {
      path: paths.people,
      sortable: { id: '_id', org: 'orgId', role: 'role', created: 'createdAt' },
      defaultSort: '-created',
      filters: [
        { name: 'role', label: t('members.role'), choices: choices('role', roles) },
        { name: 'orgId', label: t('members.orgId') },
        { name: 'state', label: t('members.state'), choices: states },
      ],
    });
    const where = withinScope(personOf(req), 'user', set(list.values));
    withTotal(list, await models.user.countDocuments(where));
    const users = await models.user
      .find(where)
      .sort(list.order)
      .skip(list.skip)
      .limit(list.size)
      .lean<UserDoc[]>();
    res.render('members/people', {
      title: t('members.people'),
      tab: 'people',
      list,
      rows: await directory.withDetails(users),
      mayRegister: may(req, 'member.registerUser'),
    });
  });
  router.get(paths.accounts, async (req, res) => {
    const person = personOf(req);
    const list = readList(req, {
      path: paths.accounts,
      sortable: { account: 'account', org: 'orgId', created: 'createdAt' },
      defaultSort: '-created',
      filters: [
        { name: 'orgId', label: t('members.orgId') },
        { name: 'bankId', label: t('members.bankId') },
        {
          name: 'state',
          label: t('members.state'),
          choices: choices('account', ['PROPOSED', 'CONFIRMED', 'CLOSED']),
        },
      ],
    });
    const where = withinScope(person, 'bankAccount', set(list.values));
    withTotal(list, await models.bankAccount.countDocuments(where));
    const found = await models.bankAccount
      .find(where)
      .sort(list.order)
      .skip(list.skip)
      .limit(list.size)
      .lean<BankAccountDoc[]>();
    const rows = found.map((doc) => ({ ...doc, actions: offeredActions(person, 'bankAccount', doc) }));
    res.render('members/accounts', {
      title: t('members.accounts'),
      tab: 'accounts',
      list,
      rows,
      names: await directory.namesOf(found.flatMap((one) => [one.orgId, one.bankId])),
      actions: offeredNew(person, ['member.registerAccount']),
    });
  });
}

function joins(router: Router, platform: Platform, directory: DirectoryService): void {
  const { models, services, log } = platform;
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
  router.get('/members/organisations/:id', async (req, res) => {
    const person = personOf(req);
    const _id = String(req.params.id);
    const organisation = await models.organisation
      .findOne(withinScope(person, 'organisation', { _id }))
      .lean<OrganisationDoc>();
    if (organisation === null) throw new DomainError('NOT_FOUND', 'no such organisation in scope');
    const users = await models.user
      .find(withinScope(person, 'user', { orgId: _id }))
      .sort({ _id: 1 })
      .limit(500)
      .lean<UserDoc[]>();
    const accounts = await models.bankAccount
      .find(withinScope(person, 'bankAccount', { orgId: _id }))
      .sort({ createdAt: 1 })
      .limit(100)
      .lean<BankAccountDoc[]>();
    res.render('members/organisation', {
      title: organisation.name,
      organisation,
      people: await directory.withDetails(users),
      accounts: accounts.map((doc) => ({ ...doc, actions: offeredActions(person, 'bankAccount', doc) })),
      mayRegister: may(req, 'member.registerUser') && organisation.state === 'ACTIVE',
    });
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
    roleChoices: choices('role', businessRoles),
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

/** Filters that were set. */
function set(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}
