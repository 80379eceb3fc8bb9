/**
 * Who may do what: role and post per action, as the contracts enforce it on every call (domain matrix 1.5, rows 1 and 5–17).
 * Pages ask it before they show a button; the ledger has the last word.
 */
import { businessRoles, payingRoles, type Post, type Role } from '#kernel/records/common.ts';
import type { Person } from './person.ts';

/** One way to be allowed: any of the roles, with any of the posts; no posts = none is needed. */
export interface Right {
  readonly roles: readonly Role[];
  readonly posts: readonly Post[];
}

function right(roles: readonly Role[], ...posts: readonly Post[]): Right {
  return { roles, posts };
}

const judges: readonly Role[] = ['leading-office', 'county-command', 'province-finance'];
const proposeFund = right(['leading-office'], 'handle');
const confirmFund = right(['province-finance'], 'check');
const countyCheck = right(['county-command'], 'check');
const officeDecide = right(['leading-office'], 'decide');
const officeAny = right(['leading-office'], 'handle', 'check', 'decide');
const unitHandle = right(['implementing-unit'], 'handle');

/** Rights by action; `contract.function`, with the parts of a function that differ told apart. */
export const rights = {
  'member.registerOrganisation': [right(['sys-admin'])],
  'member.registerUser': [right(['sys-admin'])],
  'member.activateUser': [right(['sec-admin'])],
  'member.disable': [right(['sys-admin', 'sec-admin'])],
  'member.registerAccount': [right(['sys-admin']), right(businessRoles, 'handle')],
  'member.confirmAccount': [right(['sec-admin']), right(businessRoles, 'check')],
  'member.closeAccount': [right(['sec-admin']), right(businessRoles, 'check')],
  /** Banks that push flows, their keys and access, not on the ledger: given in two hands, taken back by one. */
  'bank.admit': [right(['sys-admin'])],
  'bank.issueKey': [right(['sys-admin'])],
  'bank.activateKey': [right(['sec-admin'])],
  'bank.revokeKey': [right(['sys-admin', 'sec-admin'])],
  'bank.setAccess': [right(['sec-admin'])],
  'fund.create': [proposeFund],
  'fund.confirm': [confirmFund],
  'fund.openCall': [proposeFund],
  'fund.confirmCall': [confirmFund],
  'fund.closeCall': [proposeFund],
  'fund.proposeCalendar': [proposeFund],
  'fund.confirmCalendar': [confirmFund],
  'project.apply': [right(['county-command'], 'handle')],
  'project.check': [countyCheck],
  'project.countersign': [right(['local-finance'], 'check')],
  'project.review': [right(['leading-office'], 'check')],
  'project.decide': [officeDecide],
  'project.return': [right(['county-command', 'local-finance', 'leading-office'], 'check', 'decide')],
  'project.withdraw': [right(['county-command'], 'handle')],
  'project.reportProgress': [unitHandle],
  'project.checkProgress': [countyCheck],
  'project.close': [officeDecide],
  'draft.create': [officeDecide],
  'draft.requestRedemption': [unitHandle],
  'draft.withdrawRedemption': [unitHandle],
  /** First the county command, then the county fund company. */
  'draft.checkRedemption': [right(['county-command', 'county-fund-company'], 'check')],
  'draft.refuseRedemption': [right(['county-command', 'county-fund-company'], 'check')],
  'draft.split': [right(['leading-office', 'partnership', 'county-fund-company'], 'handle')],
  'draft.recall': [officeAny],
  'draft.cancel': [officeAny],
  'draft.freeze': [officeDecide],
  'draft.unfreeze': [officeDecide],
  'reconciliation.register': [right(payingRoles, 'handle')],
  'reconciliation.requestWithdrawal': [right(payingRoles, 'handle')],
  'reconciliation.confirmWithdrawal': [right(payingRoles, 'check')],
  'reconciliation.registerList': [right(payingRoles, 'handle')],
  /** Manual match: one person of the payer proposes, another confirms or refuses. */
  'reconciliation.proposeMatch': [right(payingRoles, 'handle')],
  'reconciliation.confirmMatch': [right(payingRoles, 'check')],
  'reconciliation.refuseMatch': [right(payingRoles, 'check')],
  'reconciliation.checking': [right(payingRoles)],
  'alert.assign': [right(judges, 'handle', 'check', 'decide')],
  'alert.explain': [right(businessRoles, 'handle')],
  'alert.rectify': [right(businessRoles, 'handle')],
  'alert.review': [right(judges, 'check')],
  'alert.close': [right(judges, 'decide')],
  'alert.report': [right(businessRoles)],
  'evidence.anchor': [right(businessRoles)],
} as const satisfies Readonly<Record<string, readonly Right[]>>;

/** An action of the platform that writes to the ledger. */
export type Action = keyof typeof rights;
export const actions = Object.keys(rights) as Action[];

/** The part of a person that decides rights. */
export type RightsPerson = Pick<Person, 'userId' | 'orgId' | 'role' | 'posts' | 'division'>;

/** Whether role and posts allow an action at all. */
export function mayDo(person: Pick<RightsPerson, 'role' | 'posts'>, action: Action): boolean {
  return missing(person, action) === null;
}

/** What the case at hand adds to role and post. */
export interface Situation {
  /** Division of the object; it must lie inside the person's. */
  readonly division?: string;
  /** Only this organisation may act: the payer, the unit, the applicant. */
  readonly ownerOrgId?: string;
  /** Only these organisations may act, where there are several: the issuer and the holder. */
  readonly ownerOrgIds?: readonly string[];
  /** Roles beside those of the table that this object lets act, with the same posts: a further approver. */
  readonly alsoRoles?: readonly Role[];
  /** Of the posts with which the step may be taken at some time, those whose turn it is now; absent = all of them. */
  readonly postsNow?: readonly Post[];
  /** Users who took an earlier step and so may not take this one (R1). */
  readonly actedBy?: readonly string[];
  /** Of those who may take the step at some time, the roles whose turn it is now; absent = all of them. */
  readonly turnOf?: readonly Role[];
  /** Organisations that an alert names: they never judge it (R3). */
  readonly namedOrgIds?: readonly string[];
  /** False when the object is not in the state that the action needs. */
  readonly stateAllows?: boolean;
}

/** Why not: refusal codes as the contracts use them; `refusal.<code>` is the key of the sentence. */
export type WhyNot =
  'ROLE_NOT_ALLOWED' | 'POST_MISSING' | 'OUT_OF_SCOPE' | 'NAMED_UNIT' | 'SAME_PERSON' | 'WRONG_STATE';

/**
 * The first reason why a person may not act, or null when nothing speaks against it.
 * Order: role, post, scope, named unit, second person, state.
 */
export function whyNot(person: RightsPerson, action: Action, situation: Situation = {}): WhyNot | null {
  const reasons: readonly (WhyNot | null)[] = [
    missing(person, action, situation),
    isTurnOfOthers(person, situation) ? 'ROLE_NOT_ALLOWED' : null,
    outOfScope(person, situation) ? 'OUT_OF_SCOPE' : null,
    situation.namedOrgIds?.includes(person.orgId) === true ? 'NAMED_UNIT' : null,
    situation.actedBy?.includes(person.userId) === true ? 'SAME_PERSON' : null,
    situation.stateAllows === false ? 'WRONG_STATE' : null,
  ];
  return reasons.find((reason) => reason !== null) ?? null;
}

function missing(
  person: Pick<RightsPerson, 'role' | 'posts'>,
  action: Action,
  { alsoRoles = [], postsNow }: Situation = {},
): 'ROLE_NOT_ALLOWED' | 'POST_MISSING' | null {
  const ways: readonly Right[] = rights[action];
  const isAlso = alsoRoles.includes(person.role);
  const ofRole = ways.filter((way) => isAlso || way.roles.includes(person.role));
  if (ofRole.length === 0) return 'ROLE_NOT_ALLOWED';
  const counts = (post: Post): boolean => person.posts.includes(post) && postsNow?.includes(post) !== false;
  const held = ofRole.some(({ posts }) => posts.length === 0 || posts.some(counts));
  return held ? null : 'POST_MISSING';
}

function isTurnOfOthers({ role }: RightsPerson, { turnOf }: Situation): boolean {
  return turnOf?.includes(role) === false;
}

function outOfScope(person: RightsPerson, { division, ownerOrgId, ownerOrgIds }: Situation): boolean {
  if (ownerOrgId !== undefined && ownerOrgId !== person.orgId) return true;
  if (ownerOrgIds?.includes(person.orgId) === false) return true;
  return division !== undefined && !division.startsWith(person.division);
}
