/** What must hold of a draft's money before it is written: nothing is lost, nothing appears, nothing is spent before it came. */
import type { Draft, Leg, LegProgress } from './records/draft.ts';

/** The parts of a draft that carry money. */
export type MoneyBasis = Pick<Draft, 'DraftID' | 'Amount' | 'PlanPath' | 'ActualPath' | 'legs' | 'ranges'>;

interface Movement {
  paid: bigint;
  returned: bigint;
}

/**
 * Asserts, per leg: matched = paid − returned, never above the plan, MATCHED exactly when equal to it; per account between
 * two legs: what left for good is at most what ever came in; the contributions are the draft's amount; child ranges tile it.
 * @throws Error naming draft and leg: a fault of the contract, never of the caller
 */
export function assertConserved(draft: MoneyBasis): void {
  const moved = movementsOf(draft);
  const progress = new Map(draft.legs.map((one) => [one.legId, one]));
  let contributed = 0n;
  for (const leg of draft.PlanPath) {
    if (leg.kind === 'F' || leg.kind === 'B') contributed += BigInt(leg.amountFen);
    const one = progress.get(leg.legId);
    if (one === undefined || !isSound(leg, one, moved.get(leg.legId))) fault(draft, leg.legId);
  }
  if (contributed !== BigInt(draft.Amount)) fault(draft, 'Amount');
  assertNodes(draft, moved);
  assertRanges(draft);
}

function isSound(leg: Leg, one: LegProgress, moved: Movement | undefined): boolean {
  const planned = BigInt(leg.amountFen);
  const net = (moved?.paid ?? 0n) - (moved?.returned ?? 0n);
  if (BigInt(one.matchedFen) !== net || net < 0n || net > planned) return false;
  return (one.state === 'MATCHED') === (net === planned);
}

/** Whether the inclusive ranges, in order, cover 1..Amount without gap or overlap. */
function assertRanges(draft: MoneyBasis): void {
  let next = 1n;
  for (const range of draft.ranges) {
    if (BigInt(range.startFen) !== next || BigInt(range.endFen) < next) fault(draft, 'ranges');
    next = BigInt(range.endFen) + 1n;
  }
  if (draft.ranges.length > 0 && next !== BigInt(draft.Amount) + 1n) fault(draft, 'ranges');
}

function assertNodes(draft: MoneyBasis, moved: ReadonlyMap<string, Movement>): void {
  const came = new Map<string, bigint>();
  const left = new Map<string, bigint>();
  for (const leg of draft.PlanPath) {
    const { paid, returned } = moved.get(leg.legId) ?? { paid: 0n, returned: 0n };
    came.set(leg.payee.account, (came.get(leg.payee.account) ?? 0n) + paid);
    // A source account pays in from outside the draft; only accounts between two legs must balance.
    if (leg.kind !== 'F' && leg.kind !== 'B') {
      left.set(leg.payer.account, (left.get(leg.payer.account) ?? 0n) + paid - returned);
    }
  }
  for (const [account, out] of left) if (out > (came.get(account) ?? 0n)) fault(draft, 'node');
}

function movementsOf(draft: MoneyBasis): Map<string, Movement> {
  const moved = new Map<string, Movement>();
  for (const entry of draft.ActualPath) {
    if (entry.kind === 'receipt') continue;
    const so = moved.get(entry.legId) ?? { paid: 0n, returned: 0n };
    if (entry.kind === 'payment') so.paid += BigInt(entry.ActualAmount);
    else so.returned += BigInt(entry.ActualAmount);
    moved.set(entry.legId, so);
  }
  return moved;
}

function fault(draft: MoneyBasis, where: string): never {
  throw new Error(`money of draft ${draft.DraftID} is not conserved at ${where}`);
}
