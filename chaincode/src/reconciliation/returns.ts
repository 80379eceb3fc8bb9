/** Returns (退汇) and reversals (冲正): linked to the payment they undo, whichever of the two arrives first. */
import type { Flow, Part } from '#kernel/records/reconciliation.ts';
import { takeBack } from '../draft/transfer.ts';
import type { RecordKey } from '../tx.ts';
import { allocate, holdings } from './allocation.ts';
import { emitLeg, partiesOf } from './book.ts';
import type { Book, Movement, Place } from './book.ts';

/** Under this key wait the returns that name a serial of an account, before or after that payment has arrived. */
function waitingKey(bankId: string, account: string, originalSerialNo: string): string[] {
  return [bankId, `RETURN:${originalSerialNo}`, account];
}

/** The record of the returns that came before a payment. */
export function waitingReturns({ bankId, account, serialNo }: Flow): RecordKey {
  return ['FLOWIDX', waitingKey(bankId, account, serialNo)];
}

/** A booked return arrived: notes it for its payment, and applies it when the payment is there. */
export async function linkReturn(book: Book, movement: Movement): Promise<void> {
  const { flow, key, outcome } = movement;
  if (flow.originalSerialNo === null || outcome.status !== 'BOOK') return;
  const parts = waitingKey(flow.bankId, flow.account, flow.originalSerialNo);
  const noted = await book.tx.get('FLOWIDX', parts);
  const flowKeys = [...new Set([...(noted?.flowKeys ?? []), key])].sort();
  book.tx.put('FLOWIDX', parts, { flowKey: key, flowKeys });
  const original = await findOriginal(book, flow);
  if (original !== null) await link(book, movement, original);
}

/** A payment arrived: takes up the returns that came before it. */
export async function linkEarlierReturns(book: Book, original: Movement): Promise<void> {
  const { bankId, account, serialNo } = original.flow;
  const noted = await book.tx.get('FLOWIDX', waitingKey(bankId, account, serialNo));
  for (const key of noted?.flowKeys ?? []) {
    const movement = await book.movement(key);
    if (movement === null || !undoes(movement, original)) continue;
    await link(book, movement, original);
  }
}

/** Takes a proven payment back by every return linked to it that was not applied yet. */
export async function applyReturns(book: Book, original: Movement): Promise<void> {
  const shares = sharesOf(original);
  const returns = original.outcome.returns ?? [];
  for (const key of returns) {
    const movement = await book.movement(key);
    if (movement === null || (await isApplied(book, shares, key))) continue;
    const wanted = movement.outcome.parts ?? (await partsOf(book, original, shares, movement));
    if (wanted === null) await askPeople(book, original, movement);
    else await applyReturn(book, { original, movement, parts: wanted });
  }
}

/** The legs that were paid by a flow. */
function sharesOf({ outcome, flow }: Movement): readonly Part[] {
  const { draftId, legId, parts } = outcome;
  if (parts !== undefined) return parts;
  return draftId === null || legId === null ? [] : [{ draftId, legId, amountFen: flow.amountFen }];
}

async function isApplied(book: Book, shares: readonly Part[], key: string): Promise<boolean> {
  for (const { draftId } of shares) {
    const draft = await book.draft(draftId);
    if (draft?.ActualPath.some((entry) => entry.flowKey === key) === true) return true;
  }
  return false;
}

/**
 * Which legs a return takes back: the one leg that was paid; of several all of them once everything is back. A part of a
 * transfer for several legs could belong to any of them, so nothing is guessed.
 */
async function partsOf(
  book: Book,
  original: Movement,
  shares: readonly Part[],
  movement: Movement,
): Promise<Part[] | null> {
  const { returnedFen, returns = [] } = original.outcome;
  let open = takenBackBy(movement.flow);
  const [only] = shares;
  if (only !== undefined && shares.length === 1) return [{ ...only, amountFen: String(open) }];
  if (BigInt(returnedFen) !== BigInt(original.flow.amountFen)) return null;
  const parts: Part[] = [];
  for (const share of shares) {
    const draft = await book.draft(share.draftId);
    const left = draft === null ? 0n : (holdings(draft, original.key, returns).get(share.legId) ?? 0n);
    const taken = left < open ? left : open;
    if (taken > 0n) parts.push({ ...share, amountFen: String(taken) });
    open -= taken;
  }
  return parts;
}

/** A partial return of a transfer for several legs waits for two persons, who say what it takes back. */
async function askPeople(book: Book, original: Movement, movement: Movement): Promise<void> {
  if (movement.outcome.state === 'MISMATCH') return;
  movement.outcome.state = 'MISMATCH';
  movement.outcome.resultCodes = ['ALLOCATION'];
  book.touchFlow(movement.key);
  await alertMovement(book, original, movement);
}

/** Ties a return to its payment and applies it when that is proven; more than was paid is not applied. */
export async function link(book: Book, movement: Movement, original: Movement): Promise<void> {
  if (original.outcome.returns?.includes(movement.key) === true) return applyReturns(book, original);
  const returned = BigInt(original.outcome.returnedFen) + takenBackBy(movement.flow);
  if (returned > BigInt(original.flow.amountFen)) return excess(book, movement, original);
  original.outcome.returnedFen = String(returned);
  original.outcome.returns = [...(original.outcome.returns ?? []), movement.key].sort();
  movement.outcome.state = 'RETURN';
  movement.outcome.originalFlowKey = original.key;
  movement.outcome.resultCodes = ['REVERSED'];
  movement.outcome.decided = book.act;
  book.touchFlow(original.key);
  book.touchFlow(movement.key);
  const { state } = original.outcome;
  if (state === 'MATCHED' || state === 'RETURNED') await applyReturns(book, original);
}

/** What came back and what the bank kept of it: neither is with the payee any more. */
export function takenBackBy({ amountFen, feeFen = '0' }: Flow): bigint {
  return BigInt(amountFen) + BigInt(feeFen);
}

/** More came back than was paid: nothing is applied, people must look. */
async function excess(book: Book, movement: Movement, original: Movement): Promise<void> {
  movement.outcome.state = 'MISMATCH';
  movement.outcome.originalFlowKey = original.key;
  movement.outcome.resultCodes = ['AMOUNT_DIFF'];
  movement.outcome.decided = book.act;
  book.touchFlow(movement.key);
  await alertMovement(book, original, movement);
}

/** Tells people of a return that the platform cannot apply by itself. */
async function alertMovement(book: Book, original: Movement, movement: Movement): Promise<void> {
  const { draftId, legId } = original.outcome;
  const draft = draftId === null ? null : await book.draft(draftId);
  await book.alert({
    rule: 'A01',
    level: 'red',
    subject: { draftId, legId, flowKey: movement.key, serialNo: movement.flow.serialNo },
    division: draft?.division ?? book.tx.caller.division,
    responsibleOrgId: movement.flow.bankId,
    parties: draft === null ? [] : partiesOf(draft),
    resultCodes: movement.outcome.resultCodes,
  });
}

/** A return, what it undoes, and what it takes back from which leg. */
export interface TakenBack {
  readonly original: Movement;
  readonly movement: Movement;
  readonly parts: readonly Part[];
}

/** Takes each leg back by its part and steps it back, in this one transaction. */
export async function applyReturn(book: Book, { original, movement, parts }: TakenBack): Promise<void> {
  const { key, outcome } = movement;
  outcome.state = 'RETURN';
  outcome.resultCodes = ['REVERSED'];
  outcome.draftId = parts[0]?.draftId ?? null;
  outcome.legId = parts[0]?.legId ?? null;
  if (parts.length > 1) outcome.parts = [...parts];
  original.outcome.state = 'RETURNED';
  original.outcome.resultCodes = [...new Set([...original.outcome.resultCodes, 'REVERSED'])];
  book.touchFlow(original.key);
  book.touchFlow(key);
  for (const part of parts) {
    const place = await book.place(part.draftId, part.legId);
    if (place !== null) await takeLegBack(book, place, { original, movement, parts: [part] });
  }
}

async function takeLegBack(book: Book, place: Place, back: TakenBack): Promise<void> {
  const { draft, leg, progress } = place;
  const { original, movement, parts } = back;
  const { flow, key, outcome } = movement;
  const { manual } = outcome;
  const people = {
    registeredBy: null,
    ingestedBy: outcome.ingested.by,
    manual,
    amountFen: parts[0]?.amountFen,
  };
  takeBack(draft, { leg, progress, flow, flowKey: key, ...people, act: book.act });
  allocate(book, draft, original.key, original.outcome.returns);
  book.touchDraft(draft);
  const { serialNo, bookingDate, subIndex } = original.flow;
  const registration =
    (await book.registration(draft.DraftID, leg.legId, { serialNo, bookingDate })) ??
    (await book.registration(draft.DraftID, leg.legId, { serialNo, bookingDate, subIndex }));
  if (registration !== null) {
    registration.state = 'RETURNED';
    book.touchRegistration(registration);
  }
  emitLeg(book, 'leg.returned', place, key);
  await alertReturn(book, place, movement);
}

async function alertReturn(book: Book, { draft, leg }: Place, { flow, key }: Movement): Promise<void> {
  await book.alert({
    rule: 'A09',
    level: 'red',
    subject: {
      draftId: draft.DraftID,
      legId: leg.legId,
      projectId: draft.ProjectID,
      flowKey: key,
      serialNo: flow.originalSerialNo,
    },
    division: draft.division,
    responsibleOrgId: leg.payer.orgId,
    parties: partiesOf(draft),
    resultCodes: ['REVERSED'],
  });
}

/** The newest payment of that serial on the same account that was booked by then. */
async function findOriginal(book: Book, flow: Flow): Promise<Movement | null> {
  const listed = await book.tx.range('FLOWIDX', [flow.bankId, flow.originalSerialNo ?? '']);
  const found: Movement[] = [];
  for (const { flowKey } of listed) {
    const movement = await book.movement(flowKey);
    if (movement !== null && isPaymentFor(movement.flow, flow)) found.push(movement);
  }
  found.sort((a, b) => (a.flow.bookingDate < b.flow.bookingDate ? 1 : -1));
  return found[0] ?? null;
}

function undoes(movement: Movement, original: Movement): boolean {
  const { outcome, flow } = movement;
  if (outcome.originalFlowKey !== null || outcome.status !== 'BOOK') return false;
  return isPaymentFor(original.flow, flow);
}

function isPaymentFor(payment: Flow, back: Flow): boolean {
  if (payment.reversal || payment.direction !== 'DBIT' || payment.account !== back.account) return false;
  if (payment.batch === true || payment.fee === true || !isBackFrom(payment, back)) return false;
  return payment.bookingDate <= back.bookingDate && payment.currency === back.currency;
}

/** Of a batch, the part that went to the account it comes back from; the serial alone would name them all. */
function isBackFrom(payment: Flow, back: Flow): boolean {
  const other = back.direction === 'CRDT' ? back.payer.account : back.payee.account;
  return payment.subIndex === 0 || payment.payee.account === other;
}
