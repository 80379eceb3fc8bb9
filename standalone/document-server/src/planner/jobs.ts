// Owns the form in which a read goes to a worker and comes back: plain data, documents in bytes.
import { distinct } from './distinct.ts';
import { MongoError } from '../errors.ts';
import type { Catalog, Collection } from '../storage/catalog.ts';
import { decode } from '../values/decode.ts';
import { encode } from '../values/encode.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import { parseFilter } from '../matcher/parse.ts';
import { compileProjection } from '../aggregation/projection.ts';
import { runPipeline } from '../aggregation/pipeline.ts';
import { explain } from './explain.ts';
import { candidates, count, find, type BatchPosition, type FindResult, type Reading } from './queries.ts';
import { parseSort } from './sort.ts';

/** A read: the command's own fields in `query`, and how far it is. */
export interface ReadJob {
  readonly op: 'find' | 'count' | 'distinct' | 'aggregate' | 'candidates' | 'explain';
  readonly db: string;
  readonly name: string;
  readonly query: Doc;
  readonly skip: number;
  readonly limit: number;
  readonly batch: number;
  readonly position: BatchPosition | undefined;
  /** Milliseconds it may take on a worker. */
  readonly limitMs: number;
  /** True when it is known to be long. */
  readonly heavy: boolean;
}

/** The same with its query in bytes, as it travels. */
export interface PackedJob extends Omit<ReadJob, 'query'> {
  readonly query: Uint8Array;
}

/** What a read gives: a batch, and for a count or a distinct one document with the answer. */
export interface JobResult extends FindResult {
  readonly rows: readonly number[];
}

/** The job as plain data. */
export function packJob(job: ReadJob): PackedJob {
  return { ...job, query: encode(job.query) };
}

/** The job from plain data. */
export function unpackJob(job: PackedJob): ReadJob {
  return { ...job, query: decode(job.query) };
}

const nothing: JobResult = { docs: [], position: undefined, rest: [], rows: [] };

/** Runs a job on a connection with its catalog. */
export function runJob(reading: Reading, catalog: Catalog, job: ReadJob): JobResult {
  const collection = catalog.get(`${job.db}.${job.name}`);
  if (job.op === 'aggregate') return { ...nothing, ...runPipeline(reading, catalog, job) };
  if (job.op === 'explain') return single(explain(reading, catalog, job));
  if (collection === undefined) return emptyAnswer(job);
  return runners[job.op](reading, collection, job);
}

/** The answer where there is no collection; a wrong query is still refused. */
function emptyAnswer(job: ReadJob): JobResult {
  parseFilter(filterOf(job));
  parseSort(job.query.get('sort'));
  compileProjection(docIn(job.query, 'projection'));
  if (job.op === 'count') return single(new Map([['n', 0n]]));
  return job.op === 'distinct' ? single(new Map([['values', []]])) : nothing;
}

function single(answer: Doc): JobResult {
  return { ...nothing, docs: [encode(answer)] };
}

type Runner = (reading: Reading, collection: Collection, job: ReadJob) => JobResult;

const runners: Readonly<Record<'find' | 'count' | 'distinct' | 'candidates', Runner>> = {
  find: (reading, collection, job) => ({
    ...nothing,
    ...find(reading, collection, {
      filter: filterOf(job),
      sort: job.query.get('sort'),
      projection: docIn(job.query, 'projection'),
      hint: job.query.get('hint'),
      skip: job.skip,
      limit: job.limit,
      batch: job.batch,
      position: job.position,
    }),
  }),
  count: (reading, collection, job) => {
    const wanted = { filter: filterOf(job), hint: job.query.get('hint'), skip: job.skip, limit: job.limit };
    return single(new Map([['n', BigInt(count(reading, collection, wanted))]]));
  },
  distinct: (reading, collection, job) => {
    const key = job.query.get('key');
    if (typeof key !== 'string') throw new MongoError(14, "BSON field 'distinct.key' is not a string");
    return single(new Map<string, Value>([['values', distinct(reading, collection, key, filterOf(job))]]));
  },
  candidates: (reading, collection, job) => {
    const found = candidates(reading, collection, {
      filter: parseFilter(filterOf(job)),
      sort: parseSort(job.query.get('sort')),
      hint: job.query.get('hint'),
      limit: job.limit,
    });
    return { ...nothing, rows: found.map(({ row }) => row) };
  },
};

/** The filter of a command: `filter`, or `query` as count and distinct call it. */
export function filterOf(job: ReadJob): Doc {
  return docIn(job.query, job.query.has('filter') ? 'filter' : 'query');
}

function docIn(query: Doc, name: string): Doc {
  const value = query.get(name);
  if (value === undefined || value === null) return new Map();
  if (isDoc(value)) return value;
  throw new MongoError(14, `'${name}' must be an object`);
}
