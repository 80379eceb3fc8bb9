// Owns the removal of expired documents by TTL indexes.
import type { Log } from '../log.ts';
import { keyOf } from './keys.ts';
import type { Collection, Index } from './catalog.ts';
import type { Rows } from './rows.ts';
import type { Store } from './store.ts';

const chunkRows = 200;

/** Removes expired documents now and then. */
export class Expiry {
  readonly #store: Store;
  readonly #rows: Rows;
  readonly #log: Log;
  #running = false;

  constructor(store: Store, rows: Rows, log: Log) {
    this.#store = store;
    this.#rows = rows;
    this.#log = log;
  }

  /** Removes what has expired at `now` (milliseconds since the epoch), in parts between which others get their turn. */
  async sweep(now: number): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (const collection of [...this.#store.catalog.values()])
        for (const index of collection.indexes)
          if (index.ready && index.expireAfterSeconds !== undefined)
            await this.#sweepIndex(collection, index, now);
    } catch (error) {
      this.#log.error('expiry failed', { error: String(error) });
    } finally {
      this.#running = false;
    }
  }

  async #sweepIndex(collection: Collection, index: Index, now: number): Promise<void> {
    const expired = new Date(now - (index.expireAfterSeconds ?? 0) * 1000);
    const [lo, hi] = dateRange(index, expired);
    const sql = `SELECT r FROM ${index.table} WHERE k >= ? AND k < ? LIMIT ${chunkRows}`;
    for (;;) {
      if (!this.#isCurrent(collection, index)) return;
      const rows = this.#store.statements.get(sql).all(lo, hi) as unknown as [number][];
      for (const [row] of rows) {
        const bytes = this.#rows.read(collection, row);
        if (bytes !== undefined) this.#rows.remove(collection, row, bytes);
      }
      if (rows.length < chunkRows) return;
      await this.#store.settled();
    }
  }

  #isCurrent(collection: Collection, index: Index): boolean {
    return this.#store.find(collection) === collection && collection.indexes.includes(index);
  }
}

/** Keys of dates up to the given one; other types never expire. */
function dateRange(index: Index, until: Date): [Buffer, Buffer] {
  const end = keyOf(until);
  const ascending: [Buffer, Buffer] = [end.subarray(0, 1), Buffer.concat([end, Buffer.of(0xff)])];
  if (index.descending[0] !== true) return ascending;
  const inverted = Buffer.from(end.map((byte) => ~byte & 0xff));
  return [inverted, Buffer.concat([inverted.subarray(0, 1), Buffer.of(0xff)])];
}
