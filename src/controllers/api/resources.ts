/** The lists of the API and their single objects. */
import { z } from 'zod';
import { alert } from '#kernel/records/alert.ts';
import { draft } from '#kernel/records/draft.ts';
import { evidence } from '#kernel/records/evidence.ts';
import { fund, call } from '#kernel/records/fund.ts';
import { account, organisation, user } from '#kernel/records/member.ts';
import { project } from '#kernel/records/project.ts';
import { manualMatch, registration } from '#kernel/records/reconciliation.ts';
import { flowSources } from '../../models/flow/flow-source.service.ts';
import { resource, type Asked, type Resource } from './types.ts';

const created = { created: 'createdAt', updated: 'updatedAt' } as const;

const flowSource = z
  .object({
    kind: z.enum(['push', 'statement']),
    word: z.string(),
    text: z.string(),
    statementId: z.string().nullable(),
  })
  .nullable()
  .describe(
    '来源 Where the flow came from first, and who brought it; null when no inbox of this platform saw it',
  );

/** The record as the contract shows it to this person: a bank's legs alone for a bank. */
async function asked(
  { platform, person }: Asked,
  query: { contract: string; args: object },
): Promise<unknown> {
  return platform.services.actions.ask(person.userId, { ...query, fn: 'query' });
}

export const resources: readonly Resource[] = [
  resource({
    path: '/projects',
    tag: '项目 projects',
    summary: '项目 Projects',
    kind: 'project',
    record: project,
    sortable: { ...created, amount: 'amountFen', name: 'name', state: 'state', step: 'lastStepAt' },
    defaultSort: '-created',
    filters: ['state', 'townshipCode', 'category', 'fundId', 'division', 'draftId', 'unitOrgId'],
    one: (given, doc) => asked(given, { contract: 'project', args: { id: doc._id } }),
  }),
  resource({
    path: '/drafts',
    tag: '数字汇票 drafts',
    summary: '数字汇票 Digital drafts',
    kind: 'draft',
    record: draft,
    sortable: { ...created, amount: 'amountFen', issued: 'issuedOn', deadline: 'nextDeadline' },
    defaultSort: '-created',
    filters: ['status', 'projectId', 'fundId', 'division', 'townshipCode', 'circulation'],
    one: (given, doc) => asked(given, { contract: 'draft', args: { DraftID: doc._id } }),
  }),
  resource({
    path: '/reconciliation',
    tag: '对账 reconciliation',
    summary: '对账 Planned payments against registrations and bank flows, with every check’s outcome',
    kind: 'leg',
    sortable: { ...created, amount: 'amountFen', deadline: 'deadline', state: 'state' },
    defaultSort: 'deadline',
    filters: ['state', 'kind', 'draftId', 'projectId', 'payerOrgId', 'payeeOrgId', 'serialNo', 'division'],
  }),
  resource({
    path: '/flows',
    tag: '对账 reconciliation',
    summary: '银行流水 Bank flows, with every check’s outcome',
    kind: 'flow',
    sortable: { received: 'ingestedAt', amount: 'amountFen', booked: 'bookingDate', state: 'state' },
    defaultSort: '-received',
    filters: [
      'state',
      'status',
      'bankId',
      'account',
      'serialNo',
      'bookingDate',
      'draftId',
      'legId',
      'direction',
    ],
    beside: {
      schema: { source: flowSource },
      read: async ({ platform }, { _id }) => {
        const sources = await flowSources(platform.models, [_id]);
        return { source: sources.get(_id) ?? null };
      },
    },
  }),
  resource({
    path: '/registrations',
    tag: '对账 reconciliation',
    summary:
      '登记 Registrations of payments, withdrawn and refused ones too; `record.parts` is the allocation list of one transfer for several legs',
    kind: 'registration',
    record: registration,
    sortable: { registered: 'registeredAt', amount: 'amountFen', booked: 'bookingDate', state: 'state' },
    defaultSort: '-registered',
    filters: ['state', 'draftId', 'legId', 'bankId', 'account', 'serialNo', 'bookingDate', 'payerOrgId'],
  }),
  resource({
    path: '/matches',
    tag: '对账 reconciliation',
    summary: '人工匹配 Manual matches, with reason, evidence and both persons',
    kind: 'match',
    record: manualMatch,
    sortable: { proposed: 'proposedAt', amount: 'amountFen', state: 'state' },
    defaultSort: '-proposed',
    filters: ['state', 'kind', 'flowKey', 'payerOrgId', 'division'],
  }),
  resource({
    path: '/alerts',
    tag: '预警 alerts',
    summary: '预警 Alerts',
    kind: 'alert',
    record: alert,
    sortable: { raised: 'raisedAt', due: 'dueAt', level: 'level', state: 'state' },
    defaultSort: '-raised',
    filters: ['state', 'level', 'rule', 'draftId', 'projectId', 'responsibleOrgId', 'division'],
  }),
  resource({
    path: '/evidence',
    tag: '存证 evidence',
    summary: '存证 Anchored files; the id is `{sha256}~{ownerKind}~{ownerId}`',
    kind: 'evidence',
    record: evidence,
    sortable: { anchored: 'anchoredAt', size: 'size' },
    defaultSort: '-anchored',
    filters: ['sha256', 'ownerKind', 'ownerId', 'projectId', 'orgId'],
  }),
  resource({
    path: '/funds',
    tag: '基金 funds',
    summary: '基金 Funds',
    kind: 'fund',
    record: fund,
    sortable: { ...created, name: 'name' },
    defaultSort: '-created',
    filters: ['state'],
  }),
  resource({
    path: '/funds/{id}/calls',
    tag: '基金 funds',
    summary: '征集 Calls of a fund',
    kind: 'fundCall',
    record: call,
    sortable: { ...created, closes: 'closesOn' },
    defaultSort: '-created',
    filters: ['state'],
    where: ({ id }) => ({ fundId: id }),
    listOnly: true,
  }),
  resource({
    path: '/organisations',
    tag: '机构与人员 members',
    summary: '机构 Organisations',
    kind: 'organisation',
    record: organisation,
    sortable: { ...created, name: 'name' },
    defaultSort: 'created',
    filters: ['state', 'roles', 'division', 'level'],
  }),
  resource({
    path: '/organisations/{id}/accounts',
    tag: '机构与人员 members',
    summary: '银行账户 Bank accounts of an organisation',
    kind: 'bankAccount',
    record: account,
    sortable: created,
    defaultSort: 'created',
    filters: ['state', 'bankId', 'purpose'],
    where: ({ id }) => ({ orgId: id }),
    listOnly: true,
  }),
  resource({
    path: '/members',
    tag: '机构与人员 members',
    summary: '人员 Users (ids, roles and posts; no personal data)',
    kind: 'user',
    record: user,
    sortable: created,
    defaultSort: 'created',
    filters: ['state', 'role', 'orgId', 'division'],
  }),
];
