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
  const tally = tallyOf(draft);
  const status = statusFrom(draft, tally);
  const Status = draft.frozen !== null && status !== 'TERMINATED' ? 'FROZEN' : status;
  return { Status, circulation: circulationOf(Status, tally), holderOrgId: holderOf(draft, tally) };
}

/** The status as if the draft were not frozen: what unfreezing goes back to. An exit leaves a settled draft settled. */
export function unfrozenStatusOf(draft: Omit<StatusBasis, 'frozen' | 'InstructionID'>): DraftStatus {
  return statusFrom(draft, tallyOf(draft));
}

/** Whether a remainder is on its way back: return legs are planned and not all proven. */
export function isRecalling(draft: Pick<Draft, 'PlanPath' | 'legs'>): boolean {
  return isOnWayBack(tallyOf(draft));
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

/** How many legs of a kind there are, and how many of them are proven or cancelled. */
interface LegCount {
  all: number;
  matched: number;
  cancelled: number;
}
/** Contributions (F and B) are counted together, under F. */
type Tally = Readonly<Record<'F' | 'D' | 'M' | 'X', LegCount>>;

function tallyOf(draft: Pick<Draft, 'PlanPath' | 'legs'>): Tally {
  const none = (): LegCount => ({ all: 0, matched: 0, cancelled: 0 });
  const tally = { F: none(), D: none(), M: none(), X: none() };
  for (const [at, { kind, legId }] of draft.PlanPath.entries()) {
    const count = tally[kind === 'B' ? 'F' : kind];
    // Progress stands in the order of the plan; looking there first spares a search per leg.
    const there = draft.legs[at];
    const state = (there?.legId === legId ? there : draft.legs.find((one) => one.legId === legId))?.state;
    count.all += 1;
    if (state === 'MATCHED') count.matched += 1;
    else if (state === 'CANCELLED') count.cancelled += 1;
  }
  return tally;
}

function statusFrom(draft: Pick<Draft, 'milestonesAccepted'>, tally: Tally): DraftStatus {
  if ([tally.F, tally.D, tally.M].every((count) => count.cancelled === count.all)) return 'TERMINATED';
  const stage = stageOf(draft, tally);
  return isAll(tally.X) && stage !== 'SETTLED' ? 'RECALLED' : stage;
}

/** How far the money has come, without regard to what is on its way back. */
function stageOf(draft: Pick<Draft, 'milestonesAccepted'>, tally: Tally): DraftStatus {
  if (tally.F.matched === 0) return 'ISSUED';
  if (tally.F.matched < tally.F.all) return 'RAISING';
  if (tally.D.matched < tally.D.all) return 'RAISED';
  if (tally.M.matched === 0) return draft.milestonesAccepted.length > 0 ? 'REDEEMABLE' : 'CIRCULATING';
  return tally.M.matched < tally.M.all ? 'PARTIALLY_REDEEMED' : 'SETTLED';
}

function circulationOf(status: DraftStatus, tally: Tally): Circulation {
  if (status === 'FROZEN') return 'NON_TRANSFERABLE';
  if (['SETTLED', 'TERMINATED', 'RECALLED'].includes(status)) return 'ENDED';
  if (isOnWayBack(tally)) return 'LOCKED';
  return status === 'ISSUED' ? 'PENDING' : 'CIRCULATING';
}

/** The payee of the furthest stage that is wholly proven; before the first proven payment the issuer. */
function holderOf(draft: StatusBasis, tally: Tally): string {
  if (isAll(tally.X)) return draft.InstructionID;
  if (isAll(tally.M)) return payeeOf(draft, ['M']);
  if (isAll(tally.D)) return payeeOf(draft, ['D']);
  return tally.F.matched > 0 ? payeeOf(draft, ['F', 'B']) : draft.InstructionID;
}

function payeeOf(draft: Pick<Draft, 'PlanPath'>, kinds: readonly LegKind[]): string {
  return draft.PlanPath.findLast((leg) => kinds.includes(leg.kind))?.payee.orgId ?? '';
}

function isAll(count: LegCount): boolean {
  return count.all > 0 && count.matched === count.all;
}

function isOnWayBack({ X }: Tally): boolean {
  return X.all > 0 && X.matched < X.all;
}
