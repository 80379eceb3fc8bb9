/** The simulation's queue and clock are held to the same suites as the ones that the platform runs on. */
import { setTimeout as realWait } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { clockConformance, type ClockUnderTest } from '../simulation/clock-conformance.ts';
import { MemoryQueue, type Processor } from '../simulation/memory-queue.ts';
import { queueConformance, type QueueUnderTest } from '../simulation/queue-conformance.ts';
import { Actor, Scheduler } from '../simulation/scheduler.ts';
import { enterWorld, setTimeout as virtualWait } from '../simulation/timers.ts';
import { startRedis } from '../support/redis.ts';

queueConformance('BullMQ and Redis', openBull);
queueConformance('in memory', () => Promise.resolve(openMemory()));
clockConformance('Node', openNodeClock);
clockConformance('the simulation', openVirtualClock);

/** How long a lock of a dead worker lasts; long enough that a busy machine does not take a living one for dead. */
const lockMs = 3_000;

async function openBull(): Promise<QueueUnderTest> {
  const server = await startRedis();
  const connect = (): Redis => new Redis(server.url.slice('unix://'.length), { maxRetriesPerRequest: null });
  const redis = connect();
  const queue = new Queue('conformance', { connection: redis });
  const workers: { kill(): Promise<void> }[] = [];
  const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await isTrue())) await realWait(10);
  };
  return {
    queue,
    run: (work) => work(),
    startWorker: (processor, lanes) => {
      const worker = bullWorker(connect(), processor, lanes);
      workers.push(worker);
      return worker;
    },
    until,
    drained: () =>
      until(
        async () => (await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized')) === 0,
      ),
    wipe: async () => {
      await redis.flushall();
    },
    close: async () => {
      for (const worker of workers) await worker.kill();
      await queue.close();
      redis.disconnect();
      await server.stop();
    },
  };
}

function bullWorker(connection: Redis, processor: Processor, concurrency: number): { kill(): Promise<void> } {
  const worker = new Worker('conformance', processor, {
    connection,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs / 6,
  });
  worker.on('error', () => undefined);
  let isOver = false;
  return {
    kill: async () => {
      if (isOver) return;
      isOver = true;
      await worker.close(true);
      connection.disconnect();
    },
  };
}

function openMemory(): QueueUnderTest {
  const world = new Scheduler(1, 0);
  const queue = new MemoryQueue(world);
  const outside = new Actor('outside');
  let lives = 0;
  return {
    queue,
    run: (work) => living(world, () => outside.run(work)),
    startWorker: (processor, lanes) => {
      const actor = new Actor(`worker-${(lives += 1)}`);
      actor.run(() => {
        for (let lane = 0; lane < lanes; lane += 1) void queue.work(processor);
      });
      queue.recover();
      return {
        kill: () => {
          actor.kill();
          return Promise.resolve();
        },
      };
    },
    until: (isTrue) => world.run(isTrue),
    drained: () => world.run(() => queue.size === 0),
    wipe: () => {
      queue.wipe();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function openNodeClock(): ClockUnderTest {
  return { wait: realWait, now: () => new Date(), run: (work) => work() };
}

function openVirtualClock(): ClockUnderTest {
  const world = new Scheduler(1, 0);
  enterWorld(world);
  const actor = new Actor('sleeper');
  return { wait: virtualWait, now: world.now, run: (work) => living(world, () => actor.run(work)) };
}

/** Lets the world go on until the work has ended. */
async function living<T>(world: Scheduler, work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const done = work().finally(() => (isOver = true));
  done.catch(() => undefined);
  await world.run(() => isOver);
  return done;
}
