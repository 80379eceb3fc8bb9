// Owns where a read runs: a small one here on the connection that writes, anything longer on a worker.
import { OverBudget } from '../errors.ts';
import type { Budget } from '../planner/budget.ts';
import type { ReadJob } from '../planner/jobs.ts';
import { runJob, type JobResult } from '../planner/jobs.ts';
import { Budget as Limits } from '../planner/budget.ts';
import type { Store } from '../storage/store.ts';
import type { Workers } from '../storage/workers.ts';

/** Keys and documents that a read may examine before it moves to a worker. */
const examineMaxHere = 2000;

/** Milliseconds that a read without a time limit of its own may take. */
export const readMsMax = 60_000;

/** Runs reads. */
export class Reads {
  readonly #store: Store;
  readonly #workers: Workers;

  constructor(store: Store, workers: Workers) {
    this.#store = store;
    this.#workers = workers;
  }

  /** Runs a job here while it stays small, else on a worker that sees all that was acknowledged. */
  async run(job: ReadJob): Promise<JobResult> {
    if (!job.heavy) {
      try {
        return runJob(this.here(), this.#store.catalog, job);
      } catch (error) {
        if (!(error instanceof OverBudget)) throw error;
      }
    }
    await this.#store.settled();
    return this.#workers.run(job);
  }

  /** A reading of the connection that writes, with a share that keeps it short. */
  here(): { statements: Store['statements']; budget: Budget } {
    return { statements: this.#store.statements, budget: new Limits(examineMaxHere, Infinity) };
  }
}
