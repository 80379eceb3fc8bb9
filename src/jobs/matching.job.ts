/** The matching queue: a job names flow keys that wait in the inbox. A job is a hint; the sweep finds what the queue forgot. */
import { createHash } from 'node:crypto';
import type { Job, Queue } from 'bullmq';
import { z } from 'zod';
import type { IngestService } from '../models/inbox/ingest.service.ts';
import { joined } from '../models/inbox/joined.ts';

export const matchingQueue = 'matching';
export const matchingJob = z.object({ flowKeys: z.array(z.string()).min(1).max(1000) });
/** What a matching job carries: keys of flows that wait in the inbox. */
export type MatchingJob = z.infer<typeof matchingJob>;

/** Flows of one job that are on their way to the ledger at a time: while some share a transaction the next gather. */
const abreast = 128;
/** Flows that one sweep picks up. */
const sweepLimit = 500;

/** Flows that one joined hint names at most. */
const hintedTogether = 500;

/** A message's flows that wait. */
export interface FlowHint {
  readonly messageId: string;
  readonly flowKeys: readonly string[];
}

/** Adds a hint as `hintFlows` does; hints that come together are joined into one job. */
export function joinedHints(queue: Queue): (hint: FlowHint) => Promise<void> {
  const carry = joined(64, async (hints: readonly FlowHint[]) => {
    const flowKeys = hints.flatMap((hint) => hint.flowKeys);
    for (let from = 0; from < flowKeys.length; from += hintedTogether)
      await hintFlows(
        queue,
        `${hints.map((hint) => hint.messageId).join(' ')}~${from}`,
        flowKeys.slice(from, from + hintedTogether),
      );
    return hints.map(() => undefined);
  });
  return async (hint) => carry(hint);
}

/** Adds the hint for a message's flows; the same hint twice is one job. */
export async function hintFlows(queue: Queue, messageId: string, flowKeys: readonly string[]): Promise<void> {
  const jobId = `m-${createHash('sha256').update(messageId).digest('hex').slice(0, 32)}`;
  await queue.add(
    'message',
    { flowKeys: [...flowKeys] },
    {
      jobId,
      removeOnComplete: { age: 60, count: 1000 },
      removeOnFail: { age: 7 * 86_400 },
      attempts: 3,
      backoff: { type: 'exponential', delay: 500 },
    },
  );
}

/** Carries the flows a job names; what fails stays in the inbox for the sweep, so the job itself does not fail for it. */
export function matchingProcessor(
  ingest: IngestService,
): (job: Pick<Job, 'data'>) => Promise<Record<string, number>> {
  return async (job) => tally(ingest, matchingJob.parse(job.data).flowKeys);
}

/** Carries every flow that waits longer than it should, whatever the queue knows of it. */
export async function sweepInbox(ingest: IngestService): Promise<Record<string, number>> {
  const keys = await ingest.overdue(sweepLimit);
  return tally(ingest, keys);
}

async function tally(ingest: IngestService, flowKeys: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const waiting = flowKeys.values();
  const lane = async (): Promise<void> => {
    for (const key of waiting) {
      const outcome = await ingest.ingest(key);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: abreast }, lane));
  return counts;
}
