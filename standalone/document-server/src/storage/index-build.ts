// Owns building an index over documents that are already there, while others go on reading and writing.
import { MongoError } from '../errors.ts';
import { decodeFields } from '../values/decode.ts';
import { indexFieldsOf, type Collection, type Index } from './catalog.ts';
import { keysOf } from './index-keys.ts';
import { duplicateKey, type Rows } from './rows.ts';
import type { Store } from './store.ts';
import type { Doc } from '../values/types.ts';
import type { IndexPage } from './worker-messages.ts';
import type { Workers } from './workers.ts';

/** Collections up to this size are indexed at once, without a worker. */
const smallDocs = 2000;
const touchedAtOnce = 500;

/**
 * Builds indexes. A worker extracts keys page by page; rows that change meanwhile are noted in `touched`, lose their
 * old keys at once, and get their new ones at the end.
 */
export class IndexBuilds {
  readonly #store: Store;
  readonly #rows: Rows;
  readonly #workers: Workers;
  readonly #running = new Map<Index, Promise<void>>();

  constructor(store: Store, rows: Rows, workers: Workers) {
    this.#store = store;
    this.#rows = rows;
    this.#workers = workers;
  }

  /** Waits for an index that someone else is building; false when nobody is. */
  async wait(index: Index): Promise<boolean> {
    const running = this.#running.get(index);
    await running;
    return running !== undefined;
  }

  /**
   * Builds an index; on failure nothing of it remains.
   * @throws MongoError DuplicateKey (11000), CannotIndexParallelArrays (171)
   */
  async build(collection: Collection, spec: Doc): Promise<void> {
    const empty = collection.docs === 0;
    const index = this.#store.addIndex(collection, spec, empty);
    if (empty) return;
    const running = this.#run(collection, index);
    this.#running.set(index, running);
    try {
      await running;
    } finally {
      this.#running.delete(index);
    }
  }

  async #run(collection: Collection, index: Index): Promise<void> {
    try {
      if (collection.docs > smallDocs) await this.#fillFromWorker(collection, index);
      else for (const row of this.#allRows(collection)) index.touched.add(row);
      await this.#settleTouched(collection, index);
      this.#rows.guard(() => this.#store.saveMultikey(index));
      this.#store.finishIndex(index);
    } catch (error) {
      if (collection.indexes.includes(index) && this.#isCurrent(collection))
        this.#store.dropIndex(collection, index);
      throw error;
    }
  }

  #isCurrent(collection: Collection): boolean {
    return this.#store.find(collection) === collection;
  }

  #checkAlive(collection: Collection, index: Index): void {
    if (!this.#isCurrent(collection) || !collection.indexes.includes(index))
      throw new MongoError(
        276,
        `index build of ${index.name} was aborted: the collection or the index was dropped`,
      );
  }

  #allRows(collection: Collection): number[] {
    const rows = this.#store.statements.get(`SELECT id FROM ${collection.table}`).all() as unknown as [
      number,
    ][];
    return rows.map(([row]) => row);
  }

  async #fillFromWorker(collection: Collection, index: Index): Promise<void> {
    await this.#store.settled();
    let after = -1;
    for (let done = false; !done;) {
      const page = await this.#workers.indexPage({
        db: collection.db,
        name: collection.name,
        index: index.id,
        after,
      });
      this.#checkAlive(collection, index);
      this.#addPage(collection, index, page);
      await this.#store.settled();
      after = page.rows.at(-1) ?? after;
      done = page.done;
    }
  }

  #addPage(collection: Collection, index: Index, page: IndexPage): void {
    this.#noteMultikey(index, page.multikey);
    let at = 0;
    let byte = 0;
    for (const [place, row] of page.rows.entries()) {
      for (let count = page.counts[place] ?? 0; count > 0; count--) {
        const length = page.lengths[at++] ?? 0;
        const key = page.bytes.subarray(byte, byte + length);
        byte += length;
        if (!index.touched.has(row)) this.#add(collection, index, { row, key });
      }
    }
  }

  #noteMultikey(index: Index, flags: readonly boolean[] | undefined): void {
    for (const [at, flag] of flags?.entries() ?? []) if (flag) index.multikey[at] = true;
  }

  #add(collection: Collection, index: Index, { row, key }: { row: number; key: Uint8Array }): void {
    if (this.#rows.addEntry(index, row, key)) return;
    const bytes = this.#rows.read(collection, row);
    const fields =
      bytes === undefined ? new Map<string, never>() : decodeFields(bytes, indexFieldsOf([index]));
    throw duplicateKey(collection, index, { fields, key });
  }

  /** Gives touched rows their keys, in parts; the last part and the end of the build are one step. */
  async #settleTouched(collection: Collection, index: Index): Promise<void> {
    const fields = indexFieldsOf([index]);
    for (;;) {
      this.#checkAlive(collection, index);
      const some = [...index.touched].slice(0, touchedAtOnce);
      for (const row of some) {
        index.touched.delete(row);
        const bytes = this.#rows.read(collection, row);
        if (bytes === undefined) continue;
        const found = keysOf(index, decodeFields(bytes, fields));
        this.#noteMultikey(index, found.multikey);
        for (const key of found.keys) this.#add(collection, index, { row, key });
      }
      if (index.touched.size === 0) return;
      await this.#store.settled();
    }
  }
}
