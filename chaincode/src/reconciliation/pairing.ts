/** Which flow belongs to which registration: the exact key first, then the same bank, serial and day on another account. */
import { flowKeyOf, keyParts } from '#kernel/records/keys.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';
import type { Book, Movement, Place } from './book.ts';
import { settle } from './settle.ts';

const settled = ['MATCHED', 'RETURNED'];

/** A payment arrived (or became booked): pairs it with its registration, if there is one, and decides. */
export async function pairFlow(book: Book, movement: Movement): Promise<void> {
  if (settled.includes(movement.outcome.state)) return;
  const { bankId, bookingDate, serialNo } = movement.flow;
  const claim = await claimOf(book, movement.flow);
  if (claim !== null) {
    const { draftId, legId } = claim;
    const registration = keyParts.REG({ draftId, legId, bookingDate, serialNo, subIndex: claim.part });
    book.tx.expect([
      ['DRAFT', keyParts.DRAFT(draftId)],
      ['REG', registration],
    ]);
    const place = await book.place(claim.draftId, claim.legId);
    if (place !== null) await offer(book, place, movement);
    return;
  }
  for (const { draftId, legId } of await book.tx.range('CLAIMIDX', [bankId, serialNo, bookingDate])) {
    const place = await book.place(draftId, legId);
    if (place !== null && (await offer(book, place, movement))) return;
  }
}

/** Who claims a flow: the part of a batch by its sub-index first, then whoever claims the whole serial. */
async function claimOf(
  book: Book,
  flow: Flow,
): Promise<{ draftId: string; legId: string; part: number } | null> {
  for (const part of flow.subIndex === 0 ? [0] : [flow.subIndex, 0]) {
    const claim = await book.tx.get('CLAIM', keyParts.CLAIM({ ...flow, subIndex: part }));
    if (claim !== null && !claim.released) return { ...claim, part };
  }
  return null;
}

/** A registration was made, or lost its flow: pairs it with the best flow that has arrived, and decides. */
export async function pairRegistration(book: Book, place: Place): Promise<void> {
  const { leg, progress } = place;
  const { serialNo, bookingDate } = progress;
  if (serialNo === null || bookingDate === null) return;
  const { bankId, account } = leg.payer;
  const subIndex = progress.subIndex ?? 0;
  const named = { bankId, account, direction: 'DBIT' as const, bookingDate, serialNo, subIndex };
  const exact = await book.movement(flowKeyOf(named));
  const isBest =
    exact !== null && rankOf(place, exact.flow) === 0 && isFree(place, exact) && isPayment(exact.flow);
  const best = isBest ? exact : await bestOf(book, place, [bankId, serialNo, bookingDate]);
  if (best !== null) await bind(book, place, best);
}

async function bestOf(book: Book, place: Place, serial: readonly string[]): Promise<Movement | null> {
  const candidates: Movement[] = [];
  for (const { flowKey } of await book.tx.range('FLOWIDX', serial)) {
    const movement = await book.movement(flowKey);
    if (movement === null || !isClaimOf(place, movement.flow)) continue;
    if (isPayment(movement.flow) && isFree(place, movement)) candidates.push(movement);
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
  delete movement.outcome.parts;
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

/** Puts a flow and a registration together, with every leg of its list, and decides. */
export async function bind(book: Book, place: Place, movement: Movement): Promise<void> {
  const { progress } = place;
  const lost = await loser(book, place, movement);
  if (progress.flowKey !== null && progress.flowKey !== movement.key) {
    const held = await book.movement(progress.flowKey);
    if (held !== null) release(book, held);
  }
  if (progress.flowKey !== movement.key) await hold(book, place, movement.key);
  await settle(book, place);
  if (lost !== null) await pairRegistration(book, lost);
}

async function hold(book: Book, place: Place, flowKey: string): Promise<void> {
  const registration = await book.registrationOf(place);
  const places = registration === null ? [place] : await book.companions(place, registration);
  for (const { draft, progress } of places) {
    if (progress.state === 'CANCELLED') continue;
    progress.flowKey = flowKey;
    book.touchDraft(draft);
  }
}

/** Takes the flow off a registration that goes on standing: all of its legs wait for a flow again. */
export async function unbind(book: Book, place: Place): Promise<void> {
  const registration = await book.registrationOf(place);
  if (registration === null) return;
  for (const { draft, progress } of await book.companions(place, registration)) {
    if (progress.state === 'CANCELLED') continue;
    Object.assign(progress, { flowKey: null, state: 'REGISTERED', checks: [] });
    book.touchDraft(draft);
    const own = await book.registrationOf({ ...place, draft, progress });
    if (own === null) continue;
    Object.assign(own, { state: 'WAITING', flowKey: null });
    book.touchRegistration(own);
  }
}

/** The leg that had taken this flow by its serial alone and must give it up to the leg it belongs to. */
async function loser(book: Book, place: Place, { key, outcome }: Movement): Promise<Place | null> {
  const { draftId, legId, parts } = outcome;
  if (draftId === null || legId === null) return null;
  const { draft, leg } = place;
  const own = parts ?? [{ draftId, legId }];
  if (own.some((one) => one.draftId === draft.DraftID && one.legId === leg.legId)) return null;
  const other = await book.place(draftId, legId);
  if (other?.progress.flowKey !== key) return null;
  await unbind(book, other);
  delete outcome.parts;
  return other;
}

function isPayment(flow: Flow): boolean {
  return flow.direction === 'DBIT' && !flow.reversal && flow.batch !== true && flow.fee !== true;
}

/** Whether the leg's standing registration names this serial of this bank on this day. */
function isClaimOf({ leg, progress }: Place, flow: Flow): boolean {
  const sameDay = progress.serialNo === flow.serialNo && progress.bookingDate === flow.bookingDate;
  const samePart = progress.subIndex === undefined || progress.subIndex === flow.subIndex;
  return sameDay && samePart && leg.payer.bankId === flow.bankId;
}

/** Whether the flow may still be taken by this leg: by its own account always, by serial alone only when nobody has it. */
function isFree(place: Place, { flow, outcome }: Movement): boolean {
  if (settled.includes(outcome.state) || outcome.state === 'DROPPED') return false;
  if (outcome.legId === null || flow.account === place.leg.payer.account) return true;
  return outcome.legId === place.leg.legId && outcome.draftId === place.draft.DraftID;
}

/** Own account before another; what agrees in payee and amount before what does not; the whole before a part. */
function rankOf({ leg, progress }: Place, flow: Flow): number {
  const amountFen = progress.share?.totalFen ?? leg.amountFen;
  const agrees = flow.payee.account === leg.payee.account && flow.amountFen === amountFen;
  const account = flow.account === leg.payer.account ? 0 : 4;
  return account + (agrees ? 0 : 2) + (flow.subIndex === 0 ? 0 : 1);
}

function compare(place: Place, a: Movement, b: Movement): number {
  return rankOf(place, a.flow) - rankOf(place, b.flow) || (a.key < b.key ? -1 : 1);
}
