/** Letting a payment stand that is right in everything but its time: the decision of reviewer and closer of its alert. */
import type { Alert, AlertRule } from '#kernel/records/alert.ts';
import type { LegProgress } from '#kernel/records/draft.ts';
import { ruleOf } from '#kernel/special-rules.ts';
import { Book } from '../reconciliation/book.ts';
import type { Place } from '../reconciliation/book.ts';
import { settle } from '../reconciliation/settle.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

type Acceptable = NonNullable<LegProgress['accepted']>[number];
const checkOfRule: Partial<Record<AlertRule, Acceptable>> = {
  A04: 'deadline',
  A10: 'order',
  B06: 'milestone',
};

/**
 * Marks the failed check of the alert's rule as accepted and decides the leg again; every other check still must hold.
 * @throws Refusal WRONG_STATE when the rule cannot be accepted, the leg no longer stands with that flow, or it was booked after
 * the recall date of the special rules
 */
export async function acceptFailures(tx: Tx, alert: Alert): Promise<void> {
  const check = checkOfRule[alert.rule];
  const { draftId, legId, flowKey } = alert.subject;
  const book = new Book(tx);
  const place = draftId === null || legId === null ? null : await book.place(draftId, legId);
  const stands =
    flowKey !== null && place?.progress.flowKey === flowKey && place.progress.state === 'MISMATCH';
  if (check === undefined || place === null || !stands) throw new Refusal('WRONG_STATE', { id: alert.id });
  requireBeforeRecall(place, alert);
  place.progress.accepted = [...new Set([...(place.progress.accepted ?? []), check])].sort();
  book.touchDraft(place.draft);
  await settle(book, place);
  book.save();
}

/** After the recall date of the special rules the money is to come back: no lateness is forgiven any more. */
function requireBeforeRecall({ draft, progress }: Place, alert: Alert): void {
  const recallDate = ruleOf(draft.SpecialRule, 'recall-date')?.date;
  if (recallDate !== undefined && (progress.bookingDate ?? '') > recallDate)
    throw new Refusal('WRONG_STATE', { id: alert.id, reason: 'recall-date' });
}
