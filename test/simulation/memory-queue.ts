/** The queue port in memory: hints that may be lost, doubled and delayed, and are given again when their worker dies. */
import { Actor, actorNow, type Scheduler } from './scheduler.ts';

/** What goes wrong with the queue, in hundredths of the hints. */
export interface QueueFaults {
  lost: number;
  doubled: number;
  away: number;
}

/** What may be said of a job, as far as the platform says it. */
export interface JobWishes {
  readonly jobId?: string;
  /** How often it is tried. */
  readonly attempts?: number;
  readonly backoff?: { readonly type: 'exponential'; readonly delay: number };
  readonly removeOnComplete?: Memory;
  readonly removeOnFail?: Memory;
}

/** True: the id of a job that has ended may be used again at once. Otherwise for how many seconds it is remembered. */
type Memory = boolean | { readonly age: number };

interface Job {
  readonly id: string;
  readonly data: unknown;
  readonly wishes: JobWishes;
  failures: number;
  /** How often its worker died. */
  stalls: number;
  holder: Actor | null;
}

/** A job whose worker died is given again once; who dies a second time may have died of it. */
const mostStalls = 1;

/** Somebody without work. */
interface Idler {
  readonly actor: Actor | undefined;
  readonly wake: () => void;
}

/** Runs a job. */
export type Processor = (job: { readonly data: unknown }) => Promise<unknown>;

/** A queue that outlives the processes which use it, until it is wiped. */
export class MemoryQueue {
  readonly faults: QueueFaults = { lost: 0, doubled: 0, away: 0 };
  readonly #world: Scheduler;
  readonly #waiting: Job[] = [];
  readonly #held = new Set<Job>();
  /** Jobs that failed and wait to be tried again. */
  #resting = 0;
  /** Ids that may not be added now: undefined while the job is there, later the moment at which it is forgotten. */
  readonly #known = new Map<string, number | undefined>();
  #idle: Idler[] = [];
  /** Waits for what nobody works on. */
  readonly #self = new Actor('queue');
  #others = 0;

  constructor(world: Scheduler) {
    this.#world = world;
  }

  /** Jobs that have not ended. */
  get size(): number {
    return this.#waiting.length + this.#held.size + this.#resting;
  }

  /** Adds a hint; the same id again while it is remembered is nothing new. @throws Error when the queue is away */
  async add(_name: string, data: unknown, wishes: JobWishes = {}): Promise<void> {
    await this.#world.point('queue add');
    if (this.#world.chance(this.faults.away)) throw new Error('the queue is away');
    if (this.#world.chance(this.faults.lost)) return;
    const id = wishes.jobId ?? `${(this.#others += 1)}`;
    if (this.#isKnown(id)) return;
    this.#known.set(id, undefined);
    this.#put({ id, data, wishes, failures: 0, stalls: 0, holder: null });
    if (this.#world.chance(this.faults.doubled))
      this.#put({ id: `${id}-again`, data, wishes, failures: 0, stalls: 0, holder: null });
  }

  /** Runs jobs one after the other as the process that calls; never returns. */
  async work(processor: Processor): Promise<never> {
    for (;;) {
      const job = await this.#take();
      const done = await processor(job).then(
        () => true,
        () => false,
      );
      // A worker that was taken for dead has nothing to say any more.
      if (!this.#held.delete(job)) continue;
      if (done) this.#forget(job, job.wishes.removeOnComplete);
      else void this.#self.run(() => this.#again(job));
    }
  }

  /** What a dead worker held waits again. */
  recover(): void {
    this.#idle = this.#idle.filter(({ actor }) => actor?.alive !== false);
    for (const job of [...this.#held].filter(({ holder }) => holder?.alive === false)) {
      this.#held.delete(job);
      if (job.stalls < mostStalls) this.#put({ ...job, stalls: job.stalls + 1, holder: null });
      else this.#forget(job, job.wishes.removeOnFail);
    }
    for (const _ of this.#waiting) this.#wakeOne();
  }

  /** Everything is forgotten that nobody works on. */
  wipe(): void {
    this.#waiting.length = 0;
    this.#known.clear();
  }

  async #take(): Promise<Job> {
    for (;;) {
      const actor = actorNow();
      if (this.#waiting.length === 0) await new Promise<void>((wake) => this.#idle.push({ actor, wake }));
      await this.#world.point('queue take');
      const [job] = this.#waiting.splice(this.#world.random(Math.max(1, this.#waiting.length)), 1);
      if (job === undefined) continue;
      job.holder = actor ?? null;
      this.#held.add(job);
      return job;
    }
  }

  #put(job: Job): void {
    this.#waiting.push(job);
    this.#wakeOne();
  }

  #wakeOne(): void {
    this.#idle.shift()?.wake();
  }

  /** A job that failed waits a while, each time longer, until it has been tried often enough. */
  async #again(job: Job): Promise<void> {
    const failures = job.failures + 1;
    const { attempts = 1, backoff, removeOnFail } = job.wishes;
    if (failures >= attempts) {
      this.#forget(job, removeOnFail);
      return;
    }
    this.#resting += 1;
    if (backoff !== undefined) await this.#world.sleep(backoff.delay * 2 ** (failures - 1));
    this.#resting -= 1;
    this.#put({ ...job, failures, holder: null });
  }

  #isKnown(id: string): boolean {
    const until = this.#known.get(id);
    return this.#known.has(id) && (until === undefined || until > this.#world.now().getTime());
  }

  #forget({ id }: Job, memory: Memory = false): void {
    if (memory === true) this.#known.delete(id);
    else {
      const seconds = memory === false ? Infinity : memory.age;
      this.#known.set(id, this.#world.now().getTime() + seconds * 1000);
    }
  }
}
