/** The queue port in memory: hints that may be lost, doubled and delayed, and are given again when their worker dies. */
import { actorNow, type Actor, type Scheduler } from './scheduler.ts';

/** What goes wrong with the queue, in hundredths of the hints. */
export interface QueueFaults {
  lost: number;
  doubled: number;
  away: number;
}

interface Job {
  readonly id: string;
  readonly data: unknown;
  holder: Actor | null;
}

/** A queue that outlives the processes which use it, until it is wiped. */
export class MemoryQueue {
  readonly faults: QueueFaults = { lost: 0, doubled: 0, away: 0 };
  readonly #world: Scheduler;
  readonly #waiting: Job[] = [];
  readonly #held: Job[] = [];
  #wake: (() => void)[] = [];

  constructor(world: Scheduler) {
    this.#world = world;
  }

  /** Adds a hint; the same job twice while it waits or runs is one. @throws Error when the queue is away */
  async add(_name: string, data: unknown, { jobId = '' }: { readonly jobId?: string } = {}): Promise<void> {
    await this.#world.point('queue add');
    if (this.#world.chance(this.faults.away)) throw new Error('the queue is away');
    if (this.#world.chance(this.faults.lost)) return;
    if ([...this.#waiting, ...this.#held].some((job) => job.id === jobId)) return;
    this.#waiting.push({ id: jobId, data, holder: null });
    if (this.#world.chance(this.faults.doubled))
      this.#waiting.push({ id: `${jobId}-again`, data, holder: null });
    this.#notify();
  }

  /** Runs jobs one after the other as the process that calls; never returns. */
  async work(processor: (job: { readonly data: unknown }) => Promise<unknown>): Promise<never> {
    for (;;) {
      const job = await this.#take();
      await processor(job).catch(() => undefined);
      this.#held.splice(this.#held.indexOf(job), 1);
    }
  }

  /** What a dead worker held waits again. */
  recover(): void {
    for (const job of this.#held.filter((one) => one.holder?.alive === false)) {
      this.#held.splice(this.#held.indexOf(job), 1);
      this.#waiting.push({ ...job, holder: null });
    }
    this.#notify();
  }

  /** Everything is forgotten. */
  wipe(): void {
    this.#waiting.length = 0;
  }

  async #take(): Promise<Job> {
    for (;;) {
      if (this.#waiting.length === 0) await new Promise<void>((resolve) => this.#wake.push(resolve));
      await this.#world.point('queue take');
      const [job] = this.#waiting.splice(this.#world.random(Math.max(1, this.#waiting.length)), 1);
      if (job === undefined) continue;
      job.holder = actorNow() ?? null;
      this.#held.push(job);
      return job;
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const one of wake) one();
  }
}
