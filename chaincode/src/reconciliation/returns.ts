/** Returns (退汇) and reversals (冲正): linked to the payment they undo, whichever of the two arrives first. */
import type { Flow } from '#kernel/records/reconciliation.ts';
import { takeBack } from '../draft/transfer.ts';
import { emitLeg, partiesOf } from './book.ts';
import type { Book, Movement, Place } from './book.ts';

/** Under this key wait the returns that name a serial of an account, before or after that payment has arrived. */
function waitingKey(bankId: string, account: string, originalSerialNo: string): string[] {
  return [bankId, `RETURN:${originalSerialNo}`, account];
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
  const { draftId, legId } = original.outcome;
  const place = draftId === null || legId === null ? null : await book.place(draftId, legId);
  if (place === null) return;
  const applied = new Set(place.draft.ActualPath.map((entry) => entry.flowKey));
  for (const key of [...(original.outcome.returns ?? [])].sort()) {
    const movement = applied.has(key) ? null : await book.movement(key);
    if (movement !== null) await applyReturn(book, place, original, movement);
  }
}

async function link(book: Book, movement: Movement, original: Movement): Promise<void> {
  const returned = BigInt(original.outcome.returnedFen) + BigInt(movement.flow.amountFen);
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

/** More came back than was paid: nothing is applied, people must look. */
async function excess(book: Book, movement: Movement, original: Movement): Promise<void> {
  movement.outcome.state = 'MISMATCH';
  movement.outcome.originalFlowKey = original.key;
  movement.outcome.resultCodes = ['AMOUNT_DIFF'];
  movement.outcome.decided = book.act;
  book.touchFlow(movement.key);
  const { draftId, legId } = original.outcome;
  const draft = draftId === null ? null : await book.draft(draftId);
  await book.alert({
    rule: 'A01',
    level: 'red',
    subject: { draftId, legId, flowKey: movement.key, serialNo: movement.flow.serialNo },
    division: draft?.division ?? book.tx.caller.division,
    responsibleOrgId: movement.flow.bankId,
    parties: draft === null ? [] : partiesOf(draft),
    resultCodes: ['AMOUNT_DIFF'],
  });
}

async function applyReturn(book: Book, place: Place, original: Movement, movement: Movement): Promise<void> {
  const { draft, leg, progress } = place;
  const { flow, key, outcome } = movement;
  const people = { registeredBy: null, ingestedBy: outcome.ingested.by };
  takeBack(draft, { leg, progress, flow, flowKey: key, ...people, act: book.act });
  outcome.draftId = draft.DraftID;
  outcome.legId = leg.legId;
  original.outcome.state = 'RETURNED';
  original.outcome.resultCodes = [...new Set([...original.outcome.resultCodes, 'REVERSED'])];
  book.touchDraft(draft);
  book.touchFlow(original.key);
  book.touchFlow(key);
  const { serialNo, bookingDate } = original.flow;
  const registration = await book.registration(draft.DraftID, leg.legId, serialNo, bookingDate);
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
  return payment.bookingDate <= back.bookingDate && payment.currency === back.currency;
}
