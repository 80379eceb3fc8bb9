/** What another entry on a known flow key is: a repeat, a new status, a sighting or a conflict. */
import type { Delivery, InboxFlow } from './inbox.schema.ts';
import type { ReadEntry } from './wire.rules.ts';

/** Status that an entry gives its flow: BOOK, PDNG or DROPPED. */
export function statusOf(entry: Pick<ReadEntry, 'drop' | 'flow'>): string {
  return entry.drop ? 'DROPPED' : entry.flow.status;
}

/** What the entry is to the flow that is known under its key. */
export function kindOfRepeat(
  known: Pick<InboxFlow, 'contentHash' | 'status'>,
  entry: ReadEntry,
): Exclude<Delivery['kind'], 'flow'> {
  if (known.contentHash !== entry.contentHash) return 'conflict';
  return known.status === 'PDNG' && statusOf(entry) !== 'PDNG' ? 'status' : 'sighting';
}
