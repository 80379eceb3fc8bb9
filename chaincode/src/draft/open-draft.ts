/** What every act on a draft begins and ends with: reading it, the event, taking legs out of play. */
import type { Draft, LegProgress } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { Book, partiesOf, placeIn } from '../reconciliation/book.ts';
import { release } from '../reconciliation/pairing.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

/** @throws Refusal NOT_FOUND */
export async function openDraft(tx: Tx, draftId: string): Promise<{ book: Book; draft: Draft }> {
  const book = new Book(tx);
  const draft = await book.draft(draftId);
  if (draft === null) throw new Refusal('NOT_FOUND', { draftId });
  return { book, draft };
}

/** @throws Refusal WRONG_STATE when the draft is frozen or over */
export function requireLive(draft: Draft): void {
  if (['FROZEN', 'SETTLED', 'TERMINATED', 'RECALLED'].includes(draft.Status)) {
    throw new Refusal('WRONG_STATE', { draftId: draft.DraftID, status: draft.Status });
  }
}

/** Tells every party of an act on the draft. */
export function emitDraft(book: Book, type: string, draft: Draft, id?: string): void {
  const subject = { draftId: draft.DraftID, projectId: draft.ProjectID, ...(id === undefined ? {} : { id }) };
  book.tx.emit({ type, subject, orgIds: partiesOf(draft), division: draft.division });
}

/** Cancels every leg that is not matched: its registration is withdrawn, its serial and its flow are free again. */
export async function cancelOpenLegs(book: Book, draft: Draft): Promise<void> {
  for (const progress of draft.legs) {
    if (progress.state === 'MATCHED' || progress.state === 'CANCELLED') continue;
    await freeRegistration(book, draft, progress);
    progress.state = 'CANCELLED';
  }
  book.touchDraft(draft);
}

async function freeRegistration(book: Book, draft: Draft, progress: LegProgress): Promise<void> {
  const place = placeIn(draft, progress.legId);
  const registration = place === null ? null : await book.registrationOf(place);
  if (registration === null || ['MATCHED', 'RETURNED'].includes(registration.state)) return;
  const movement = progress.flowKey === null ? null : await book.movement(progress.flowKey);
  const { draftId, legId } = registration;
  Object.assign(registration, { state: 'WITHDRAWN', withdrawn: book.act, flowKey: null });
  book.touchRegistration(registration);
  Object.assign(progress, { flowKey: null, checks: [] });
  // A transfer for several legs stays theirs: the others fail with it until the payer withdraws the whole list.
  if (registration.parts !== undefined) return;
  if (movement !== null) release(book, movement);
  const claim = { draftId, legId, released: true };
  book.tx.put('CLAIM', keyParts.CLAIM(registration), claim);
}
