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
import { clearStanding, requirePayer } from './register.ts';

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
  const { draftId, legId } = args;
  const registration = await book.registration(draftId, legId, args);
  if (registration === null) throw new Refusal('NOT_FOUND', { draftId, legId });
  if (!withdrawable.includes(registration.state)) {
    throw new Refusal('WRONG_STATE', { state: registration.state });
  }
  const asked = registration.withdrawalRequested;
  requirePost(tx.caller, [asked === null ? 'handle' : 'check']);
  if (asked?.by === tx.caller.userId) throw new Refusal('SAME_PERSON', { draftId, legId });
  if (asked === null) await ask(book, place, registration, args.reason);
  else await takeOff(book, place, registration, args.reason);
  book.save();
  return { outcome: 'DONE', state: registration.state, pending: asked === null };
}

/** States in which a registration may still be withdrawn. */
export const withdrawable: readonly Registration['state'][] = ['WAITING', 'WAITING_PREDECESSOR', 'MISMATCH'];

async function ask(book: Book, place: Place, registration: Registration, reason: string): Promise<void> {
  for (const { place: leg, registration: own } of await standings(book, place, registration)) {
    own.withdrawalRequested = book.act;
    own.reason = reason;
    book.touchRegistration(own);
    emitLeg(book, 'leg.withdrawal-requested', leg, null);
  }
}

/** Takes a registration off every leg that it stands on; the serial and the flow are free again, the record stays. */
export async function takeOff(
  book: Book,
  place: Place,
  registration: Registration,
  reason: string,
): Promise<void> {
  const held = place.progress.flowKey === null ? null : await book.movement(place.progress.flowKey);
  const all = await standings(book, place, registration);
  if (held !== null) release(book, held);
  const claimKey = keyParts.CLAIM(registration);
  const claim = await book.tx.get('CLAIM', claimKey);
  if (claim !== null) book.tx.put('CLAIM', claimKey, { ...claim, released: true });
  for (const { place: leg, registration: own } of all) {
    Object.assign(own, { state: 'WITHDRAWN', withdrawn: book.act, flowKey: null, reason });
    book.touchRegistration(own);
    emitLeg(book, 'leg.withdrawn', leg, null);
    if (leg.progress.state !== 'CANCELLED') reopen(book, leg);
  }
}

function reopen(book: Book, { draft, leg, progress }: Place): void {
  clearStanding(progress);
  const returned = draft.ActualPath.some((entry) => entry.legId === leg.legId && entry.kind === 'return');
  progress.state = returned ? 'RETURNED' : 'OPEN';
  book.touchDraft(draft);
}

/** Each leg that still stands on a registration, with its own record of it. */
async function standings(
  book: Book,
  place: Place,
  registration: Registration,
): Promise<{ place: Place; registration: Registration }[]> {
  const found: { place: Place; registration: Registration }[] = [];
  for (const one of await book.companions(place, registration)) {
    const own = one.leg === place.leg ? registration : await book.registrationOf(one);
    if (own !== null && withdrawable.includes(own.state)) found.push({ place: one, registration: own });
  }
  return found;
}
