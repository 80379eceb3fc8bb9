/** Which drafts count as under way. */
import { draftStatuses, type DraftStatus } from '#kernel/records/draft.ts';

const ended: readonly DraftStatus[] = ['SETTLED', 'TERMINATED', 'RECALLED'];

/** Statuses of a draft that has not run its course. */
export const liveDraftStatuses: readonly DraftStatus[] = draftStatuses.filter((one) => !ended.includes(one));
