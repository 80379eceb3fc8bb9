/** Which flow belongs to which registration: the exact key first, then the same bank, serial and day on another account. */
import { flowKeyOf, keyParts } from '#kernel/records/keys.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';
import type { Book, Movement, Place } from './book.ts';
import { settle } from './settle.ts';

const settled = ['MATCHED', 'RETURNED'];

/** A payment arrived (or became booked): pairs it with its registration, if there is one, and decides. */
export async function pairFlow(book: Book, movement: Movement): Promise<void> {
  if (settled.includes(movement.outcome.state)) return;
  const { bankId, account, bookingDate, serialNo } = movement.flow;
  const claim = await book.tx.get('CLAIM', keyParts.CLAIM(bankId, account, bookingDate, serialNo));
  if (claim !== null && !claim.released) {
    const place = await book.place(claim.draftId, claim.legId);
    if (place !== null) await offer(book, place, movement);
    return;
  }
  for (const { draftId, legId } of await book.tx.range('CLAIMIDX', [bankId, serialNo, bookingDate])) {
    const place = await book.place(draftId, legId);
    if (place !== null && isClaimOf(place, movement.flow) && (await offer(book, place, movement))) return;
  }
}

/** A registration was made, or lost its flow: pairs it with the best flow that has arrived, and decides. */
export async function pairRegistration(book: Book, place: Place): Promise<void> {
  const { leg, progress } = place;
  const { serialNo, bookingDate } = progress;
  if (serialNo === null || bookingDate === null) return;
  const { bankId, account } = leg.payer;
  const whole = { bankId, account, direction: 'DBIT' as const, bookingDate, serialNo, subIndex: 0 };
  const exact = await book.movement(flowKeyOf(whole));
  const isBest = exact !== null && rankOf(place, exact.flow) === 0 && isFree(place, exact);
  const best = isBest ? exact : await bestOf(book, place, [bankId, serialNo, bookingDate]);
  if (best !== null) await bind(book, place, best);
}

async function bestOf(book: Book, place: Place, serial: readonly string[]): Promise<Movement | null> {
  const candidates: Movement[] = [];
  for (const { flowKey } of await book.tx.range('FLOWIDX', serial)) {
    const movement = await book.movement(flowKey);
    if (movement !== null && isPayment(movement.flow) && isFree(place, movement)) candidates.push(movement);
  }
  candidates.sort((a, b) => compare(place, a, b));
  return candidates[0] ?? null;
}

/** Takes a flow off a registration that no longer stands; the flow waits again. */
export function release(book: Book, movement: Movement): void {
  Object.assign(movement.outcome, {
    state: movement.outcome.status === 'PDNG' ? 'PENDING' : 'WAITING',
    draftId: null,
    legId: null,
    resultCodes: ['NO_REGISTRATION'],
    checks: [],
  });
  book.touchFlow(movement.key);
}

/** Pairs unless the leg is settled or holds a better flow. @returns whether the flow was taken */
async function offer(book: Book, place: Place, movement: Movement): Promise<boolean> {
  const { progress } = place;
  if (!isClaimOf(place, movement.flow) || settled.includes(progress.state)) return false;
  const held = progress.flowKey === null ? null : await book.movement(progress.flowKey);
  if (held !== null && held.key !== movement.key && compare(place, held, movement) < 0) return false;
  await bind(book, place, movement);
  return true;
}

async function bind(book: Book, place: Place, movement: Movement): Promise<void> {
  const { draft, progress } = place;
  const lost = await loser(book, place, movement);
  if (progress.flowKey !== null && progress.flowKey !== movement.key) {
    const held = await book.movement(progress.flowKey);
    if (held !== null) release(book, held);
  }
  if (progress.flowKey !== movement.key) {
    progress.flowKey = movement.key;
    book.touchDraft(draft);
  }
  await settle(book, place);
  if (lost !== null) await pairRegistration(book, lost);
}

/** The leg that had taken this flow by its serial alone and must give it up to the leg it belongs to. */
async function loser(book: Book, place: Place, { key, outcome }: Movement): Promise<Place | null> {
  const { draftId, legId } = outcome;
  if (draftId === null || legId === null) return null;
  if (draftId === place.draft.DraftID && legId === place.leg.legId) return null;
  const other = await book.place(draftId, legId);
  if (other?.progress.flowKey !== key) return null;
  Object.assign(other.progress, { flowKey: null, state: 'REGISTERED', checks: [] });
  book.touchDraft(other.draft);
  const registration = await book.registrationOf(other);
  if (registration !== null) {
    Object.assign(registration, { state: 'WAITING', flowKey: null });
    book.touchRegistration(registration);
  }
  return other;
}

function isPayment(flow: Flow): boolean {
  return flow.direction === 'DBIT' && !flow.reversal;
}

/** Whether the leg's standing registration names this serial of this bank on this day. */
function isClaimOf({ leg, progress }: Place, flow: Flow): boolean {
  const sameDay = progress.serialNo === flow.serialNo && progress.bookingDate === flow.bookingDate;
  return sameDay && leg.payer.bankId === flow.bankId;
}

/** Whether the flow may still be taken by this leg: by its own account always, by serial alone only when nobody has it. */
function isFree(place: Place, { flow, outcome }: Movement): boolean {
  if (settled.includes(outcome.state) || outcome.state === 'DROPPED') return false;
  if (outcome.legId === null || flow.account === place.leg.payer.account) return true;
  return outcome.legId === place.leg.legId && outcome.draftId === place.draft.DraftID;
}

/** Own account before another; what agrees in payee and amount before what does not; the whole before a part. */
function rankOf({ leg }: Place, flow: Flow): number {
  const agrees = flow.payee.account === leg.payee.account && flow.amountFen === leg.amountFen;
  const account = flow.account === leg.payer.account ? 0 : 4;
  return account + (agrees ? 0 : 2) + (flow.subIndex === 0 ? 0 : 1);
}

function compare(place: Place, a: Movement, b: Movement): number {
  return rankOf(place, a.flow) - rankOf(place, b.flow) || (a.key < b.key ? -1 : 1);
}
