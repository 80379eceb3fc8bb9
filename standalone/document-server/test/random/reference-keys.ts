/** Sort and index keys of a document for the reference: arrays give several, parallel arrays none. */

import { EMPTY, MISSING, compare, isFields } from './reference-order.ts';
import type { Fields } from './reference-order.ts';

export type KeySpec = readonly (readonly [path: string, direction: 1 | -1])[];

/** Two paths of one specification that run through different arrays. */
export class ParallelArrays extends Error {}

/** A path that still has to be walked from a node, or the value it ended with. */
type Slot = { readonly node: unknown; readonly path: readonly string[] } | { readonly value: unknown };

/** All keys of a document, one value for each path. @throws ParallelArrays */
export function keysOf(doc: Fields, spec: KeySpec): unknown[][] {
  return expand(spec.map(([path]) => ({ node: doc, path: path.split('.') })));
}

/** True when a sparse index leaves the document out. */
export function lacksAll(doc: Fields, spec: KeySpec): boolean {
  return keysOf(doc, spec).every((key) => key.every((value) => value === MISSING));
}

/** The key by which a document is sorted: the first of its keys in the direction of the sort. */
export function sortKey(doc: Fields, spec: KeySpec): unknown[] {
  return keysOf(doc, spec).reduce((best, key) => (compareKeys(key, best, spec) < 0 ? key : best));
}

/** Order of two keys under the directions of a specification. */
export function compareKeys(a: readonly unknown[], b: readonly unknown[], spec: KeySpec): number {
  for (const [i, [, direction]] of spec.entries()) {
    const difference = compare(a[i], b[i]) * direction;
    if (difference !== 0) return difference;
  }
  return 0;
}

interface Stop {
  readonly array: readonly unknown[];
  readonly rest: readonly string[];
}

function expand(slots: readonly Slot[]): unknown[][] {
  const walked = slots.map((slot) => ('value' in slot ? slot : walk(slot.node, slot.path)));
  const stops = walked.filter((each): each is Stop => 'array' in each);
  const first = stops[0];
  if (!first) return [walked.map((each) => ('value' in each ? each.value : MISSING))];
  if (stops.some((stop) => stop.array !== first.array)) throw new ParallelArrays();
  const items: readonly unknown[] = first.array.length > 0 ? first.array : [EMPTY];
  return items.flatMap((item) =>
    expand(
      walked.map((each) => {
        if ('value' in each) return each;
        return each.rest.length === 0 ? { value: item } : { node: item, path: each.rest };
      }),
    ),
  );
}

function walk(node: unknown, [name, ...rest]: readonly string[]): Stop | { value: unknown } {
  if (!isFields(node) || !Object.hasOwn(node, name!)) return { value: MISSING };
  const value = node[name!];
  if (Array.isArray(value)) return { array: value, rest };
  return rest.length === 0 ? { value } : walk(value, rest);
}
