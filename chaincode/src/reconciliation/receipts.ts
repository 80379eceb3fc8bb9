/** The payee bank's credit entries: attached to a leg as confirmation that the money arrived; they never advance a draft. */
import { addDays } from '#kernel/dates.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';
import { attachReceipt } from '../draft/transfer.ts';
import { emitLeg } from './book.ts';
import type { Book, Movement, Place } from './book.ts';

/** How many calendar days the credit may be booked before or after the debit. */
export const receiptWindowDays = 3;

type Ends = Pick<Flow, 'payer' | 'payee' | 'amountFen'>;

/** A credit arrived: attaches it by its reference, else to a proven payment between the same accounts in the window. */
export async function linkReceipt(book: Book, movement: Movement): Promise<void> {
  if (movement.outcome.status !== 'BOOK') return;
  const place = (await placeByReference(book, movement.flow)) ?? (await placeByEnds(book, movement.flow));
  if (place !== null) {
    attach(book, place, movement);
    return;
  }
  const parts = endsKey('CREDIT', movement.flow);
  const waiting = await book.tx.get('FLOWIDX', parts);
  const flowKeys = [...new Set([...(waiting?.flowKeys ?? []), movement.key])].sort();
  book.tx.put('FLOWIDX', parts, { flowKey: movement.key, flowKeys });
}

/** A payment was proven: leaves its trace for later credits and takes up one that came before. */
export async function attachWaitingReceipts(book: Book, place: Place, flow: Flow): Promise<void> {
  const { draft, leg } = place;
  const trace = [...endsKey('DEBIT', flow), flow.bookingDate, draft.DraftID, leg.legId];
  book.tx.put('FLOWIDX', trace, { flowKey: `${draft.DraftID}/${leg.legId}` });
  if (hasReceipt(place)) return;
  const parts = endsKey('CREDIT', flow);
  const waiting = await book.tx.get('FLOWIDX', parts);
  const flowKeys = waiting?.flowKeys ?? [];
  for (const flowKey of flowKeys) {
    const movement = await book.movement(flowKey);
    if (movement?.outcome.state !== 'WAITING' || !inWindow(movement.flow, flow.bookingDate)) continue;
    attach(book, place, movement);
    book.tx.put('FLOWIDX', parts, { flowKey, flowKeys: flowKeys.filter((other) => other !== flowKey) });
    return;
  }
}

function attach(book: Book, place: Place, movement: Movement): void {
  const { draft, leg, progress } = place;
  const { flow, key, outcome } = movement;
  const people = { registeredBy: null, ingestedBy: outcome.ingested.by };
  attachReceipt(draft, { leg, progress, flow, flowKey: key, ...people, act: book.act });
  outcome.state = 'RECEIPT';
  outcome.draftId = draft.DraftID;
  outcome.legId = leg.legId;
  outcome.decided = book.act;
  book.touchDraft(draft);
  book.touchFlow(key);
  emitLeg(book, 'leg.receipt', place, key);
}

/** `DraftID/legId` anywhere in the reference or the purpose, when accounts and amount agree with the plan. */
async function placeByReference(book: Book, flow: Flow): Promise<Place | null> {
  const named = /(SZHP-[0-9-]+)\/([FBDMX][0-9-]+)/.exec(`${flow.reference} ${flow.purpose}`);
  const [, draftId, legId] = named ?? [];
  if (draftId === undefined || legId === undefined) return null;
  const place = await book.place(draftId, legId);
  return place !== null && agrees(place, flow) && !hasReceipt(place) ? place : null;
}

async function placeByEnds(book: Book, flow: Flow): Promise<Place | null> {
  for (let shift = -receiptWindowDays; shift <= receiptWindowDays; shift += 1) {
    const day = addDays(flow.bookingDate, shift);
    for (const { flowKey } of await book.tx.range('FLOWIDX', [...endsKey('DEBIT', flow), day])) {
      const [draftId = '', legId = ''] = flowKey.split('/');
      const place = await book.place(draftId, legId);
      if (place !== null && !hasReceipt(place)) return place;
    }
  }
  return null;
}

function agrees({ leg }: Place, flow: Flow): boolean {
  const ends = leg.payer.account === flow.payer.account && leg.payee.account === flow.payee.account;
  return ends && leg.amountFen === flow.amountFen && leg.payee.bankId === flow.bankId;
}

/** Whether every payment of the leg has its receipt already. */
function hasReceipt({ draft, leg }: Place): boolean {
  const own = draft.ActualPath.filter((entry) => entry.legId === leg.legId);
  const receipts = own.filter((entry) => entry.kind === 'receipt').length;
  const payments = own.filter((entry) => entry.kind === 'payment').length;
  return receipts >= Math.max(1, payments);
}

function inWindow(credit: Flow, debitDate: string): boolean {
  const from = addDays(debitDate, -receiptWindowDays);
  const to = addDays(debitDate, receiptWindowDays);
  return credit.bookingDate >= from && credit.bookingDate <= to;
}

function endsKey(side: 'DEBIT' | 'CREDIT', { payer, payee, amountFen }: Ends): string[] {
  return [`${side}:${payer.account}`, payee.account, amountFen];
}
