/** Which drafts count as under way, and which may still be acted on, split, cancelled or recalled. */
import { isRecalling } from '#kernel/draft-status.ts';
import { returnLegs } from '#kernel/recall-plan.ts';
import { draftStatuses, type DraftStatus } from '#kernel/records/draft.ts';
import type { DraftDoc } from './draft.schema.ts';

const ended: readonly DraftStatus[] = ['SETTLED', 'TERMINATED', 'RECALLED'];

/** Statuses of a draft that has not run its course. */
export const liveDraftStatuses: readonly DraftStatus[] = draftStatuses.filter((one) => !ended.includes(one));

/** Neither frozen nor over: people may act on it. */
export function liveForActs({ status }: Pick<DraftDoc, 'status'>): boolean {
  return status !== 'FROZEN' && !ended.includes(status);
}

const wasPaid = ({ record }: Pick<DraftDoc, 'record'>): boolean =>
  record.ActualPath.some((entry) => entry.kind === 'payment');

/** Before the first proven payment. */
export function isCancellable(doc: DraftDoc): boolean {
  return liveForActs(doc) && !wasPaid(doc);
}

/** After it, while something is left and it is not on its way back already. */
export function isRecallable(doc: DraftDoc): boolean {
  if (!liveForActs(doc) || !wasPaid(doc) || isRecalling(doc.record)) return false;
  return returnLegs(doc.record, doc.issuedOn).length > 0;
}
