/** Letting a payment stand that is right in everything but its time: the decision of reviewer and closer of its alert. */
import type { Alert, AlertRule } from '#kernel/records/alert.ts';
import type { LegProgress } from '#kernel/records/draft.ts';
import { Book } from '../reconciliation/book.ts';
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
 * @throws Refusal WRONG_STATE when the rule cannot be accepted or the leg no longer stands with that flow
 */
export async function acceptFailures(tx: Tx, alert: Alert): Promise<void> {
  const check = checkOfRule[alert.rule];
  const { draftId, legId, flowKey } = alert.subject;
  const book = new Book(tx);
  const place = draftId === null || legId === null ? null : await book.place(draftId, legId);
  const stands =
    flowKey !== null && place?.progress.flowKey === flowKey && place.progress.state === 'MISMATCH';
  if (check === undefined || place === null || !stands) throw new Refusal('WRONG_STATE', { id: alert.id });
  place.progress.accepted = [...new Set([...(place.progress.accepted ?? []), check])].sort();
  book.touchDraft(place.draft);
  await settle(book, place);
  book.save();
}
