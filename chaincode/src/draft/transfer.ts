/** Moving a draft along one leg, or back: reached only from a reconciliation that succeeded, never from outside. */
import type { Act } from '#kernel/records/common.ts';
import type { Actual, Draft, Leg, LegProgress } from '#kernel/records/draft.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';

/** One booked movement that reconciliation has proven for a leg. */
export interface Proven {
  readonly leg: Leg;
  readonly progress: LegProgress;
  readonly flow: Flow;
  readonly flowKey: string;
  /** What the leg has of the flow; without it the whole. */
  readonly amountFen?: string | undefined;
  /** The manual match by which two persons put it there. */
  readonly manual?: string | undefined;
  readonly registeredBy: string | null;
  readonly ingestedBy: string;
  readonly act: Act;
}

/**
 * Appends the payment and advances the leg; a milestone payment settles its redemption.
 * @throws Error when the movement would exceed the leg: a fault of the contract
 */
export function transfer(draft: Draft, proven: Proven): void {
  const { leg, progress } = proven;
  const matched = BigInt(progress.matchedFen) + BigInt(amountOf(proven));
  if (matched > BigInt(leg.amountFen))
    throw new Error(`leg ${leg.legId} of ${draft.DraftID} would be overpaid`);
  draft.ActualPath.push(actualOf('payment', proven));
  progress.matchedFen = String(matched);
  progress.state = matched === BigInt(leg.amountFen) ? 'MATCHED' : 'OPEN';
  if (progress.state === 'MATCHED') moveRedemption(draft, leg.legId, 'SETTLED');
}

/**
 * Appends the return and takes the leg back by its amount; a settled redemption is approved again and waits for a new payment.
 * @throws Error when more would come back than was paid
 */
export function takeBack(draft: Draft, proven: Proven): void {
  const { leg, progress } = proven;
  const matched = BigInt(progress.matchedFen) - BigInt(amountOf(proven));
  if (matched < 0n) throw new Error(`leg ${leg.legId} of ${draft.DraftID} would be returned twice`);
  draft.ActualPath.push(actualOf('return', proven));
  progress.matchedFen = String(matched);
  // A newer registration that still waits keeps its own state; only the sum it must bring has changed.
  if (progress.state === 'MATCHED' || progress.state === 'OPEN') progress.state = 'RETURNED';
  moveRedemption(draft, leg.legId, 'APPROVED');
}

/** Appends the payee bank's confirmation; it proves arrival and moves nothing. */
export function attachReceipt(draft: Draft, proven: Proven): void {
  draft.ActualPath.push(actualOf('receipt', proven));
}

function moveRedemption(draft: Draft, legId: string, to: 'SETTLED' | 'APPROVED'): void {
  const from = to === 'SETTLED' ? 'APPROVED' : 'SETTLED';
  const request = draft.redemptions.find((one) => one.legId === legId && one.state === from);
  if (request !== undefined) request.state = to;
  for (const range of draft.ranges) {
    if (range.legId === legId) range.state = to === 'SETTLED' ? 'REDEEMED' : 'LOCKED';
  }
}

function amountOf({ amountFen, flow }: Proven): string {
  return amountFen ?? flow.amountFen;
}

function actualOf(kind: Actual['kind'], proven: Proven): Actual {
  const { flow, act, manual } = proven;
  return {
    legId: proven.leg.legId,
    kind,
    SerialNumber: flow.serialNo,
    bankId: flow.bankId,
    bookingDate: flow.bookingDate,
    ActualTimeOfRemit: flow.txTime,
    ActualAmount: amountOf(proven),
    flowKey: proven.flowKey,
    registeredBy: proven.registeredBy,
    ingestedBy: proven.ingestedBy,
    txId: act.txId,
    at: act.at,
    // A bank undoes its own booking on the side it booked; money sent back comes in on the other side.
    ...(kind === 'return' && flow.direction === 'DBIT' ? { correction: true } : {}),
    ...(manual === undefined ? {} : { manual }),
  };
}
