// Owns the question whether a query only wants documents that a partial or sparse index holds.
import type { Index } from '../storage/catalog.ts';
import { compare } from '../values/compare.ts';
import { orderOf, type Value } from '../values/types.ts';
import type { Filter, Leaf } from '../matcher/parse.ts';

/** True when every document that satisfies all conjuncts is in the index. */
export function isCovered(index: Index, conjuncts: readonly Filter[]): boolean {
  if (index.partial !== undefined && !implies(conjuncts, index.partial.filter)) return false;
  if (!index.sparse) return true;
  return index.parts.some((part) =>
    conjuncts.some((filter) => filter.kind === 'leaf' && filter.path === part.path && needsValue(filter)),
  );
}

function implies(conjuncts: readonly Filter[], wanted: Filter): boolean {
  if (wanted.kind === 'and') return wanted.children.every((child) => implies(conjuncts, child));
  if (wanted.kind === 'or') return wanted.children.some((child) => implies(conjuncts, child));
  if (wanted.kind !== 'leaf') return false;
  return conjuncts.some(
    (given) => given.kind === 'leaf' && given.path === wanted.path && leafImplies(given, wanted),
  );
}

/** True when the predicate cannot hold for a missing or null field. */
function needsValue(leaf: Leaf): boolean {
  return !leaf.test(undefined);
}

function leafImplies(given: Leaf, wanted: Leaf): boolean {
  if (wanted.op === 'exists') return needsValue(given);
  if (given.op === wanted.op && compare(given.value, wanted.value) === 0) return true;
  if (given.op === 'eq')
    return !Array.isArray(given.value) && given.value !== null && wanted.single(given.value);
  if (given.op === 'in') return allIn(given.value, wanted);
  return isTighter(given, wanted);
}

function allIn(values: Value, wanted: Leaf): boolean {
  if (!Array.isArray(values)) return false;
  return values.every(
    (value) => orderOf(value) !== 0x32 && value !== null && !Array.isArray(value) && wanted.single(value),
  );
}

const directions: Readonly<Record<string, number>> = { gt: 1, gte: 1, lt: -1, lte: -1 };

/** A range within a range, of the same direction and type. */
function isTighter(given: Leaf, wanted: Leaf): boolean {
  if (orderOf(given.value) !== orderOf(wanted.value) || given.value === null) return false;
  const direction = directions[given.op];
  if (direction === undefined || direction !== directions[wanted.op]) return false;
  const order = compare(given.value, wanted.value) * direction;
  return order > 0 || (order === 0 && wanted.op.endsWith('e'));
}
