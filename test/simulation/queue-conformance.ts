/** The conformance suite of the queue: what the platform relies on, alike of the queue in Redis and of its twin in memory. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { hintFlows } from '../../src/jobs/matching.job.ts';
import type { JobWishes, Processor } from './memory-queue.ts';

/** What the platform uses of a queue. */
export interface HintQueue {
  add(name: string, data: unknown, wishes?: JobWishes): Promise<unknown>;
}

/** A queue, and the world in which it is. */
export interface QueueUnderTest {
  readonly queue: HintQueue;
  /** Does work as somebody outside the workers does. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** A process that works on so many jobs at a time; `kill` ends it without a word. */
  startWorker(processor: Processor, lanes: number): { kill(): Promise<void> };
  /** Waits for something that must happen. */
  until(isTrue: () => boolean): Promise<void>;
  /** Waits until every job has ended. */
  drained(): Promise<void>;
  /** The queue loses everything. */
  wipe(): Promise<void>;
  close(): Promise<void>;
}

/** Declares the suite. @param open gives an empty queue without workers */
export function queueConformance(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(`${name}: the queue`, () => {
    let subject: QueueUnderTest;
    let seen: unknown[] = [];
    before(async () => {
      subject = await open();
    });
    after(() => subject.close());
    beforeEach(() => (seen = []));
    const add = (data: unknown, wishes?: JobWishes): Promise<unknown> =>
      subject.run(() => subject.queue.add('message', data, wishes));
    /** Works until every job has ended. */
    const work = async (processor: Processor, lanes = 4): Promise<void> => {
      const worker = subject.startWorker(processor, lanes);
      await subject.drained();
      await worker.kill();
    };
    const note: Processor = ({ data }) => Promise.resolve(seen.push(data));

    test('a job is done once, with what it carries', async () => {
      await add({ flowKeys: ['甲~1'] });
      await work(note);
      assert.deepEqual(seen, [{ flowKeys: ['甲~1'] }]);
    });

    test('the same id again while the job waits is nothing new', async () => {
      for (const no of [1, 2]) await add(no, { jobId: 'waits' });
      await work(note);
      assert.deepEqual(seen, [1]);
    });

    test('the same id again while the job runs is nothing new', async () => {
      const gate = Promise.withResolvers<undefined>();
      await add(1, { jobId: 'runs' });
      const worker = subject.startWorker(async ({ data }) => {
        seen.push(data);
        await gate.promise;
      }, 4);
      await subject.until(() => seen.length > 0);
      await add(2, { jobId: 'runs' });
      gate.resolve(undefined);
      await subject.drained();
      await worker.kill();
      assert.deepEqual(seen, [1]);
    });

    test('an id is remembered after its job was done, unless it is to be forgotten', async () => {
      for (const [jobId, removeOnComplete] of [
        ['kept', { age: 3600 }],
        ['gone', true],
      ] as const) {
        await add(`${jobId} first`, { jobId, removeOnComplete });
        await work(note);
        await add(`${jobId} again`, { jobId, removeOnComplete });
        await work(note);
      }
      assert.deepEqual(seen, ['kept first', 'gone first', 'gone again']);
    });

    test('the hint of one message is one job, and carries its flows', async () => {
      for (const keys of [['a', 'b'], ['a', 'b'], ['c']])
        await subject.run(() => hintFlows(subject.queue as never, keys.join(), keys));
      await work(note);
      assert.deepEqual(seen.map((data) => JSON.stringify(data)).sort(), [
        '{"flowKeys":["a","b"]}',
        '{"flowKeys":["c"]}',
      ]);
    });

    test('what fails is tried as often as was wished, and then given up', async () => {
      await add('fails', { attempts: 3, backoff: { type: 'exponential', delay: 20 }, jobId: 'fails' });
      await work((job) => {
        seen.push(job.data);
        return Promise.reject(new Error('no'));
      });
      await add('fails again', { jobId: 'fails' });
      await work(note);
      assert.deepEqual(seen, ['fails', 'fails', 'fails']);
    });

    test('what fails once is done at the next try', async () => {
      await add('late', { attempts: 3, backoff: { type: 'exponential', delay: 20 } });
      await work((job) => {
        seen.push(job.data);
        return seen.length === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      });
      assert.deepEqual(seen, ['late', 'late']);
    });

    test('two workers share the jobs, and each is given to one', async () => {
      const numbers = Array.from({ length: 40 }, (_, no) => no);
      for (const no of numbers) await add(no);
      const workers = [1, 2].map(() => subject.startWorker(note, 3));
      await subject.drained();
      for (const worker of workers) await worker.kill();
      assert.deepEqual(
        seen.map(Number).sort((a, b) => a - b),
        numbers,
      );
    });

    test('a worker does as many jobs at a time as it has lanes', async () => {
      const gate = Promise.withResolvers<undefined>();
      let running = 0;
      let most = 0;
      for (let no = 0; no < 9; no += 1) await add(no);
      const worker = subject.startWorker(async () => {
        running += 1;
        most = Math.max(most, running);
        await gate.promise;
        running -= 1;
      }, 4);
      await subject.until(() => running === 4);
      gate.resolve(undefined);
      await subject.drained();
      await worker.kill();
      assert.equal(most, 4);
    });

    test('what a worker held when it died is given to another; when that dies, too, it is given up', async () => {
      await add('deadly');
      for (const life of [1, 2]) {
        const worker = subject.startWorker(({ data }) => {
          seen.push(data);
          return new Promise(() => undefined);
        }, 4);
        await subject.until(() => seen.length === life);
        await worker.kill();
      }
      await add('harmless');
      await work(note);
      assert.deepEqual(seen, ['deadly', 'deadly', 'harmless']);
    });

    test('a queue that lost everything knows no job and no id, and goes on', async () => {
      for (const no of [1, 2]) await add(no, { jobId: `lost-${no}` });
      await subject.wipe();
      await add('new', { jobId: 'lost-1' });
      await work(note);
      assert.deepEqual(seen, ['new']);
    });
  });
}
