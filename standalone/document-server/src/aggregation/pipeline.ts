// Owns running an aggregation pipeline: its head goes to the planner, the rest runs stage by stage.
import { MongoError } from '../errors.ts';
import { parseFilter, type Filter } from '../matcher/parse.ts';
import type { Catalog, Collection } from '../storage/catalog.ts';
import type { ReadJob } from '../planner/jobs.ts';
import { rowsOf } from '../planner/execute.ts';
import type { SortPart } from '../planner/plan.ts';
import { count, planFor, splitBatch, type FindResult, type Reading } from '../planner/queries.ts';
import { parseSort, sortBytesMax } from '../planner/sort.ts';
import { decode, decodeFields } from '../values/decode.ts';
import { encode } from '../values/encode.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import { narrowest } from '../values/numbers.ts';
import { countPipeline, type CountPipeline } from './count.ts';
import { neededFields } from './needs.ts';
import type { Joined } from './lookup.ts';
import { compileStages, runStages } from './stages.ts';

/** The leading $match and $sort of a pipeline, which an index may answer. */
export interface Head {
  readonly filter: Doc;
  readonly sort: Value | undefined;
  /** Number of stages that the head takes. */
  readonly stages: number;
}

/** Splits off the head of a pipeline. */
export function headOf(pipeline: readonly Value[]): Head {
  const [first, second] = pipeline;
  const match = isDoc(first) && first.size === 1 ? first.get('$match') : undefined;
  const filter = isDoc(match) ? match : undefined;
  const next = filter === undefined ? first : second;
  const sort = isDoc(next) && next.size === 1 ? next.get('$sort') : undefined;
  return {
    filter: filter ?? new Map<string, Value>(),
    sort,
    stages: (filter === undefined ? 0 : 1) + (sort === undefined ? 0 : 1),
  };
}

/** Runs the pipeline of an aggregate command and gives its whole result, cut after the first batch. */
export function runPipeline(reading: Reading, catalog: Catalog, job: ReadJob): FindResult {
  const pipeline = job.query.get('pipeline');
  const joined: Joined = (name, filter) => {
    const collection = catalog.get(`${job.db}.${name}`);
    return collection === undefined ? [] : [...source(reading, collection, { filter, sort: [] })];
  };
  if (!Array.isArray(pipeline))
    throw new MongoError(14, "BSON field 'aggregate.pipeline' is the wrong type, expected type 'array'");
  // All stages are compiled, those of the head too, so that a fault is told whatever the plan.
  const stages = compileStages(pipeline, joined);
  const head = headOf(pipeline);
  const collection = catalog.get(`${job.db}.${job.name}`);
  const counting = countPipeline(pipeline);
  if (counting !== undefined && collection !== undefined)
    return counted(reading, collection, { job, counting });
  const rows = collection === undefined ? [] : headRows(reading, collection, { job, head, pipeline });
  return splitBatch(encodeAll(runStages(rows, stages.slice(head.stages))), job.batch);
}

function counted(
  reading: Reading,
  collection: Collection,
  { job, counting }: { job: ReadJob; counting: CountPipeline },
): FindResult {
  const { filter, skip, limit, id, field } = counting;
  const found = count(reading, collection, { filter, hint: job.query.get('hint'), skip, limit });
  if (found === 0) return { docs: [], position: undefined, rest: [] };
  return splitBatch(
    [
      encode(
        new Map([
          ['_id', id],
          [field, narrowest(BigInt(found))],
        ]),
      ),
    ],
    job.batch,
  );
}

function headRows(
  reading: Reading,
  collection: Collection,
  { job, head, pipeline }: { job: ReadJob; head: Head; pipeline: readonly Value[] },
): Iterable<Doc> {
  const sort = parseSort(head.sort);
  const filter = parseFilter(head.filter);
  const fields = neededFields(pipeline.slice(head.stages));
  const plan = planFor(reading, collection, { filter, sort, hint: job.query.get('hint') });
  if (plan.sorted) return decoded(rowsOf(plan, { ...reading, collection }), fields);
  const unsorted = planFor(reading, collection, { filter, sort: [], hint: job.query.get('hint') });
  const withSort =
    fields === undefined ? undefined : new Set([...fields, ...sort.map((part) => part.parts[0] ?? '')]);
  const rows = decoded(rowsOf(unsorted, { ...reading, collection }), withSort);
  const [stage] = compileStages([new Map([['$sort', head.sort ?? null]])], () => []);
  return stage === undefined ? rows : stage(rows);
}

function* source(
  reading: Reading,
  collection: Collection,
  wanted: { filter: Filter; sort: readonly SortPart[] },
): Generator<Doc> {
  const plan = planFor(reading, collection, wanted);
  yield* decoded(rowsOf(plan, { ...reading, collection }), undefined);
}

function* decoded(
  rows: Iterable<{ readonly bytes: Uint8Array }>,
  fields: ReadonlySet<string> | undefined,
): Generator<Doc> {
  for (const { bytes } of rows) yield fields === undefined ? decode(bytes) : decodeFields(bytes, fields);
}

function encodeAll(rows: Iterable<Doc>): Uint8Array[] {
  const docs: Uint8Array[] = [];
  let bytes = 0;
  for (const row of rows) {
    const made = encode(row);
    docs.push(made);
    bytes += made.length;
    if (bytes > sortBytesMax)
      throw new MongoError(292, 'the result of an aggregation exceeds the memory limit of 104857600 bytes');
  }
  return docs;
}
