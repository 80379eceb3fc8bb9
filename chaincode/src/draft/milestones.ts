/** What the acceptance of a milestone does to the draft; called by the project contract. */
import type { Draft } from '#kernel/records/draft.ts';
import { Book, partiesOf } from '../reconciliation/book.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

/**
 * Notes that the county accepted a milestone: from then on its redemption can be requested.
 * @throws Refusal NOT_FOUND, WRONG_STATE when the draft is frozen or over
 */
export async function milestoneAccepted(tx: Tx, draftId: string, no: number): Promise<Draft> {
  const book = new Book(tx);
  const draft = await book.draft(draftId);
  if (draft === null) throw new Refusal('NOT_FOUND', { draftId });
  if (['FROZEN', 'TERMINATED', 'RECALLED'].includes(draft.Status)) {
    throw new Refusal('WRONG_STATE', { draftId, status: draft.Status });
  }
  if (draft.milestonesAccepted.includes(no)) return draft;
  draft.milestonesAccepted = [...draft.milestonesAccepted, no].sort((a, b) => a - b);
  book.touchDraft(draft);
  const subject = { draftId, projectId: draft.ProjectID, id: String(no) };
  tx.emit({ type: 'draft.milestone-accepted', subject, orgIds: partiesOf(draft), division: draft.division });
  book.save();
  return draft;
}
