// Owns the pool of read-only workers on which long reads run, with a queue and a watchdog.
import { Worker } from 'node:worker_threads';
import { MongoError } from '../errors.ts';
import { packJob, type JobResult, type ReadJob } from '../planner/jobs.ts';
import { unpackResult, type IndexPage, type IndexPageJob, type PackedResult } from './worker-messages.ts';

/** What a worker is asked. */
export type WorkerTask =
  | { readonly kind: 'read'; readonly job: ReturnType<typeof packJob> }
  | { readonly kind: 'index-page'; readonly job: IndexPageJob }
  | { readonly kind: 'backup'; readonly path: string };

/** What a worker answers. */
export interface WorkerAnswer {
  readonly error?: { readonly code: number; readonly message: string };
  readonly read?: PackedResult;
  readonly indexPage?: IndexPage;
}

interface Pending {
  readonly task: WorkerTask;
  readonly limitMs: number;
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: Error) => void;
}

interface Slot {
  readonly worker: Worker;
  pending: Pending | undefined;
  watchdog: NodeJS.Timeout | undefined;
}

const sizeMax = 2;
/** A worker that does not notice its own time limit, as inside a regular expression, is ended this much later. */
const graceMs = 3000;
const unlimitedMs = 24 * 3600 * 1000;

/** The pool; workers start when they are first needed. */
export class Workers {
  readonly #file: string;
  readonly #slots: Slot[] = [];
  readonly #queue: Pending[] = [];
  #closed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Starts a worker ahead of the first long read. */
  warm(): void {
    if (this.#slots.length === 0) this.#grow();
  }

  /** Jobs that run or wait. */
  get running(): number {
    return this.#queue.length + this.#slots.filter((slot) => slot.pending !== undefined).length;
  }

  /**
   * Runs a read on a snapshot that holds everything committed so far.
   * @throws MongoError, also MaxTimeMSExpired (50) when the job outlives its limit
   */
  async run(job: ReadJob): Promise<JobResult> {
    const answer = await this.#ask({ kind: 'read', job: packJob(job) }, job.limitMs);
    if (answer.read === undefined) throw new MongoError(1, 'a worker gave no answer');
    return unpackResult(answer.read);
  }

  /** The keys of the next documents of a collection for an index that is being built. */
  async indexPage(job: IndexPageJob): Promise<IndexPage> {
    const answer = await this.#ask({ kind: 'index-page', job }, unlimitedMs);
    if (answer.indexPage === undefined) throw new MongoError(1, 'a worker gave no answer');
    return answer.indexPage;
  }

  /** Writes a consistent copy of the data file while others go on writing. */
  async backup(path: string): Promise<void> {
    await this.#ask({ kind: 'backup', path }, unlimitedMs);
  }

  #ask(task: WorkerTask, limitMs: number): Promise<WorkerAnswer> {
    if (this.#closed) return Promise.reject(new MongoError(91, 'the server is shutting down'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, limitMs, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const slot = this.#slots.find(({ pending }) => pending === undefined) ?? this.#grow();
    const pending = slot === undefined ? undefined : this.#queue.shift();
    if (slot === undefined || pending === undefined) return;
    slot.pending = pending;
    slot.watchdog = setTimeout(
      () => this.#replace(slot, new MongoError(50, 'operation exceeded time limit')),
      pending.limitMs + graceMs,
    );
    slot.worker.postMessage(pending.task);
  }

  #grow(): Slot | undefined {
    if (this.#slots.length >= sizeMax) return undefined;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { file: this.#file },
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    const slot: Slot = { worker, pending: undefined, watchdog: undefined };
    worker.on('message', (answer: WorkerAnswer) => this.#finish(slot, answer));
    worker.on('error', (error) => this.#replace(slot, new MongoError(1, `a worker ended: ${String(error)}`)));
    this.#slots.push(slot);
    return slot;
  }

  #finish(slot: Slot, answer: WorkerAnswer): void {
    const { pending } = slot;
    slot.pending = undefined;
    clearTimeout(slot.watchdog);
    if (answer.error === undefined) pending?.resolve(answer);
    else pending?.reject(new MongoError(answer.error.code, answer.error.message));
    this.#next();
  }

  #replace(slot: Slot, error: MongoError): void {
    const at = this.#slots.indexOf(slot);
    if (at < 0) return;
    this.#slots.splice(at, 1);
    clearTimeout(slot.watchdog);
    slot.pending?.reject(error);
    slot.pending = undefined;
    void slot.worker.terminate();
    this.#next();
  }

  /** Ends all workers; what runs or waits is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    const gone = new MongoError(91, 'the server is shutting down');
    for (const pending of this.#queue.splice(0)) pending.reject(gone);
    const slots = this.#slots.splice(0);
    for (const slot of slots) {
      clearTimeout(slot.watchdog);
      slot.pending?.reject(gone);
    }
    await Promise.all(slots.map((slot) => slot.worker.terminate()));
  }
}
