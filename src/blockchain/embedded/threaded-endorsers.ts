/** Simulations on worker threads that read the committed state themselves, batch by batch. */
import { Worker } from 'node:worker_threads';
import { LedgerUnavailable } from '../ledger.port.ts';
import type { EndorserPool } from './channel.ts';
import type { Endorsement, SignedBytes } from './endorser.ts';
import type { ThreadMessage, ThreadOptions, ThreadReply } from './endorser.thread.ts';
import { decodeOutcomes, encodeTasks, type Task } from './thread.codec.ts';

const MAX_BATCH = 32;
/** Enough that a thread has the next batch at hand when it ends one. */
const MAX_TASKS_PER_THREAD = 64;
/** Young objects of a thread in MB: few live on, and memory that fits the processor's cache is written faster. */
const YOUNG_MB = 24;
const THREAD_MODULE = new URL('./endorser.thread.ts', import.meta.url);

/** How the threads are started. */
export interface ThreadPoolOptions extends ThreadOptions {
  /** The most threads; one is started at once, each other one when those there are have all they can take. */
  readonly threads: number;
  /** Called with the number of threads when another one works. */
  readonly onGrown?: (threads: number) => void;
  /** Called when a thread dies; the ledger cannot go on. */
  readonly onFailure: (error: Error) => void;
}

interface Waiting {
  readonly resolve: (endorsement: Endorsement) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  running: number;
}

/** Starts the first thread and waits until it has loaded the contracts. @throws the error that kept it from starting */
export async function openThreadedEndorsers(options: ThreadPoolOptions): Promise<EndorserPool> {
  const pool = new ThreadedEndorsers(options);
  await pool.grow();
  return pool;
}

class ThreadedEndorsers implements EndorserPool {
  contracts: readonly string[] = [];
  readonly #options: ThreadPoolOptions;
  /** Those that work, and one that is starting. */
  readonly #workers: Worker[] = [];
  readonly #threads: Thread[] = [];
  readonly #revoked: string[];
  readonly #waiting = new Map<number, Waiting>();
  #queue: Task[] = [];
  #height = 0;
  #nextId = 0;
  #isDispatchDue = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#revoked = [...options.revoked];
  }

  /** Starts one more thread. @throws the error that kept it from starting */
  async grow(): Promise<void> {
    const { threads: _, onGrown, onFailure, ...rest } = this.#options;
    const workerData: ThreadOptions = { ...rest, revoked: [...this.#revoked] };
    const worker = new Worker(THREAD_MODULE, {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#workers.push(worker);
    this.contracts = await untilReady(worker);
    const thread = { worker, running: 0 };
    worker.on('message', (reply: ThreadReply) => {
      if (reply.kind === 'outcomes') this.#settle(thread, reply.bytes);
    });
    worker.on('error', (error: Error) => {
      this.fail();
      onFailure(error);
    });
    this.#threads.push(thread);
    if (this.#threads.length > 1) onGrown?.(this.#threads.length);
    this.#dispatch();
  }

  endorse(signed: SignedBytes, height: number): Promise<Endorsement> {
    this.#height = height;
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#queue.push({ id, proposal: signed.proposal, signature: signed.signature });
      if (this.#isDispatchDue) return;
      this.#isDispatchDue = true;
      setImmediate(() => {
        this.#isDispatchDue = false;
        this.#dispatch();
      });
    });
  }

  revoke(serial: string): void {
    this.#revoked.push(serial);
    for (const worker of this.#workers) post(worker, { kind: 'revoke', serial });
  }

  async close(): Promise<void> {
    const ended = this.#workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const worker of this.#workers) post(worker, { kind: 'close' });
    await Promise.all(ended);
  }

  /** Nothing that waits was applied. */
  fail(): void {
    for (const { reject } of this.#waiting.values()) reject(new LedgerUnavailable('the ledger is stopping'));
    this.#waiting.clear();
  }

  /** Gives every thread that has room a share of the queue, the least busy first. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#threads.reduce((least, other) => (other.running < least.running ? other : least));
      const room = Math.min(MAX_TASKS_PER_THREAD - thread.running, MAX_BATCH);
      if (room <= 0) {
        this.#growIfPossible();
        return;
      }
      const share = Math.ceil(this.#queue.length / this.#threads.length);
      const tasks = this.#queue.splice(0, Math.min(room, share));
      thread.running += tasks.length;
      const bytes = encodeTasks({ height: this.#height, tasks });
      post(thread.worker, { kind: 'tasks', bytes }, [bytes.buffer]);
    }
  }

  #growIfPossible(): void {
    const isStarting = this.#workers.length > this.#threads.length;
    if (isStarting || this.#threads.length >= this.#options.threads) return;
    this.grow().catch((error: unknown) => {
      this.fail();
      this.#options.onFailure(error instanceof Error ? error : new Error(String(error)));
    });
  }

  #settle(thread: Thread, bytes: Uint8Array<ArrayBuffer>): void {
    const outcomes = decodeOutcomes(bytes);
    thread.running -= outcomes.length;
    this.#dispatch();
    for (const { id, outcome } of outcomes) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (outcome instanceof Error) waiting?.reject(outcome);
      else waiting?.resolve(outcome);
    }
  }
}

/** @returns the names of the contracts it has loaded */
function untilReady(worker: Worker): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (reply: ThreadReply) => {
      worker.off('error', reject);
      if (reply.kind === 'ready') resolve(reply.contracts);
    });
  });
}

function post(worker: Worker, message: ThreadMessage, transfer: readonly ArrayBuffer[] = []): void {
  worker.postMessage(message, [...transfer]);
}
