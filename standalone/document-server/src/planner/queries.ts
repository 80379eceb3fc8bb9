// Owns answering reads from a connection: find, count, candidates of a write. Runs on either thread.
import { MongoError, OverBudget } from '../errors.ts';
import { isRisky } from '../matcher/compile.ts';
import { parseFilter, type Filter } from '../matcher/parse.ts';
import type { Collection } from '../storage/catalog.ts';
import type { Statements } from '../storage/store.ts';
import { compileProjection, projectionFields } from '../aggregation/projection.ts';
import { decode, decodeFields } from '../values/decode.ts';
import { encode } from '../values/encode.ts';
import { type Doc, type Value } from '../values/types.ts';
import type { Budget } from './budget.ts';
import { countKeys, isResumable, pinOf, rowsOf, type Found, type Pin, type Position } from './execute.ts';
import { findsOnce } from './intervals.ts';
import { choosePlan, planOn, type Plan, type Question, type SortPart } from './plan.ts';
import { parseSort, Sorter, sortBytesMax } from './sort.ts';

/** A connection with the limits of one query. */
export interface Reading {
  readonly statements: Statements;
  readonly budget: Budget;
}

/** What a find asks for; counts are whole numbers, `limit` 0 for none. */
export interface FindWanted {
  readonly filter: Doc;
  readonly sort: Value | undefined;
  readonly projection: Doc;
  readonly hint: Value | undefined;
  readonly skip: number;
  readonly limit: number;
  /** Most documents of this batch. */
  readonly batch: number;
  readonly position: BatchPosition | undefined;
}

/** Where a batch ended, and in which plan. */
export interface BatchPosition extends Position, Pin {}

/** A batch, and how to go on: from a position, with documents already made, or not at all. */
export interface FindResult {
  readonly docs: Uint8Array[];
  readonly position: BatchPosition | undefined;
  readonly rest: Uint8Array[];
}

/** Most bytes of documents in one batch. */
export const batchBytesMax = 16 * 1024 * 1024;

/** The plan for a filter, a sort and a hint. */
export function planFor(reading: Reading, collection: Collection, wanted: QueryWanted): Plan {
  return choosePlan(questionFor(reading, collection, wanted));
}

interface QueryWanted {
  readonly filter: Filter;
  readonly sort: readonly SortPart[];
  readonly hint?: Value | undefined;
}

function questionFor(reading: Reading, collection: Collection, wanted: QueryWanted): Question {
  if (reading.budget.isShort && isRisky(wanted.filter)) throw new OverBudget();
  return {
    collection,
    filter: wanted.filter,
    sort: wanted.sort,
    hint: wanted.hint,
    probe: (bounds, limit) => countKeys(reading.statements, bounds, limit),
  };
}

/**
 * The plan of a batch: a later one reads what the first one read.
 * @throws MongoError QueryPlanKilled (175) when that is not possible any more
 */
function batchPlan(question: Question, position: BatchPosition | undefined): Plan {
  if (position === undefined) return choosePlan(question);
  const plan = planOn(question, position.index);
  if (plan === undefined || !isResumable(plan) || pinOf(plan).merge !== position.merge)
    throw new MongoError(175, 'the index that this cursor reads was dropped or has changed');
  return plan;
}

/** Runs a find, or goes on with it. */
export function find(reading: Reading, collection: Collection, wanted: FindWanted): FindResult {
  const sort = parseSort(wanted.sort);
  const query = { filter: parseFilter(wanted.filter), sort, hint: wanted.hint };
  const plan = batchPlan(questionFor(reading, collection, query), wanted.position);
  const project = projector(wanted.projection);
  const run = { ...reading, collection, after: wanted.position };
  if (isResumable(plan)) return takeBatch(rowsOf(plan, run), { wanted, project, pin: pinOf(plan) });
  const found = plan.sorted ? skipTake(rowsOf(plan, run), wanted) : sorted(rowsOf(plan, run), sort, wanted);
  return splitBatch(found.map(project), wanted.batch);
}

function projector(projection: Doc): (bytes: Uint8Array) => Uint8Array {
  if (projection.size === 0) return (bytes) => bytes;
  const make = compileProjection(projection);
  const fields = projectionFields(projection);
  return (bytes) => encode(make(fields === undefined ? decode(bytes) : decodeFields(bytes, fields)));
}

/** One row more than the batch is read, to know whether there is another batch. */
function takeBatch(
  rows: Iterable<Found>,
  { wanted, project, pin }: { wanted: FindWanted; project: (bytes: Uint8Array) => Uint8Array; pin: Pin },
): FindResult {
  const docs: Uint8Array[] = [];
  let skip = wanted.skip;
  let bytes = 0;
  let position: BatchPosition | undefined;
  const most = wanted.limit === 0 ? Infinity : wanted.limit;
  for (const found of rows) {
    if (skip > 0) {
      skip--;
      continue;
    }
    if (docs.length >= most) break;
    const made = project(found.bytes);
    if (docs.length >= wanted.batch || (docs.length > 0 && bytes + made.length > batchBytesMax))
      return { docs, position, rest: [] };
    docs.push(made);
    bytes += made.length;
    position = { key: found.key, row: found.row, ...pin };
  }
  return { docs, position: undefined, rest: [] };
}

function skipTake(rows: Iterable<Found>, wanted: FindWanted): Uint8Array[] {
  const docs: Uint8Array[] = [];
  const end = wanted.limit === 0 ? Infinity : wanted.skip + wanted.limit;
  let at = 0;
  let bytes = 0;
  for (const found of rows) {
    if (at >= end) break;
    if (at++ < wanted.skip) continue;
    docs.push(found.bytes);
    bytes += found.bytes.length;
    if (bytes > sortBytesMax)
      throw new MongoError(
        292,
        'a result that cannot be read in parts exceeds the memory limit of 104857600 bytes',
      );
  }
  return docs;
}

function sorted(rows: Iterable<Found>, sort: readonly SortPart[], wanted: FindWanted): Uint8Array[] {
  const keep = wanted.limit === 0 ? Infinity : wanted.skip + wanted.limit;
  const sorter = new Sorter<Uint8Array>(sort, keep);
  const fields = new Set(sort.map((part) => part.parts[0] ?? ''));
  for (const found of rows) sorter.add(decodeFields(found.bytes, fields), found.bytes, found.bytes.length);
  return sorter.finish().slice(wanted.skip);
}

/** Cuts a whole result into its first batch and the rest. */
export function splitBatch(docs: Uint8Array[], batch: number): FindResult {
  let bytes = 0;
  let count = 0;
  for (const doc of docs) {
    bytes += doc.length;
    if (count >= batch || (count > 0 && bytes > batchBytesMax)) break;
    count++;
  }
  return { docs: docs.slice(0, count), position: undefined, rest: docs.slice(count) };
}

const keysCountedHere = 50_000;

/** Counts matching documents, at most `limit` (0: no limit) after skipping `skip`. */
export function count(
  reading: Reading,
  collection: Collection,
  wanted: { filter: Doc; hint: Value | undefined; skip: number; limit: number },
): number {
  const plan = planFor(reading, collection, {
    filter: parseFilter(wanted.filter),
    sort: [],
    hint: wanted.hint,
  });
  const end = wanted.limit === 0 ? Infinity : wanted.skip + wanted.limit;
  const all = countByKeys(reading, collection, plan) ?? countRows(reading, collection, plan, end);
  return Math.max(0, Math.min(all, end) - wanted.skip);
}

/** Counted in the index or known, without reading documents; undefined when documents must be looked at. */
function countByKeys(reading: Reading, collection: Collection, plan: Plan): number | undefined {
  if (plan.residual !== undefined) return undefined;
  const { access } = plan;
  if (access.kind === 'scan') return collection.docs;
  if (access.kind === 'or' || !findsOnce(access.bounds)) return undefined;
  // On the write path only so many keys are counted; more is a worker's.
  const limit = reading.budget.isShort ? keysCountedHere : Number.MAX_SAFE_INTEGER;
  const counted = countKeys(reading.statements, access.bounds, limit);
  if (counted >= limit) throw new OverBudget();
  return counted;
}

function countRows(reading: Reading, collection: Collection, plan: Plan, end: number): number {
  let counted = 0;
  for (const found of rowsOf(plan, { ...reading, collection })) {
    if (found.row >= 0 && ++counted >= end) break;
  }
  return counted;
}

/** Rows that a write is about, in order; at most `limit` (0: all). */
export function candidates(
  reading: Reading,
  collection: Collection,
  wanted: { filter: Filter; sort: readonly SortPart[]; hint: Value | undefined; limit: number },
): { row: number; bytes: Uint8Array }[] {
  const plan = planFor(reading, collection, wanted);
  const rows = rowsOf(plan, { ...reading, collection });
  const end = wanted.limit === 0 ? Infinity : wanted.limit;
  const found: { row: number; bytes: Uint8Array }[] = [];
  if (plan.sorted) {
    for (const { row, bytes } of rows) {
      found.push({ row, bytes });
      if (found.length >= end) break;
    }
    return found;
  }
  const sorter = new Sorter<{ row: number; bytes: Uint8Array }>(wanted.sort, end);
  const fields = new Set(wanted.sort.map((part) => part.parts[0] ?? ''));
  for (const { row, bytes } of rows) sorter.add(decodeFields(bytes, fields), { row, bytes }, bytes.length);
  return sorter.finish();
}
