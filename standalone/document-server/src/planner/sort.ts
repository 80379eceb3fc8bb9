// Owns sorting by field paths: reading the specification, keys of arrays, and keeping only the best rows.
import { MongoError } from '../errors.ts';
import { compare } from '../values/compare.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { isDoc, typeName, undefinedValue, type Doc, type Value } from '../values/types.ts';
import { arrayIndex } from '../matcher/paths.ts';
import type { SortPart } from './plan.ts';

/** Bytes that a sort may hold. */
export const sortBytesMax = 100 * 1024 * 1024;

/** @throws MongoError for anything but fields with 1 or -1. */
export function parseSort(sort: Value | undefined): SortPart[] {
  if (sort === undefined) return [];
  if (!isDoc(sort)) throw new MongoError(14, `Expected field sort to be of type object, found ${typeName(sort)}`);
  return [...sort].map(([path, direction]) => {
    const sign = isNumber(direction) ? toDouble(direction) : 0;
    if (sign !== 1 && sign !== -1)
      throw new MongoError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    if (path === '' || path.startsWith('$')) throw new MongoError(2, `invalid sort path '${path}'`);
    return { path, parts: path.split('.'), descending: sign < 0 };
  });
}

/** The values that a document is sorted by: of an array its least, or greatest, element. */
export function sortValues(root: Doc, sort: readonly SortPart[]): Value[] {
  return sort.map((part) => {
    const found: Value[] = [];
    gather(root, part.parts, 0, found);
    let best: Value | undefined;
    for (const value of found) {
      const order = best === undefined ? -1 : compare(value, best) * (part.descending ? -1 : 1);
      if (order < 0) best = value;
    }
    return best ?? null;
  });
}

function gather(value: Value | undefined, parts: readonly string[], at: number, into: Value[]): void {
  if (at === parts.length) gatherLeaf(value, into);
  else if (isDoc(value)) gather(value.get(parts[at] ?? ''), parts, at + 1, into);
  else if (Array.isArray(value)) gatherArray(value, parts, at, into);
  else into.push(null);
}

function gatherLeaf(value: Value | undefined, into: Value[]): void {
  if (!Array.isArray(value)) into.push(value ?? null);
  else if (value.length === 0) into.push(undefinedValue);
  else into.push(...value);
}

function gatherArray(values: readonly Value[], parts: readonly string[], at: number, into: Value[]): void {
  const index = arrayIndex(parts[at] ?? '');
  const named = index === undefined ? undefined : values[index];
  if (named !== undefined) gather(named, parts, at + 1, into);
  for (const element of values) {
    if (isDoc(element)) gather(element, parts, at, into);
    else if (named === undefined) into.push(null);
  }
  if (values.length === 0) into.push(null);
}

interface Kept<T> {
  readonly keys: readonly Value[];
  readonly item: T;
  readonly order: number;
}

/** Collects items and gives back the first `keep` of them in sort order; equal ones stay in order of arrival. */
export class Sorter<T> {
  readonly #sort: readonly SortPart[];
  readonly #keep: number;
  #items: Kept<T>[] = [];
  #bytes = 0;
  #count = 0;

  constructor(sort: readonly SortPart[], keep: number) {
    this.#sort = sort;
    this.#keep = keep;
  }

  /** @throws MongoError QueryExceededMemoryLimitNoDiskUseAllowed (292) */
  add(root: Doc, item: T, bytes: number): void {
    this.#items.push({ keys: sortValues(root, this.#sort), item, order: this.#count++ });
    this.#bytes += bytes;
    if (this.#items.length > this.#keep * 2 + 1000) this.#trim();
    if (this.#bytes > sortBytesMax)
      throw new MongoError(292, 'Sort exceeded memory limit of 104857600 bytes, and this server does not sort on disk.');
  }

  #trim(): void {
    const before = this.#items.length;
    this.#items.sort((a, b) => this.#compare(a, b));
    this.#items.length = Math.min(before, this.#keep);
    this.#bytes *= this.#items.length / before;
  }

  #compare(left: Kept<T>, right: Kept<T>): number {
    for (const [at, part] of this.#sort.entries()) {
      const order = compare(left.keys[at] ?? null, right.keys[at] ?? null);
      if (order !== 0) return part.descending ? -order : order;
    }
    return left.order - right.order;
  }

  /** The items in order. */
  finish(): T[] {
    if (this.#items.length > 0) this.#trim();
    return this.#items.map(({ item }) => item);
  }
}
