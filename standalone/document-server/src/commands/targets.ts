// Owns finding the documents that a write is about, here or, when that takes long, with a worker's help.
import { OverBudget } from '../errors.ts';
import { compileFilter, fieldsOf } from '../matcher/compile.ts';
import type { Filter } from '../matcher/parse.ts';
import { findById, idIn } from '../planner/by-id.ts';
import { candidates } from '../planner/queries.ts';
import type { SortPart } from '../planner/plan.ts';
import type { Namespace } from '../storage/store.ts';
import { decodeFields } from '../values/decode.ts';
import type { Doc, Value } from '../values/types.ts';
import type { Context } from './context.ts';
import { readMsMax } from './reads.ts';

/** What a write looks for. */
export interface TargetWanted {
  readonly ns: Namespace;
  readonly filter: Filter;
  readonly filterDoc: Doc;
  readonly sort: readonly SortPart[];
  readonly sortDoc: Value | undefined;
  readonly hint: Value | undefined;
  /** 1 for the first one, 0 for all. */
  readonly limit: 0 | 1;
}

/** A document to change. */
export interface Target {
  readonly row: number;
  readonly bytes: Uint8Array;
}

const chunkRows = 500;
const retriesMax = 20;

/**
 * Calls `change` for each matching document as it is at that moment.
 * A short search is over when this returns, so that what follows happens at once, with no other command between; a
 * long one gives a promise, happens on a worker, and what it finds is judged again before it is changed.
 */
export function forEachTarget(
  context: Context,
  wanted: TargetWanted,
  change: (target: Target) => void,
): Promise<boolean> | undefined {
  const found = findHere(context, wanted);
  if (found === undefined) return fromWorker(context, wanted, change);
  for (const target of found) change(target);
  return undefined;
}

/** The documents, or undefined when the search is too long for here. */
function findHere(context: Context, wanted: TargetWanted): readonly Target[] | undefined {
  const collection = context.store.find(wanted.ns);
  if (collection === undefined) return [];
  const named = wanted.hint === undefined ? idIn(wanted.filter) : undefined;
  if (named !== undefined) {
    const found = findById(context.store.statements, collection, named);
    return found === undefined ? [] : [found];
  }
  try {
    return candidates(context.reads.here(), collection, wanted);
  } catch (error) {
    if (error instanceof OverBudget) return undefined;
    throw error;
  }
}

async function fromWorker(
  context: Context,
  wanted: TargetWanted,
  change: (target: Target) => void,
): Promise<boolean> {
  for (let tries = 0; tries < retriesMax; tries++) {
    const rows = await search(context, wanted);
    if (rows.length === 0) return false;
    if (await changeRows(context, wanted, rows, change)) return true;
  }
  return false;
}

async function search(context: Context, wanted: TargetWanted): Promise<readonly number[]> {
  const query: Doc = new Map([['filter', wanted.filterDoc]]);
  if (wanted.sortDoc !== undefined) query.set('sort', wanted.sortDoc);
  if (wanted.hint !== undefined) query.set('hint', wanted.hint);
  const job = { op: 'candidates' as const, ...wanted.ns, query, skip: 0, batch: 0, position: undefined };
  const result = await context.reads.run({ ...job, limit: wanted.limit, limitMs: readMsMax, heavy: true });
  return result.rows;
}

/** Changes what still matches, in parts between which others get their turn. */
async function changeRows(
  context: Context,
  wanted: TargetWanted,
  rows: readonly number[],
  change: (target: Target) => void,
): Promise<boolean> {
  const holds = compileFilter(wanted.filter);
  const fields = fieldsOf(wanted.filter);
  let changed = false;
  for (const [at, row] of rows.entries()) {
    if (at % chunkRows === chunkRows - 1) await context.store.settled();
    const collection = context.store.find(wanted.ns);
    if (collection === undefined) return changed;
    const bytes = context.rows.read(collection, row);
    if (bytes === undefined || !holds(decodeFields(bytes, fields))) continue;
    change({ row, bytes });
    changed = true;
  }
  return changed;
}
