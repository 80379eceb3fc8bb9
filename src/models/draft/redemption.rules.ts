/** Whose turn a redemption is, as the contract keeps it: the county command, a further approver where one is named, the fund company. */
import type { Leg, Redemption } from '#kernel/records/draft.ts';
import { ruleOf } from '#kernel/special-rules.ts';
import type { Person } from '../member/person.ts';
import { whyNot, type Situation } from '../member/rights.rules.ts';
import { liveForActs } from './draft.rules.ts';
import type { DraftDoc } from './draft.schema.ts';

type Answer = 'check' | 'refuse' | 'withdraw';
const open: readonly Redemption['state'][] = ['REQUESTED', 'CHECKED'];

/** Milestones whose payment the unit may ask for now, by number. */
export function requestableMilestones({ status, record }: DraftDoc): number[] {
  if (status !== 'REDEEMABLE' && status !== 'PARTIALLY_REDEEMED') return [];
  const standing = record.redemptions
    .filter((one) => one.state !== 'REFUSED' && one.state !== 'WITHDRAWN')
    .map((one) => one.legId);
  const cancelled = record.legs.filter((one) => one.state === 'CANCELLED').map((one) => one.legId);
  return record.PlanPath.filter(
    (leg) =>
      leg.kind === 'M' &&
      leg.milestoneNo !== null &&
      record.milestonesAccepted.includes(leg.milestoneNo) &&
      ![...standing, ...cancelled].includes(leg.legId),
  ).flatMap((leg) => (leg.milestoneNo === null ? [] : [leg.milestoneNo]));
}

/** The situation of an answer to one request. */
export function redemptionSituation(doc: DraftDoc, one: Redemption, answer: Answer): Situation {
  const leg = doc.record.PlanPath.find((planned) => planned.legId === one.legId);
  if (leg === undefined) return { stateAllows: false };
  const stateAllows = liveForActs(doc) && open.includes(one.state);
  if (answer === 'withdraw') return { stateAllows, ownerOrgId: leg.payee.orgId };
  const actedBy = [one.requested, one.checked, one.extra ?? null].map((act) => act?.by ?? '');
  return { stateAllows, actedBy, ...turnOf(doc, one, leg) };
}

function turnOf(doc: DraftDoc, one: Redemption, leg: Leg): Situation {
  if (one.state === 'REQUESTED') return { turnOf: ['county-command'], division: doc.division };
  const extra = ruleOf(doc.record.SpecialRule, 'extra-approver');
  if (extra !== undefined && one.extra === undefined)
    return { ownerOrgId: extra.orgId, alsoRoles: approverRoles };
  return { turnOf: ['county-fund-company'], ownerOrgId: leg.payer.orgId };
}

/** Any business organisation may be named as a further approver. */
const approverRoles = [
  'leading-office',
  'province-finance',
  'local-finance',
  'bank-investor',
  'partnership',
  'implementing-unit',
] as const;

/** Requests of a draft that this person may answer now. */
export function answerable(doc: DraftDoc, person: Person, answer: Answer): Redemption[] {
  return doc.record.redemptions.filter(
    (one) => whyNot(person, `draft.${answer}Redemption`, redemptionSituation(doc, one, answer)) === null,
  );
}

/** The situation of an answer as a page shows it: of a request this person may answer, else of the first that is open. */
export function answerSituation(doc: DraftDoc, person: Person, answer: Answer): Situation {
  const one =
    answerable(doc, person, answer)[0] ?? doc.record.redemptions.find(({ state }) => open.includes(state));
  return one === undefined ? { stateAllows: false } : redemptionSituation(doc, one, answer);
}
