// Owns running an aggregation pipeline.
import { MongoError } from '../errors.ts';
import type { Catalog } from '../storage/catalog.ts';
import type { ReadJob } from '../planner/jobs.ts';
import type { FindResult, Reading } from '../planner/queries.ts';

/** Runs the pipeline of an aggregate command. */
export function runPipeline(_reading: Reading, _catalog: Catalog, _job: ReadJob): FindResult {
  throw new MongoError(238, 'aggregate is not there yet');
}
