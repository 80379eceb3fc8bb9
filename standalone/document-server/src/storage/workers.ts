// Owns the read-only workers on which long reads run.
import { MongoError } from '../errors.ts';
import { runJob, type JobResult, type ReadJob } from '../planner/jobs.ts';
import { Budget } from '../planner/budget.ts';
import type { Store } from './store.ts';

/** Runs jobs. */
export class Workers {
  readonly #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  run(job: ReadJob): Promise<JobResult> {
    const budget = new Budget(Infinity, Date.now() + job.limitMs);
    try {
      return Promise.resolve(runJob({ statements: this.#store.statements, budget }, this.#store.catalog, job));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new MongoError(1, String(error)));
    }
  }
}
