/** `checking(serial)`: deciding one serial again, and reading where it and everything unmatched stands. */
import type { z } from 'zod';
import { keyParts } from '#kernel/records/keys.ts';
import type { DecisionReply, reconciliationArgs } from '#kernel/records/reconciliation.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';
import { Book } from './book.ts';
import type { Movement, Place } from './book.ts';
import { pairFlow, pairRegistration } from './pairing.ts';
import { replyForFlow, replyForLeg } from './reply.ts';

/** Arguments of `checking`. */
export type CheckingArgs = z.infer<typeof reconciliationArgs.checking>;

/**
 * Pairs and decides again what the ledger knows of a serial; a success advances the draft through `transfer`.
 * @throws Refusal NOT_FOUND when neither a registration nor a flow carries the serial, OUT_OF_SCOPE for another's
 */
export async function checking(tx: Tx, args: CheckingArgs): Promise<DecisionReply> {
  const { bankId, account, bookingDate, serialNo } = args;
  const book = new Book(tx);
  const { subIndex = 0 } = args;
  const claim = await tx.get('CLAIM', keyParts.CLAIM(args));
  const place = claim === null || claim.released ? null : await book.place(claim.draftId, claim.legId);
  const parts = { bankId, account, direction: 'DBIT' as const, bookingDate, serialNo, subIndex };
  const movement = await book.movement(keyParts.FLOW(parts).join('~'));
  requireConcern(tx, args, place);
  if (place !== null && isStanding(place, args)) {
    if (place.progress.flowKey === null || place.progress.state !== 'MATCHED')
      await pairRegistration(book, place);
    book.save();
    return replyForLeg(book, place);
  }
  if (movement === null) throw new Refusal('NOT_FOUND', { bankId, serialNo });
  return decideFlow(book, movement);
}

async function decideFlow(book: Book, movement: Movement): Promise<DecisionReply> {
  await pairFlow(book, movement);
  book.save();
  const { ingest: _ingest, ...reply } = replyForFlow(book, movement, 'duplicate');
  return reply;
}

/** The platform, the bank itself, or the payer of the leg. */
function requireConcern(tx: Tx, { bankId, serialNo }: CheckingArgs, place: Place | null): void {
  const { role, orgId } = tx.caller;
  if (role === 'platform' || (role === 'bank-feed' && orgId === bankId)) return;
  if (role !== 'bank-feed' && place?.leg.payer.orgId === orgId) return;
  throw new Refusal('OUT_OF_SCOPE', { bankId, serialNo });
}

/** Whether the claim is the leg's standing registration, not one that was returned and replaced. */
function isStanding({ progress }: Place, { serialNo, bookingDate }: CheckingArgs): boolean {
  return progress.serialNo === serialNo && progress.bookingDate === bookingDate;
}
