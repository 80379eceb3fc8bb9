/** 机构与人员: organisations, people, accounts and the permission matrix. */
import { Router } from 'express';
import { organisationRoles, roles } from '#kernel/records/common.ts';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { onlyRoles } from '../middleware/roles.ts';
import { offeredActions, offeredNew } from '../models/action/action.catalog.ts';
import { DomainError } from '../models/kernel/errors.ts';
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
import { readList, withTotal } from './list.ts';
import { countOf } from '../models/read-model/count.ts';

const choices = (kind: string, values: readonly string[]): { value: string; text: string }[] =>
  values.map((value) => ({ value, text: label(`${kind}.${value}`) }));
const states = choices('member', ['PENDING', 'ACTIVE', 'DISABLED']);
/** Routes of the directory: organisations, people, bank accounts and rights. */
export function membersRoutes(platform: Platform): Router {
  const router = Router();
  const directory = new DirectoryService(platform.models);
  router.use(paths.members, onlyRoles(...directoryRoles));
  lists(router, platform, directory);
  organisationPage(router, platform, directory);
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
        { name: 'roles', label: t('members.role'), choices: choices('role', organisationRoles) },
        { name: 'division', label: t('members.division') },
        { name: 'state', label: t('members.state'), choices: states.slice(1) },
      ],
    });
    const where = withinScope(personOf(req), 'organisation', set(list.values));
    withTotal(list, await countOf(models.organisation, where));
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
    withTotal(list, await countOf(models.user, where));
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
      mayRegister: whyNot(personOf(req), 'member.registerUser') === null,
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
    withTotal(list, await countOf(models.bankAccount, where));
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

function organisationPage(router: Router, { models }: Platform, directory: DirectoryService): void {
  router.get('/members/organisations/:id', async (req, res) => {
    const person = personOf(req);
    const _id = req.params.id;
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
      mayRegister: whyNot(person, 'member.registerUser') === null && organisation.state === 'ACTIVE',
    });
  });
}

/** Filters that were set. */
function set(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}
