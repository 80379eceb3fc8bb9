// Owns reading rows of a plan from the data file, page by page, with no statement held open.
import type { Collection } from '../storage/catalog.ts';
import type { Statements } from '../storage/store.ts';
import { asBuffer, decodeFields } from '../values/decode.ts';
import { compileFilter, fieldsOf, type Predicate } from '../matcher/compile.ts';
import type { Budget } from './budget.ts';
import { findsOnce, type Group, type IndexBounds, type Interval } from './intervals.ts';
import type { IndexAccess, Plan } from './plan.ts';

/** A document found: its row, its bytes, and the index key it was found by. */
export interface Found {
  readonly row: number;
  readonly bytes: Uint8Array;
  readonly key: Uint8Array;
}

/** Where reading stopped: everything up to this key (behind the prefix when merging) and row is done. */
export interface Position {
  readonly key: Uint8Array;
  readonly row: number;
}

/** A place in a plan: which index is read (0: none), and whether its groups are merged. */
export interface Pin {
  readonly index: number;
  readonly merge: boolean;
}

/** What a plan is run with. */
export interface Run {
  readonly statements: Statements;
  readonly collection: Collection;
  readonly budget: Budget;
  readonly after?: Position | undefined;
}

const firstPage = 12;
const pageBytes = 1 << 20;
const pageRowsMax = 1000;
const noKey = new Uint8Array(0);

/** Rows that the plan's access reaches and its residual filter accepts, each once. */
export function* rowsOf(plan: Plan, run: Run): Generator<Found> {
  const holds = residualOf(plan);
  for (const found of accessRows(plan, run)) {
    run.budget.spendDoc();
    if (holds === undefined || holds(found.bytes)) yield found;
  }
}

function residualOf(plan: Plan): ((bytes: Uint8Array) => boolean) | undefined {
  if (plan.residual === undefined) return undefined;
  const holds: Predicate = compileFilter(plan.residual);
  const wanted = fieldsOf(plan.residual);
  return (bytes) => holds(decodeFields(bytes, wanted));
}

function accessRows(plan: Plan, run: Run): Iterable<Found> {
  const { access } = plan;
  if (access.kind === 'scan') return scanRows(run, access.reverse);
  if (access.kind === 'index') return indexRows(access, run);
  return once(orRows(access.branches, run));
}

function* orRows(branches: readonly Plan[], run: Run): Generator<Found> {
  for (const branch of branches) yield* rowsOf(branch, run);
}

function* once(rows: Iterable<Found>): Generator<Found> {
  const seen = new Set<number>();
  for (const found of rows) {
    if (seen.has(found.row)) continue;
    seen.add(found.row);
    yield found;
  }
}

/** Keys may name a row more than once when a component holds arrays. */
function indexRows(access: IndexAccess, run: Run): Iterable<Found> {
  const groups = access.reverse ? [...access.bounds.groups].reverse() : access.bounds.groups;
  const rows = access.merge ? mergeGroups(access, groups, run) : sequence(access, groups, run);
  return findsOnce(access.bounds) ? rows : once(rows);
}

function* sequence(access: IndexAccess, groups: readonly Group[], run: Run): Generator<Found> {
  for (const group of groups) yield* groupRows(access, group, run, run.after);
}

function* groupRows(access: IndexAccess, group: Group, run: Run, after?: Position): Generator<Found> {
  const intervals = access.reverse ? [...group.intervals].reverse() : group.intervals;
  for (const interval of intervals) yield* intervalRows(access, interval, run, after);
}

function* mergeGroups(access: IndexAccess, groups: readonly Group[], run: Run): Generator<Found> {
  const heads: { suffix: Buffer; found: Found; rest: Iterator<Found>; prefix: number }[] = [];
  const direction = access.reverse ? -1 : 1;
  const pull = (rest: Iterator<Found>, prefix: number): void => {
    const next = rest.next();
    if (next.done === true) return;
    const suffix = asBuffer(next.value.key).subarray(prefix);
    const head = { suffix, found: { ...next.value, key: suffix }, rest, prefix };
    let at = heads.length;
    while (at > 0 && isBefore(heads[at - 1], head, direction)) at--;
    heads.splice(at, 0, head);
  };
  for (const group of groups) {
    const after = run.after && { ...run.after, key: Buffer.concat([group.prefix, run.after.key]) };
    pull(groupRows(access, group, run, after), group.prefix.length);
  }
  // The next row stands last, where it is cheap to take.
  for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
    yield head.found;
    pull(head.rest, head.prefix);
  }
}

interface Head {
  readonly suffix: Buffer;
  readonly found: Found;
}

function isBefore(left: Head | undefined, right: Head, direction: number): boolean {
  if (left === undefined) return false;
  return (left.suffix.compare(right.suffix) || left.found.row - right.found.row) * direction < 0;
}

function* intervalRows(
  access: IndexAccess,
  interval: Interval,
  run: Run,
  after: Position | undefined,
): Generator<Found> {
  const index = access.bounds.index.table;
  const reverse = access.reverse;
  let position = after !== undefined && isInside(interval, after.key, reverse) ? after : undefined;
  if (after !== undefined && position === undefined && isPast(interval, after.key, reverse)) return;
  let size = firstPage;
  for (;;) {
    const page = readPage(run, { index, interval, reverse, position, size });
    let bytes = 0;
    for (const [key, row, doc] of page) {
      run.budget.spendKey();
      bytes += doc.length;
      yield { key, row, bytes: doc };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < size) return;
    position = { key: last[0], row: last[1] };
    size = nextSize(size, bytes / page.length);
  }
}

function nextSize(size: number, averageBytes: number): number {
  return Math.max(1, Math.min(size * 4, pageRowsMax, Math.floor(pageBytes / (averageBytes + 1))));
}

function isInside(interval: Interval, key: Uint8Array, reverse: boolean): boolean {
  const low = interval.lo.compare(key);
  const high = interval.hi.compare(key);
  return reverse ? low <= 0 && high > 0 : low <= 0 && high > 0;
}

function isPast(interval: Interval, key: Uint8Array, reverse: boolean): boolean {
  return reverse ? interval.lo.compare(key) > 0 : interval.hi.compare(key) <= 0;
}

interface PageWanted {
  readonly index: string;
  readonly interval: Interval;
  readonly reverse: boolean;
  readonly position: Position | undefined;
  readonly size: number;
}

type PageRow = [key: Uint8Array, row: number, doc: Uint8Array];

function readPage(run: Run, wanted: PageWanted): PageRow[] {
  const { index, interval, reverse, position, size } = wanted;
  const from = `SELECT i.k, i.r, d.doc FROM ${index} AS i CROSS JOIN ${run.collection.table} AS d ON d.id = i.r WHERE `;
  const order = reverse ? ' ORDER BY i.k DESC, i.r DESC LIMIT ?' : ' ORDER BY i.k, i.r LIMIT ?';
  const fixed = reverse ? 'i.k >= ?' : 'i.k < ?';
  const fixedEnd = reverse ? interval.lo : interval.hi;
  if (position === undefined) {
    const moving = reverse ? 'i.k < ?' : 'i.k >= ?';
    return run.statements
      .get(`${from}${moving} AND ${fixed}${order}`)
      .all(reverse ? interval.hi : interval.lo, fixedEnd, size) as unknown as PageRow[];
  }
  const moving = reverse ? '(i.k, i.r) < (?, ?)' : '(i.k, i.r) > (?, ?)';
  return run.statements
    .get(`${from}${moving} AND ${fixed}${order}`)
    .all(position.key, position.row, fixedEnd, size) as unknown as PageRow[];
}

function* scanRows(run: Run, reverse: boolean): Generator<Found> {
  let row = run.after?.row ?? (reverse ? Number.MAX_SAFE_INTEGER : -1);
  const sql = reverse
    ? `SELECT id, doc FROM ${run.collection.table} WHERE id < ? ORDER BY id DESC LIMIT ?`
    : `SELECT id, doc FROM ${run.collection.table} WHERE id > ? ORDER BY id LIMIT ?`;
  let size = firstPage;
  for (;;) {
    const page = run.statements.get(sql).all(row, size) as unknown as [number, Uint8Array][];
    let bytes = 0;
    for (const [id, doc] of page) {
      row = id;
      bytes += doc.length;
      yield { key: noKey, row, bytes: doc };
    }
    if (page.length < size) return;
    size = nextSize(size, bytes / page.length);
  }
}

/** How many keys lie in the bounds, counted up to a limit. */
export function countKeys(statements: Statements, bounds: IndexBounds, limit: number): number {
  const sql = `SELECT count(*) FROM (SELECT 1 FROM ${bounds.index.table} WHERE k >= ? AND k < ? LIMIT ?)`;
  let count = 0;
  for (const group of bounds.groups) {
    for (const interval of group.intervals) {
      if (count >= limit) return count;
      const row = statements.get(sql).get(interval.lo, interval.hi, limit - count) as unknown as [number];
      count += row[0];
    }
  }
  return count;
}

/** What a later batch must read again to go on from a position. */
export function pinOf(plan: Plan): Pin {
  const { access } = plan;
  return access.kind === 'index'
    ? { index: access.bounds.index.id, merge: access.merge }
    : { index: 0, merge: false };
}

/** True when reading can stop after any row and go on from its position. */
export function isResumable(plan: Plan): boolean {
  if (!plan.sorted || plan.access.kind === 'or') return false;
  return plan.access.kind === 'scan' || findsOnce(plan.access.bounds);
}
