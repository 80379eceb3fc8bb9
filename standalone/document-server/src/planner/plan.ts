// Owns choosing how to answer a query: which index, which intervals, what is left to filter and to sort.
import { MongoError } from '../errors.ts';
import type { Filter } from '../matcher/parse.ts';
import type { Collection, Index } from '../storage/catalog.ts';
import { compare } from '../values/compare.ts';
import { isDoc, type Value } from '../values/types.ts';
import { isCovered } from './implied.ts';
import { boundsFor, type IndexBounds } from './intervals.ts';
import { boundsOf, type Bounded } from './spans.ts';

/** One field of a sort. */
export interface SortPart {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
}

/** Reading a collection in row order. */
export interface ScanAccess {
  readonly kind: 'scan';
  readonly reverse: boolean;
}

/** Reading an index; with `merge`, its groups are read side by side to keep the order of the keys behind the prefix. */
export interface IndexAccess {
  readonly kind: 'index';
  readonly bounds: IndexBounds;
  readonly reverse: boolean;
  readonly merge: boolean;
}

/** Reading one plan per branch of an $or, each row once. */
export interface OrAccess {
  readonly kind: 'or';
  readonly branches: readonly Plan[];
}

/** How a query is answered. */
export interface Plan {
  readonly access: ScanAccess | IndexAccess | OrAccess;
  /** What each document must still satisfy, or undefined when the access decides. */
  readonly residual: Filter | undefined;
  /** True when the access gives the wanted order. */
  readonly sorted: boolean;
}

/** What the planner is asked. `probe` counts keys of an access up to a small limit. */
export interface Question {
  readonly collection: Collection;
  readonly filter: Filter;
  readonly sort: readonly SortPart[];
  readonly hint: Value | undefined;
  readonly probe: (bounds: IndexBounds, limit: number) => number;
}

interface Candidate {
  readonly plan: Plan;
  readonly bounds: IndexBounds;
  readonly score: number;
}

const probeLimit = 200;

/** @throws MongoError BadValue for a hint that names no usable index. */
export function choosePlan(question: Question): Plan {
  const { filter, sort, hint } = question;
  const conjuncts = filter.kind === 'and' ? filter.children : [filter];
  const natural = isDoc(hint) ? hint.get('$natural') : undefined;
  if (natural !== undefined) return scanPlan(filter, sort, compare(natural, 0) < 0);
  const bounded = conjuncts.flatMap(boundsOf);
  if (hint !== undefined) return hinted(question, conjuncts, bounded);
  const candidates = question.collection.indexes
    .filter((index) => index.ready && isCovered(index, conjuncts))
    .map((index) => candidate(index, question, conjuncts, bounded))
    .filter((found) => found !== undefined);
  const best = pick(candidates, question);
  if (best !== undefined && best.bounds.rank > 0) return best.plan;
  return orPlan(question, conjuncts) ?? best?.plan ?? scanPlan(filter, sort, false);
}

/** The plan that reads this index again (0: none), or undefined when it is gone. */
export function planOn(question: Question, indexId: number): Plan | undefined {
  const { filter, sort, hint } = question;
  const natural = isDoc(hint) ? hint.get('$natural') : undefined;
  if (indexId === 0) return scanPlan(filter, sort, natural !== undefined && compare(natural, 0) < 0);
  const index = question.collection.indexes.find(({ id }) => id === indexId);
  const conjuncts = filter.kind === 'and' ? filter.children : [filter];
  return index === undefined
    ? undefined
    : indexPlan(index, question, conjuncts, conjuncts.flatMap(boundsOf)).plan;
}

function scanPlan(filter: Filter, sort: readonly SortPart[], reverse: boolean): Plan {
  const all = filter.kind === 'and' && filter.children.length === 0;
  return { access: { kind: 'scan', reverse }, residual: all ? undefined : filter, sorted: sort.length === 0 };
}

function hinted(question: Question, conjuncts: readonly Filter[], bounded: readonly Bounded[]): Plan {
  const { hint } = question;
  const index = question.collection.indexes.find(
    (known) => known.ready && (known.name === hint || (isDoc(hint) && compare(known.key, hint) === 0)),
  );
  if (index === undefined || !isCovered(index, conjuncts))
    throw new MongoError(
      2,
      'hint provided does not correspond to an existing index that holds all matching documents',
    );
  return indexPlan(index, question, conjuncts, bounded).plan;
}

function candidate(
  index: Index,
  question: Question,
  conjuncts: readonly Filter[],
  bounded: readonly Bounded[],
): Candidate | undefined {
  const made = indexPlan(index, question, conjuncts, bounded);
  const givesOrder = question.sort.length > 0 && made.plan.sorted;
  return made.bounds.rank === 0 && !givesOrder ? undefined : made;
}

function indexPlan(
  index: Index,
  question: Question,
  conjuncts: readonly Filter[],
  bounded: readonly Bounded[],
): Candidate {
  const bounds = boundsFor(index, bounded);
  const order = question.sort.length === 0 ? forwards : orderBy(bounds, question.sort);
  const left = conjuncts.filter((filter) => !bounds.decided.has(filter));
  const plan: Plan = {
    access: { kind: 'index', bounds, ...(order ?? forwards) },
    residual: left.length === 0 ? undefined : { kind: 'and', children: left },
    sorted: order !== undefined,
  };
  const whole = index.unique && bounds.points === index.parts.length ? 100 : 0;
  const sortGain = question.sort.length > 0 && order !== undefined ? 5 : 0;
  return { plan, bounds, score: whole + bounds.rank * 4 + sortGain + (left.length === 0 ? 1 : 0) };
}

interface Order {
  readonly reverse: boolean;
  readonly merge: boolean;
}

const forwards: Order = { reverse: false, merge: false };

/** How to read the index so that rows come in the order of the sort, or undefined. */
function orderBy(bounds: IndexBounds, sort: readonly SortPart[]): Order | undefined {
  const straight = follow(bounds, sort, 0);
  if (straight !== undefined) return { reverse: straight, merge: false };
  const behindPrefix = follow(bounds, sort, bounds.points);
  if (behindPrefix === undefined) return undefined;
  return { reverse: behindPrefix, merge: bounds.groups.length > 1 };
}

/** Whether keys from component `at` on follow the sort: true backwards, false forwards, undefined not at all. */
function follow(bounds: IndexBounds, sort: readonly SortPart[], start: number): boolean | undefined {
  const { parts, multikey } = bounds.index;
  let at = start;
  let reverse: boolean | undefined;
  for (const wanted of sort) {
    if (parts.some((part, place) => part.path === wanted.path && bounds.constant[place] === true)) continue;
    while (bounds.constant[at] === true) at++;
    const part = parts[at];
    if (part?.path !== wanted.path || multikey[at] === true) return undefined;
    const opposite = part.descending !== wanted.descending;
    if (reverse !== undefined && reverse !== opposite) return undefined;
    reverse = opposite;
    at++;
  }
  return reverse ?? false;
}

/** The best candidate: a probe tells which of several reads few keys; else the score decides. */
function pick(candidates: readonly Candidate[], question: Question): Candidate | undefined {
  const sorted = [...candidates].sort((a, b) => b.score - a.score);
  const [first, second] = sorted;
  if (first === undefined || second === undefined || first.score >= 100) return first;
  let best: Candidate | undefined;
  let fewest = probeLimit;
  for (const option of sorted.filter(({ bounds }) => bounds.rank > 0).slice(0, 4)) {
    const count = question.probe(option.bounds, probeLimit);
    if (count < fewest) {
      fewest = count;
      best = option;
    }
  }
  return best ?? first;
}

/** An $or whose every branch has an index is read branch by branch. */
function orPlan(question: Question, conjuncts: readonly Filter[]): Plan | undefined {
  const either = conjuncts.find((filter) => filter.kind === 'or');
  if (either?.kind !== 'or') return undefined;
  const branches = either.children.map((child) =>
    choosePlan({ ...question, filter: child, sort: [], hint: undefined }),
  );
  if (branches.some((branch) => branch.access.kind === 'scan')) return undefined;
  const left = conjuncts.filter((filter) => filter !== either);
  return {
    access: { kind: 'or', branches },
    residual: left.length === 0 ? undefined : { kind: 'and', children: left },
    sorted: question.sort.length === 0,
  };
}
