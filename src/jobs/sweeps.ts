/** What repeats: each sweep finds by itself what is due, so that a lost or doubled run changes nothing. */
import { Queue, Worker, type Job } from 'bullmq';
import type { Platform } from '../compose.ts';
import { sweepInbox } from './matching.job.ts';
import { expiringCertificates, failedFlows, silentBanks, stalledLedger } from './watch.job.ts';
import type { RunningJobs } from './index.ts';

export const sweepQueue = 'sweeps';

/** A sweep: how often it runs, ms, and what it answers for the operators' page. */
interface Sweep {
  readonly everyMs: number;
  readonly run: (platform: Platform) => Promise<unknown>;
}

/** The sweeps by name. */
export const sweeps: Readonly<Record<string, Sweep>> = {
  inbox: { everyMs: 2_000, run: ({ services }) => sweepInbox(services.ingest) },
  overdue: { everyMs: 60_000, run: ({ services }) => services.watch.sweep() },
  'failed-flows': { everyMs: 15_000, run: failedFlows },
  'silent-banks': { everyMs: 60_000, run: silentBanks },
  'stalled-ledger': { everyMs: 30_000, run: stalledLedger },
  certificates: { everyMs: 3_600_000, run: expiringCertificates },
};

/** Schedules every sweep and works them one at a time. */
export async function startSweeps(platform: Platform): Promise<RunningJobs> {
  const { redis, log } = platform;
  const queue = new Queue(sweepQueue, { connection: redis });
  for (const [name, { everyMs }] of Object.entries(sweeps)) {
    await queue.upsertJobScheduler(
      name,
      { every: everyMs },
      { name, opts: { removeOnComplete: { count: 20 }, removeOnFail: { count: 100 } } },
    );
  }
  const connectionOfWorker = redis.duplicate();
  const worker = new Worker(
    sweepQueue,
    (job: Job) => sweeps[job.name]?.run(platform) ?? Promise.resolve(null),
    { connection: connectionOfWorker, concurrency: 2 },
  );
  worker.on('error', (error) => log.warn({ err: error.message }, 'sweep queue away'));
  worker.on('failed', (job, error) => log.warn({ sweep: job?.name, err: error.message }, 'sweep failed'));
  return {
    close: async () => {
      await worker.close();
      await queue.close();
      connectionOfWorker.disconnect();
    },
  };
}
