/** Starts everything the worker does: the projector, the queues' workers, and the sweeps that repeat. */
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { createProjector } from '../blockchain/projector/projector.ts';
import { renewOutdated } from '../blockchain/projector/rebuild.ts';
import type { Platform } from '../compose.ts';
import { ReadModelStore } from '../models/read-model/read-model-store.ts';
import { startChecks } from './check.job.ts';
import { liveChannel } from './live.ts';
import { startNotices } from './notification.job.ts';
import { matchingProcessor, matchingQueue } from './matching.job.ts';
import { startSweeps } from './sweeps.ts';

/** Wait before a read model is made anew once more, ms. */
const renewAgainMs = 2_000;

/** Running jobs; `close` waits for what is in hand. */
export interface RunningJobs {
  close(): Promise<void>;
}

/** Starts the projector, the queues and the sweeps of the worker process. */
export async function startJobs(platform: Platform): Promise<RunningJobs> {
  const { config, connection, ledger, log, redis, services } = platform;
  const stop = new AbortController();
  const target = new ReadModelStore({ connection, channel: config.channel });
  const notices = startNotices(platform);
  const projector = createProjector({
    ledger,
    target,
    log,
    publish: async (message) => {
      platform.height.note(message.height);
      await redis.publish(liveChannel, JSON.stringify(message));
      if (message.events.length > 0) notices.hint(message.height);
    },
  });
  const renew = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const was = await renewOutdated({ ledger, target });
        if (was) log.warn({}, 'the read model was of another version and was made anew');
        return;
      } catch (error) {
        log.warn({ err: error }, 'the read model of another version could not be made anew; trying again');
        await delay(renewAgainMs, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  };
  const following = renew()
    .then(() => projector.run(stop.signal))
    .catch((error: unknown) => {
      log.fatal({ err: error }, 'the read model no longer follows the ledger');
      process.exitCode = 1;
      process.kill(process.pid, 'SIGTERM');
    });
  const connectionOfWorker = redis.duplicate();
  const matching = new Worker(matchingQueue, matchingProcessor(services.ingest), {
    connection: connectionOfWorker,
    concurrency: config.matchConcurrency,
  });
  matching.on('error', (error) => log.warn({ err: error.message }, 'matching queue away'));
  const sweeps = await startSweeps(platform);
  const checks = startChecks(platform);
  return {
    close: async () => {
      stop.abort();
      await Promise.all([matching.close(), sweeps.close(), checks.close(), following]);
      await notices.close();
      connectionOfWorker.disconnect();
    },
  };
}
