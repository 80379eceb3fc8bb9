/** The notifications queue: a job says that a block was shown, and its worker tells what is due. A sweep finds what the queue forgot. */
import { Queue, Worker } from 'bullmq';
import type { Platform } from '../compose.ts';
import { makeNotifications } from '../models/notification/notification.maker.ts';
import { noticeChannel } from './live.ts';
import { noticeQueue } from './notification.names.ts';

/** Blocks that follow each other faster than this share a job, ms. */
const gatherMs = 150;

/** The queue's worker, and the call by which the projector says that it shows a block. */
export interface Notices {
  /** A block is shown; returns at once. */
  hint(height: number): void;
  close(): Promise<void>;
}

/** Tells every event that is due, and wakes the pages of those concerned. @returns how many people have something new */
export async function tellEvents({ models, height, config, redis }: Platform): Promise<number> {
  const people = await makeNotifications({ models, height, channel: config.channel });
  if (people.length > 0) await redis.publish(noticeChannel, JSON.stringify({ userIds: people }));
  return people.length;
}

/** Starts the queue and its one worker. */
export function startNotices(platform: Platform): Notices {
  const { redis, log } = platform;
  const queue = new Queue(noticeQueue, { connection: redis });
  queue.on('error', (error) => log.warn({ err: error.message }, 'notification queue away'));
  const connection = redis.duplicate();
  const worker = new Worker(noticeQueue, () => tellEvents(platform), { connection, concurrency: 1 });
  worker.on('error', (error) => log.warn({ err: error.message }, 'notification queue away'));
  worker.on('failed', (job, error) => log.warn({ job: job?.id, err: error.message }, 'notification failed'));
  let timer: NodeJS.Timeout | null = null;
  let shown = 0;
  const add = (): void => {
    timer = null;
    const options = { jobId: `block-${shown}`, removeOnComplete: true, removeOnFail: { count: 100 } };
    queue
      .add('notices', {}, { ...options, attempts: 3, backoff: { type: 'exponential', delay: 500 } })
      .catch((error: unknown) => log.warn({ err: error }, 'notification job not added'));
  };
  return {
    hint: (height) => {
      shown = height;
      timer ??= setTimeout(add, gatherMs);
    },
    close: async () => {
      if (timer !== null) clearTimeout(timer);
      await worker.close();
      await queue.close();
      connection.disconnect();
    },
  };
}
