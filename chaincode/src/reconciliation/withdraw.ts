/** Withdrawing a registration before it is matched: one person of the payer asks, another confirms. */
import type { z } from 'zod';
import { keyParts } from '#kernel/records/keys.ts';
import type { reconciliationArgs, Registration } from '#kernel/records/reconciliation.ts';
import { requirePost } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';
import { Book, emitLeg, mustPlace } from './book.ts';
import type { Place } from './book.ts';
import { release } from './pairing.ts';
import { requirePayer } from './register.ts';

/** Arguments of `withdrawRegistration`. */
export type WithdrawArgs = z.infer<typeof reconciliationArgs.withdrawRegistration>;

/**
 * The first call (post handle) asks, the second (post check, another person) withdraws and frees the serial.
 * @throws Refusal NOT_PAYER, NOT_FOUND, POST_MISSING, SAME_PERSON, WRONG_STATE once matched
 */
export async function withdrawRegistration(
  tx: Tx,
  args: WithdrawArgs,
): Promise<{ outcome: 'DONE'; state: Registration['state']; pending: boolean }> {
  const book = new Book(tx);
  const place = await mustPlace(book, args.draftId, args.legId);
  requirePayer(tx, place);
  const { draftId, legId, serialNo, bookingDate } = args;
  const registration = await book.registration(draftId, legId, serialNo, bookingDate);
  if (registration === null) throw new Refusal('NOT_FOUND', { draftId, legId });
  if (!['WAITING', 'WAITING_PREDECESSOR', 'MISMATCH'].includes(registration.state)) {
    throw new Refusal('WRONG_STATE', { state: registration.state });
  }
  const asked = registration.withdrawalRequested;
  requirePost(tx.caller, [asked === null ? 'handle' : 'check']);
  if (asked?.by === tx.caller.userId) throw new Refusal('SAME_PERSON', { draftId, legId });
  if (asked === null) registration.withdrawalRequested = book.act;
  else await confirm(book, place, registration);
  registration.reason = args.reason;
  book.touchRegistration(registration);
  emitLeg(book, asked === null ? 'leg.withdrawal-requested' : 'leg.withdrawn', place, null);
  book.save();
  return { outcome: 'DONE', state: registration.state, pending: asked === null };
}

async function confirm(book: Book, place: Place, registration: Registration): Promise<void> {
  const { draft, leg, progress } = place;
  const { bankId, account, bookingDate, serialNo } = registration;
  const held = progress.flowKey === null ? null : await book.movement(progress.flowKey);
  if (held !== null) release(book, held);
  registration.state = 'WITHDRAWN';
  registration.withdrawn = book.act;
  registration.flowKey = null;
  const claim = { draftId: draft.DraftID, legId: leg.legId, released: true };
  book.tx.put('CLAIM', keyParts.CLAIM(bankId, account, bookingDate, serialNo), claim);
  const returned = draft.ActualPath.some((entry) => entry.legId === leg.legId && entry.kind === 'return');
  Object.assign(progress, {
    state: returned ? 'RETURNED' : 'OPEN',
    serialNo: null,
    bookingDate: null,
    registered: null,
    flowKey: null,
    decided: null,
    checks: [],
  });
  delete progress.accepted;
  book.touchDraft(draft);
}
