/** A collection in memory, for the reference: an array of documents, searched from front to back. */

import type { IndexSpec } from './generate.ts';
import { compareKeys, keysOf, lacksAll, ParallelArrays, sortKey } from './reference-keys.ts';
import type { KeySpec } from './reference-keys.ts';
import { matches, valuesAt } from './reference-match.ts';
import { compare } from './reference-order.ts';
import type { Fields } from './reference-order.ts';
import { Refusal } from './reference-update.ts';

/** Documents and the rules of their indexes; indexes are never used to find anything. */
export class ReferenceCollection {
  docs: Fields[] = [];
  readonly indexes: IndexSpec[] = [];

  /** @throws Refusal as the server must refuse */
  insert(doc: Fields): void {
    this.#admitAll(doc, this.docs);
    this.docs.push(doc);
  }

  /** Puts a document in the place of the one with its _id. @throws Refusal as the server must refuse */
  replace(doc: Fields): void {
    const others = this.docs.filter((each) => compare(each['_id'], doc['_id']) !== 0);
    this.#admitAll(doc, others);
    this.docs = this.docs.map((each) => (compare(each['_id'], doc['_id']) === 0 ? doc : each));
  }

  /** @throws Refusal as the server must refuse */
  createIndex(index: IndexSpec): void {
    for (const [i, doc] of this.docs.entries()) this.#admit(index, doc, this.docs.slice(0, i));
    this.indexes.push(index);
  }

  find(filter: Fields): Fields[] {
    return this.docs.filter((doc) => matches(doc, filter));
  }

  /** Values at a path of what a filter finds, equal ones once. */
  distinct(path: string, filter: Fields): unknown[] {
    const values = this.find(filter).flatMap((doc) => valuesAt(doc, path));
    return values.filter((value, i) => values.findIndex((other) => compare(other, value) === 0) === i);
  }

  /** @throws ParallelArrays when the server must refuse to sort */
  static sorted(docs: readonly Fields[], spec: KeySpec): Fields[] {
    const keyed = docs.map((doc) => ({ doc, key: sortKey(doc, spec) }));
    return keyed.sort((a, b) => compareKeys(a.key, b.key, spec)).map(({ doc }) => doc);
  }

  /** Which of several indexes refuses first is not promised, so all their codes are told. */
  #admitAll(doc: Fields, others: readonly Fields[]): void {
    const codes = this.indexes.flatMap((index) => {
      try {
        this.#admit(index, doc, others);
        return [];
      } catch (error) {
        if (error instanceof Refusal) return error.codes;
        throw error;
      }
    });
    if (codes.length > 0) throw new Refusal(...codes);
  }

  #admit(index: IndexSpec, doc: Fields, others: readonly Fields[]): void {
    const keys = indexKeys(index, doc);
    if (!index.unique) return;
    for (const other of others) {
      const taken = indexKeys(index, other);
      if (keys.some((key) => taken.some((each) => compareKeys(key, each, index.keys) === 0))) {
        throw new Refusal(11000);
      }
    }
  }
}

function indexKeys(index: IndexSpec, doc: Fields): unknown[][] {
  if (index.partial && !matches(doc, index.partial)) return [];
  try {
    if (index.sparse && lacksAll(doc, index.keys)) return [];
    return keysOf(doc, index.keys);
  } catch (error) {
    if (error instanceof ParallelArrays) throw new Refusal(171);
    throw error;
  }
}
