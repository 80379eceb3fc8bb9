// Owns sorting by field paths: reading the specification, keys of arrays, and keeping only the best rows.
import { MongoError } from '../errors.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { isDoc, typeName, type Doc, type Value } from '../values/types.ts';
import { sortKeyOf, type KeyFields } from '../storage/index-keys.ts';
import type { SortPart } from './plan.ts';

/** Bytes that a sort may hold. */
export const sortBytesMax = 100 * 1024 * 1024;

/** @throws MongoError for anything but fields with 1 or -1. */
export function parseSort(sort: Value | undefined): SortPart[] {
  if (sort === undefined) return [];
  if (!isDoc(sort))
    throw new MongoError(14, `Expected field sort to be of type object, found ${typeName(sort)}`);
  return [...sort].map(([path, direction]) => {
    const sign = isNumber(direction) ? toDouble(direction) : 0;
    if (sign !== 1 && sign !== -1)
      throw new MongoError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    if (path === '' || path.startsWith('$')) throw new MongoError(2, `invalid sort path '${path}'`);
    return { path, parts: path.split('.'), descending: sign < 0 };
  });
}

interface Kept<T> {
  readonly key: Buffer;
  readonly item: T;
  readonly order: number;
}

/** Collects items and gives back the first `keep` of them in sort order; equal ones stay in order of arrival. */
export class Sorter<T> {
  readonly #fields: KeyFields;
  readonly #keep: number;
  #items: Kept<T>[] = [];
  #bytes = 0;
  #count = 0;

  constructor(sort: readonly SortPart[], keep: number) {
    this.#fields = { parts: sort, descending: sort.map((part) => part.descending), sparse: false };
    this.#keep = keep;
  }

  /** @throws MongoError QueryExceededMemoryLimitNoDiskUseAllowed (292) */
  add(root: Doc, item: T, bytes: number): void {
    const key = sortKeyOf(this.#fields, root);
    this.#items.push({ key, item, order: this.#count++ });
    this.#bytes += bytes + key.length;
    if (this.#items.length > this.#keep * 2 + 1000) this.#trim();
    if (this.#bytes > sortBytesMax)
      throw new MongoError(
        292,
        'Sort exceeded memory limit of 104857600 bytes, and this server does not sort on disk.',
      );
  }

  #trim(): void {
    const before = this.#items.length;
    this.#items.sort((a, b) => a.key.compare(b.key) || a.order - b.order);
    this.#items.length = Math.min(before, this.#keep);
    this.#bytes *= this.#items.length / before;
  }

  /** The items in order. */
  finish(): T[] {
    if (this.#items.length > 0) this.#trim();
    return this.#items.map(({ item }) => item);
  }
}
