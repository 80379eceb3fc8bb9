// Owns building an index over documents that are already there.
import { MongoError } from '../errors.ts';
import { decodeFields } from '../values/decode.ts';
import type { Collection, Index } from './catalog.ts';
import { indexFieldsOf } from './catalog.ts';
import { keysOf } from './index-keys.ts';
import { duplicateKey, type Rows } from './rows.ts';
import type { Store } from './store.ts';
import type { Doc } from '../values/types.ts';

/** Builds indexes. */
export class IndexBuilds {
  readonly #store: Store;
  readonly #rows: Rows;

  constructor(store: Store, rows: Rows) {
    this.#store = store;
    this.#rows = rows;
  }

  build(collection: Collection, spec: Doc): Promise<void> {
    const index = this.#store.addIndex(collection, spec, false);
    try {
      this.#fill(collection, index);
    } catch (error) {
      this.#store.dropIndex(collection, index);
      return Promise.reject(error instanceof Error ? error : new MongoError(1, String(error)));
    }
    this.#store.finishIndex(index);
    return Promise.resolve();
  }

  #fill(collection: Collection, index: Index): void {
    const fields = indexFieldsOf([index]);
    let from = -1;
    for (;;) {
      const page = this.#store.statements.get(`SELECT id, doc FROM ${collection.table} WHERE id > ? ORDER BY id LIMIT 500`).all(from) as unknown as [number, Uint8Array][];
      for (const [row, bytes] of page) {
        from = row;
        const root = decodeFields(bytes, fields);
        const keys = keysOf(index, root);
        for (const [at, flag] of keys.multikey?.entries() ?? []) if (flag) index.multikey[at] = true;
        if (!this.#rows.addEntries(index, row, keys.keys)) throw duplicateKey(collection, index, root);
      }
      if (page.length < 500) break;
    }
    this.#store.saveMultikey(index);
  }
}
