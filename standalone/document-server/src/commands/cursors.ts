// Owns open cursors: where each stands, and forgetting those left alone for ten minutes.
import { randomBytes } from 'node:crypto';
import { MongoError } from '../errors.ts';
import { doc, RawDoc, type Doc } from '../values/types.ts';
import type { FindResult } from '../planner/queries.ts';
import type { Namespace } from '../storage/store.ts';

/** Gives the next batch of at most so many documents. */
export type NextBatch = (batch: number) => FindResult | Promise<FindResult>;

interface Cursor {
  readonly ns: string;
  readonly next: NextBatch;
  readonly keepAlive: boolean;
  usedAt: number;
}

const idleMsMax = 10 * 60 * 1000;
const openMax = 10000;

/** The cursors of all connections. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>();

  /** Number of open cursors. */
  get size(): number {
    return this.#open.size;
  }

  /** Keeps a cursor and gives its id. */
  add(ns: Namespace, next: NextBatch, keepAlive: boolean): bigint {
    if (this.#open.size >= openMax) throw new MongoError(1, `more than ${openMax} cursors are open`);
    const id = randomBytes(8).readBigInt64LE(0) & 0x7fffffffffffffffn;
    this.#open.set(id, { ns: `${ns.db}.${ns.name}`, next, keepAlive, usedAt: Date.now() });
    return id;
  }

  /**
   * The cursor to go on with.
   * @throws MongoError CursorNotFound (43)
   */
  take(id: bigint, ns: Namespace): NextBatch {
    const cursor = this.#open.get(id);
    if (cursor === undefined) throw new MongoError(43, `cursor id ${id} not found`);
    if (cursor.ns !== `${ns.db}.${ns.name}`)
      throw new MongoError(
        13,
        `Requested getMore on namespace '${ns.db}.${ns.name}', but cursor belongs to a different namespace ${cursor.ns}`,
      );
    cursor.usedAt = Date.now();
    return cursor.next;
  }

  /** Closes a cursor; true when it was open. */
  remove(id: bigint): boolean {
    return this.#open.delete(id);
  }

  /** Closes cursors of a collection that is gone. */
  removeAll(ns: Namespace): void {
    for (const [id, cursor] of this.#open) if (cursor.ns === `${ns.db}.${ns.name}`) this.#open.delete(id);
  }

  /** Closes cursors that nobody has used for ten minutes. */
  expire(now: number): void {
    for (const [id, cursor] of this.#open)
      if (!cursor.keepAlive && now - cursor.usedAt > idleMsMax) this.#open.delete(id);
  }
}

/** The `cursor` part of an answer. */
export function cursorDoc(ns: Namespace, id: bigint, docs: readonly Uint8Array[], first: boolean): Doc {
  return doc(
    [first ? 'firstBatch' : 'nextBatch', docs.map((bytes) => new RawDoc(bytes))],
    ['id', id],
    ['ns', `${ns.db}.${ns.name}`],
  );
}
