/** What callers may read about flows, registrations and what is not matched. */
import type { z } from 'zod';
import { keyParts } from '#kernel/records/keys.ts';
import type {
  Flow,
  FlowOutcome,
  reconciliationQueryArgs,
  Registration,
} from '#kernel/records/reconciliation.ts';
import { Refusal } from '../refusal.ts';
import { maySee } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { Book, partiesOf } from './book.ts';
import type { Place } from './book.ts';

type Query = z.infer<typeof reconciliationQueryArgs.query>;
type Unmatched = z.infer<typeof reconciliationQueryArgs.unmatched>;
/** A flow with its outcome and, when it belongs to a leg, the registration. */
export interface Reconciled {
  readonly flow: Flow | null;
  readonly outcome: FlowOutcome | null;
  readonly registration: Registration | null;
}

/** One flow by its key, or both sides of a serial. @throws Refusal NOT_FOUND, OUT_OF_SCOPE */
export async function query(tx: Tx, args: Query): Promise<Reconciled> {
  const book = new Book(tx);
  const found = args.kind === 'flow' ? await byFlow(book, args.flowKey) : await bySerial(book, args);
  const { flow, outcome, registration } = found;
  const carrier = flow ?? registration;
  if (carrier === null) throw new Refusal('NOT_FOUND', {});
  await requireSight(book, carrier.bankId, registration?.draftId ?? outcome?.draftId ?? null);
  return found;
}

/** Registered legs without a match, or flows of an account that advanced nothing. @throws Refusal NOT_FOUND, OUT_OF_SCOPE */
export async function unmatched(tx: Tx, args: Unmatched): Promise<unknown[]> {
  const book = new Book(tx);
  if (args.kind === 'legs') {
    const draft = await book.draft(args.draftId);
    if (draft === null) throw new Refusal('NOT_FOUND', { draftId: args.draftId });
    await requireSight(book, '', args.draftId);
    return draft.legs.filter((leg) => leg.registered !== null && leg.state !== 'MATCHED');
  }
  await requireSight(book, args.bankId, null);
  const outcomes = await tx.range('FLOWSTATE', [args.bankId, args.account]);
  return outcomes.filter((one) => ['WAITING', 'WAITING_PREDECESSOR', 'MISMATCH'].includes(one.state));
}

async function byFlow(book: Book, flowKey: string): Promise<Reconciled> {
  const movement = await book.movement(flowKey);
  if (movement === null) return { flow: null, outcome: null, registration: null };
  const { flow, outcome } = movement;
  const place = await placeOf(book, outcome);
  return { flow, outcome, registration: place === null ? null : await book.registrationOf(place) };
}

async function bySerial(book: Book, args: Extract<Query, { kind: 'serial' }>): Promise<Reconciled> {
  const { bankId, account, bookingDate, serialNo } = args;
  const claim = await book.tx.get('CLAIM', keyParts.CLAIM(args));
  const registration =
    claim === null ? null : await book.registration(claim.draftId, claim.legId, { serialNo, bookingDate });
  const parts = { bankId, account, direction: 'DBIT' as const, bookingDate, serialNo, subIndex: 0 };
  const key = registration?.flowKey ?? keyParts.FLOW(parts).join('~');
  const movement = await book.movement(key);
  return { flow: movement?.flow ?? null, outcome: movement?.outcome ?? null, registration };
}

async function placeOf(book: Book, { draftId, legId }: FlowOutcome): Promise<Place | null> {
  return draftId === null || legId === null ? null : book.place(draftId, legId);
}

/** R6: the bank itself, the platform and the auditor, else whoever may see the draft. */
async function requireSight(book: Book, bankId: string, draftId: string | null): Promise<void> {
  const { caller } = book.tx;
  if (caller.orgId === bankId || caller.role === 'platform') return;
  const draft = draftId === null ? null : await book.draft(draftId);
  const sees = draft === null ? caller.role === 'auditor' : maySee(caller, draft.division, partiesOf(draft));
  if (!sees) throw new Refusal('OUT_OF_SCOPE', {});
}
