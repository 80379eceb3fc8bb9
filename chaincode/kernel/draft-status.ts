/** Status, circulation and holder of a draft, folded from what happened on its legs whatever the order in which it happened. */
import type { Circulation, Draft, DraftStatus, Leg, LegKind } from './records/draft.ts';

/** The parts of a draft from which its status follows. */
export type StatusBasis = Pick<
  Draft,
  'PlanPath' | 'legs' | 'milestonesAccepted' | 'frozen' | 'InstructionID'
>;

/** What follows from the legs: the two status fields and who holds the draft. */
export interface DraftStanding {
  readonly Status: DraftStatus;
  readonly circulation: Circulation;
  readonly holderOrgId: string;
}

/** Status, circulation and holder of domain.md 2.2; frozen hides the rest until it is lifted. */
export function standingOf(draft: StatusBasis): DraftStanding {
  const Status = statusOf(draft);
  return { Status, circulation: circulationOf(draft, Status), holderOrgId: holderOf(draft) };
}

/** The status as if the draft were not frozen: what unfreezing goes back to. An exit leaves a settled draft settled. */
export function unfrozenStatusOf(draft: Omit<StatusBasis, 'frozen' | 'InstructionID'>): DraftStatus {
  const count = countLegs(draft);
  if (count('FBDM').cancelled === count('FBDM').all) return 'TERMINATED';
  const stage = stageOf(draft, count);
  const back = count('X');
  const isBack = back.all > 0 && back.matched === back.all;
  return isBack && stage !== 'SETTLED' ? 'RECALLED' : stage;
}

/** How far the money has come, without regard to what is on its way back. */
function stageOf(draft: Pick<Draft, 'milestonesAccepted'>, count: (kinds: string) => LegCount): DraftStatus {
  const raised = count('FB');
  if (raised.matched === 0) return 'ISSUED';
  if (raised.matched < raised.all) return 'RAISING';
  const down = count('D');
  if (down.matched < down.all) return 'RAISED';
  const paid = count('M');
  if (paid.matched === 0) return draft.milestonesAccepted.length > 0 ? 'REDEEMABLE' : 'CIRCULATING';
  return paid.matched < paid.all ? 'PARTIALLY_REDEEMED' : 'SETTLED';
}

/** Whether a remainder is on its way back: return legs are planned and not all proven. */
export function isRecalling(draft: Pick<Draft, 'PlanPath' | 'legs'>): boolean {
  const back = countLegs(draft)('X');
  return back.all > 0 && back.matched < back.all;
}

/** Whether a leg pays back after the draft has settled: the one kind of leg that a settled draft still takes. */
export function isExitLeg(draft: Pick<Draft, 'Status'>, leg: Pick<Leg, 'kind'>): boolean {
  return draft.Status === 'SETTLED' && leg.kind === 'X';
}

/**
 * For every leg that was ever fully proven, the booking date on which it first was. Later returns take nothing away here.
 */
export function firstPayments(draft: Pick<Draft, 'PlanPath' | 'ActualPath'>): Map<string, string> {
  const planned = new Map(draft.PlanPath.map((leg) => [leg.legId, BigInt(leg.amountFen)]));
  const first = new Map<string, string>();
  const open = new Map<string, { net: bigint; last: string }>();
  for (const entry of draft.ActualPath) {
    if (entry.kind === 'receipt' || first.has(entry.legId)) continue;
    const so = open.get(entry.legId) ?? { net: 0n, last: '' };
    so.net += entry.kind === 'payment' ? BigInt(entry.ActualAmount) : -BigInt(entry.ActualAmount);
    if (entry.kind === 'payment' && entry.bookingDate > so.last) so.last = entry.bookingDate;
    open.set(entry.legId, so);
    if (so.net === planned.get(entry.legId)) first.set(entry.legId, so.last);
  }
  return first;
}

function statusOf(draft: StatusBasis): DraftStatus {
  const status = unfrozenStatusOf(draft);
  return draft.frozen !== null && status !== 'TERMINATED' ? 'FROZEN' : status;
}

function circulationOf(draft: StatusBasis, status: DraftStatus): Circulation {
  if (status === 'FROZEN') return 'NON_TRANSFERABLE';
  if (['SETTLED', 'TERMINATED', 'RECALLED'].includes(status)) return 'ENDED';
  if (isRecalling(draft)) return 'LOCKED';
  return status === 'ISSUED' ? 'PENDING' : 'CIRCULATING';
}

/** The payee of the furthest stage that is wholly proven; before the first proven payment the issuer. */
function holderOf(draft: StatusBasis): string {
  const count = countLegs(draft);
  const back = count('X');
  if (back.all > 0 && back.matched === back.all) return draft.InstructionID;
  if (count('M').matched === count('M').all) return payeeOf(draft, 'M');
  if (count('D').matched === count('D').all) return payeeOf(draft, 'D');
  return count('FB').matched > 0 ? payeeOf(draft, 'F') || payeeOf(draft, 'B') : draft.InstructionID;
}

function payeeOf(draft: Pick<Draft, 'PlanPath'>, kind: LegKind): string {
  return draft.PlanPath.findLast((leg) => leg.kind === kind)?.payee.orgId ?? '';
}

interface LegCount {
  readonly all: number;
  readonly matched: number;
  readonly cancelled: number;
}

function countLegs(draft: Pick<Draft, 'PlanPath' | 'legs'>): (kinds: string) => LegCount {
  const state = new Map(draft.legs.map((leg) => [leg.legId, leg.state]));
  return (kinds) => {
    const legs: readonly Leg[] = draft.PlanPath.filter((leg) => kinds.includes(leg.kind));
    const having = (wanted: string): number => legs.filter((leg) => state.get(leg.legId) === wanted).length;
    return { all: legs.length, matched: having('MATCHED'), cancelled: having('CANCELLED') };
  };
}
