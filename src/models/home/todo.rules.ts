/** What waits for whom: one row per kind of task, with the documents that make it and where it is done. */
import { businessRoles, payingRoles, type Post, type Role } from '#kernel/records/common.ts';
import { paths } from '../../paths.ts';
import { payableStandings } from '../leg/standing.rules.ts';
import type { Person } from '../member/person.ts';
import type { ScopeKind } from '../member/scope.rules.ts';
import { payableStates } from '../tally/tally.rules.ts';

/** A kind of task. `filter` leaves the documents that wait for this person; `since` is the field that says since when. */
export interface TodoRule {
  readonly key: `todo.${string}`;
  readonly roles: readonly Role[];
  readonly post: Post | null;
  readonly kind: ScopeKind;
  readonly filter: (person: Person) => Readonly<Record<string, unknown>>;
  readonly since: string;
  readonly href: string;
  /** Where kept counts tell how many: in what the person sees, or in what its organisation must do. Otherwise an index counts. */
  readonly kept?: { readonly whose: 'scope' | 'own'; readonly cells: readonly (readonly string[])[] };
}

const judges: readonly Role[] = ['leading-office', 'county-command', 'province-finance'];
const inScope = (...cells: readonly (readonly string[])[]): Pick<TodoRule, 'kept'> => ({
  kept: { whose: 'scope', cells },
});
const ofOwn = (...cells: readonly (readonly string[])[]): Pick<TodoRule, 'kept'> => ({
  kept: { whose: 'own', cells },
});
const own = (person: Person, states: readonly string[]): Readonly<Record<string, unknown>> => ({
  open: true,
  responsibleOrgId: person.orgId,
  state: { $in: states },
});
const county = { kind: 'project', since: 'lastStepAt', href: paths.approvals } as const;
const inState = (state: string) => () => ({ state });

/** The rows of the to-do list, most urgent first. */
export const todoRules: readonly TodoRule[] = [
  {
    key: 'todo.register',
    roles: payingRoles,
    post: 'handle',
    kind: 'leg',
    filter: (person) => ({
      payerOrgId: person.orgId,
      open: true,
      state: { $in: [...payableStates] },
      predecessorsMatched: true,
      milestoneAccepted: true,
      draftStanding: { $in: [...payableStandings] },
    }),
    since: 'updatedAt',
    href: paths.disbursement,
    ...ofOwn(['payable']),
  },
  {
    key: 'todo.match',
    roles: payingRoles,
    post: 'check',
    kind: 'match',
    filter: (person) => ({ payerOrgId: person.orgId, state: 'PROPOSED' }),
    since: 'proposedAt',
    href: `${paths.reconciliation}?pile=unregistered`,
  },
  {
    key: 'todo.explain',
    roles: businessRoles,
    post: 'handle',
    kind: 'alert',
    filter: (person) => own(person, ['RAISED', 'ASSIGNED']),
    since: 'raisedAt',
    href: `${paths.alerts}?owner=me`,
    ...ofOwn(['answers', 'RAISED'], ['answers', 'ASSIGNED']),
  },
  {
    key: 'todo.rectify',
    roles: businessRoles,
    post: 'handle',
    kind: 'alert',
    filter: (person) => own(person, ['EXPLAINED']),
    since: 'raisedAt',
    href: `${paths.alerts}?owner=me`,
    ...ofOwn(['answers', 'EXPLAINED']),
  },
  {
    key: 'todo.check',
    roles: ['county-command'],
    post: 'check',
    filter: inState('SUBMITTED'),
    ...county,
    ...inScope(['project', 'SUBMITTED']),
  },
  {
    key: 'todo.countersign',
    roles: ['local-finance'],
    post: 'check',
    filter: inState('CHECKED'),
    ...county,
    ...inScope(['project', 'CHECKED']),
  },
  {
    key: 'todo.review',
    roles: ['leading-office'],
    post: 'check',
    filter: inState('COUNTERSIGNED'),
    ...county,
    ...inScope(['project', 'COUNTERSIGNED']),
  },
  {
    key: 'todo.decide',
    roles: ['leading-office'],
    post: 'decide',
    filter: inState('REVIEWED'),
    ...county,
    ...inScope(['project', 'REVIEWED']),
  },
  {
    key: 'todo.returned',
    roles: ['county-command'],
    post: 'handle',
    kind: 'project',
    filter: inState('RETURNED'),
    since: 'lastStepAt',
    href: `${paths.projects}?state=RETURNED`,
    ...inScope(['project', 'RETURNED']),
  },
  {
    key: 'todo.progress',
    roles: ['county-command'],
    post: 'check',
    kind: 'project',
    filter: () => ({ state: 'APPROVED', milestonesReported: { $gt: 0 } }),
    since: 'updatedAt',
    href: paths.disbursement,
    ...inScope(['reported']),
  },
  {
    key: 'todo.report',
    roles: ['implementing-unit'],
    post: 'handle',
    kind: 'draft',
    filter: () => ({ status: { $in: ['CIRCULATING', 'REDEEMABLE', 'PARTIALLY_REDEEMED'] } }),
    since: 'updatedAt',
    href: paths.disbursement,
    ...inScope(['draft', 'CIRCULATING'], ['draft', 'REDEEMABLE'], ['draft', 'PARTIALLY_REDEEMED']),
  },
  {
    key: 'todo.redeemCounty',
    roles: ['county-command'],
    post: 'check',
    kind: 'draft',
    filter: () => ({ redemptionRequested: true }),
    since: 'updatedAt',
    href: paths.disbursement,
    ...inScope(['redemption', 'requested']),
  },
  {
    key: 'todo.redeemCompany',
    roles: ['county-fund-company'],
    post: 'check',
    kind: 'draft',
    filter: () => ({ redemptionChecked: true }),
    since: 'updatedAt',
    href: paths.disbursement,
    ...inScope(['redemption', 'checked']),
  },
  {
    key: 'todo.reviewAlert',
    roles: judges,
    post: 'check',
    kind: 'alert',
    filter: () => ({ open: true, state: { $in: ['EXPLAINED', 'RECTIFIED'] } }),
    since: 'raisedAt',
    href: paths.alerts,
  },
  {
    key: 'todo.closeAlert',
    roles: judges,
    post: 'decide',
    kind: 'alert',
    filter: (person) => ({ open: true, state: 'REVIEWED', namedOrgIds: { $ne: person.orgId } }),
    since: 'raisedAt',
    href: paths.alerts,
  },
  {
    key: 'todo.fund',
    roles: ['province-finance'],
    post: 'check',
    kind: 'fund',
    filter: inState('PROPOSED'),
    since: 'createdAt',
    href: paths.funds,
  },
  {
    key: 'todo.call',
    roles: ['province-finance'],
    post: 'check',
    kind: 'fundCall',
    filter: inState('PROPOSED'),
    since: 'createdAt',
    href: paths.funds,
  },
  {
    key: 'todo.activate',
    roles: ['sec-admin'],
    post: null,
    kind: 'user',
    filter: inState('PENDING'),
    since: 'createdAt',
    href: paths.members,
  },
  {
    key: 'todo.account',
    roles: ['sec-admin'],
    post: null,
    kind: 'bankAccount',
    filter: inState('PROPOSED'),
    since: 'createdAt',
    href: paths.members,
  },
];

/** The rows that concern a person. */
export function todoRulesOf(person: Person): readonly TodoRule[] {
  return todoRules.filter(
    (one) => one.roles.includes(person.role) && (one.post === null || person.posts.includes(one.post)),
  );
}
