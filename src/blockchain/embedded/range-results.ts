/** The iterators a contract gets from ranges and key histories, shaped as fabric-shim's. */
import type { Iterators } from 'fabric-shim-api';
import type { OpenRange, RangeRow } from './simulation.ts';
import type { StateWalk } from './state-store.ts';

const PAGE = 100;

type StateIterator = Iterators.StateQueryIterator;
type KeyValue = Iterators.KV;

/** fabric-shim's double: a promise of an iterator that is itself async iterable. */
export type IterablePromise<T, V> = Promise<T> & AsyncIterable<V>;

/** Walks a range row by row and records what the contract has seen. */
export class RangeResults implements StateIterator {
  readonly #walk: StateWalk;
  readonly #range: OpenRange;
  readonly #limit: number;
  #page: RangeRow[] = [];
  #position = 0;
  #taken = 0;
  #closed = false;

  /** @param limit rows after which the results end although the range goes on (a page) */
  constructor(walk: StateWalk, range: OpenRange, limit = Infinity) {
    this.#walk = walk;
    this.#range = range;
    this.#limit = limit;
  }

  async next(): Promise<Iterators.NextResult<KeyValue>> {
    const row = this.#taken < this.#limit ? await this.#row() : undefined;
    if (!row) return { done: true } as Iterators.NextResult<KeyValue>;
    this.#taken++;
    this.#range.seen.push({ key: row.key, version: row.version });
    return { value: { namespace: '', key: row.key, value: row.value }, done: false };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#walk.close();
  }

  async #row(): Promise<RangeRow | undefined> {
    if (this.#position >= this.#page.length) {
      if (this.#closed || this.#range.exhausted) return undefined;
      this.#page = await this.#walk.next(Math.min(PAGE, this.#limit));
      this.#position = 0;
      if (this.#page.length === 0) this.#range.exhausted = true;
    }
    return this.#page[this.#position++];
  }
}

/** An iterator over rows already at hand. */
export class ListResults<T> implements Iterators.CommonIterator<T> {
  readonly #rows: readonly T[];
  #position = 0;

  constructor(rows: readonly T[]) {
    this.#rows = rows;
  }

  next(): Promise<Iterators.NextResult<T>> {
    const value = this.#rows[this.#position++];
    if (value === undefined) return Promise.resolve({ done: true } as Iterators.NextResult<T>);
    return Promise.resolve({ value, done: false });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Makes the promise of an iterator, or of a response that carries one, iterable with `for await`. */
export function iterable<T extends object, V>(
  promise: Promise<T>,
  iteratorOf: (response: T) => Iterators.CommonIterator<V>,
): IterablePromise<T, V> {
  const walk = async function* (): AsyncGenerator<V> {
    const iterator = iteratorOf(await promise);
    try {
      for (let row = await iterator.next(); !row.done; row = await iterator.next()) yield row.value;
    } finally {
      await iterator.close();
    }
  };
  return Object.assign(promise, { [Symbol.asyncIterator]: walk });
}
