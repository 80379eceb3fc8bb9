/** What repeats: each sweep finds by itself what is due, so that a lost or doubled run changes nothing. */
import { Queue, Worker, type Job } from 'bullmq';
import type { Platform } from '../compose.ts';
import { sweepInbox } from './matching.job.ts';
import { sweepStatements } from './statement.job.ts';
import { tellEvents } from './notification.job.ts';
import {
  bankClocks,
  expiringCertificates,
  failedFlows,
  projectionLag,
  silentBanks,
  stalledLedger,
} from './watch.job.ts';
import { sweepIntervals, sweepQueue, type SweepName } from './sweep.names.ts';
import type { RunningJobs } from './index.ts';

/** The sweeps by name; what each answers is shown on the operators' page. */
const sweeps: Readonly<Record<SweepName, (platform: Platform) => Promise<unknown>>> = {
  inbox: ({ services }) => sweepInbox(services.ingest),
  statements: ({ services }) => sweepStatements(services.statements),
  overdue: ({ services }) => services.watch.sweep(),
  'failed-flows': failedFlows,
  'silent-banks': silentBanks,
  'bank-clocks': bankClocks,
  'stalled-ledger': stalledLedger,
  'projection-lag': projectionLag,
  'read-model': ({ services }) => services.readModelCheck.slice(),
  notifications: tellEvents,
  certificates: expiringCertificates,
};
/** How often it is looked whether Redis still knows the schedule, ms. */
const scheduleCheckMs = 5_000;
const sweepNames = Object.keys(sweepIntervals) as SweepName[];
const byName = new Map<string, (platform: Platform) => Promise<unknown>>(Object.entries(sweeps));

/** Schedules every sweep and works them one at a time. */
export async function startSweeps(platform: Platform): Promise<RunningJobs> {
  const { redis, log } = platform;
  const queue = new Queue(sweepQueue, { connection: redis });
  queue.on('error', (error) => log.warn({ err: error.message }, 'sweep queue away'));
  for (const name of sweepNames) await schedule(queue, name);
  const connectionOfWorker = redis.duplicate();
  const worker = new Worker(
    sweepQueue,
    (job: Job) => byName.get(job.name)?.(platform) ?? Promise.resolve(null),
    { connection: connectionOfWorker, concurrency: 2 },
  );
  worker.on('error', (error) => log.warn({ err: error.message }, 'sweep queue away'));
  worker.on('failed', (job, error) => log.warn({ sweep: job?.name, err: error.message }, 'sweep failed'));
  const watch = setInterval(() => {
    if (redis.status !== 'ready') return;
    restoreSchedule(queue).catch((error: unknown) => log.warn({ err: error }, 'sweep schedule not restored'));
  }, scheduleCheckMs);
  return {
    close: async () => {
      clearInterval(watch);
      await worker.close();
      await queue.close();
      connectionOfWorker.disconnect();
    },
  };
}

async function schedule(queue: Queue, name: SweepName): Promise<void> {
  await queue.upsertJobScheduler(
    name,
    { every: sweepIntervals[name] },
    { name, opts: { removeOnComplete: { count: 20 }, removeOnFail: { count: 100 } } },
  );
}

/** The schedule lives in Redis, and a Redis that lost its data would end the sweeps that make up for that loss. */
async function restoreSchedule(queue: Queue): Promise<void> {
  for (const name of sweepNames) {
    if ((await queue.getJobScheduler(name)) === undefined) await schedule(queue, name);
  }
}
