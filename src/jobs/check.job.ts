/** Works the whole check of the read model, which an operator asks for; the periodic check in slices is a sweep. */
import { Worker } from 'bullmq';
import type { Platform } from '../compose.ts';
import { checkQueue } from './check.names.ts';
import type { RunningJobs } from './index.ts';

/** Starts the worker of the check's queue: one at a time, so that it takes one core at most. */
export function startChecks({ redis, log, services }: Platform): RunningJobs {
  const connection = redis.duplicate();
  const worker = new Worker(checkQueue, () => services.readModelCheck.whole(), {
    connection,
    concurrency: 1,
  });
  worker.on('error', (error) => log.warn({ err: error.message }, 'check queue away'));
  worker.on('failed', (job, error) => log.warn({ job: job?.id, err: error.message }, 'check failed'));
  return {
    close: async () => {
      await worker.close();
      connection.disconnect();
    },
  };
}
