/** The ordered key-value store beside the chain: world state, key history, transaction and block index, savepoint. */
import { hash } from 'node:crypto';
import type { Iterator } from 'classic-level';
import type { BlockFile, BlockPlace } from './block-file.ts';
import { LAST_CODE_POINT } from './composite-key.ts';
import { realDisk, type LedgerDisk, type StateDatabase } from './disk.ts';
import type { KeyFilter } from './key-filter.ts';
import { decodeRow, encodeRow, encodeVersion, type StoredValue, type Version } from './state-row.ts';

/** LevelDB breaks a page off at about this size. */
const WALK_BYTES = 256 << 10;
/** Keys taught to the filter at a time. */
const LESSON = 1000;
const SAVEPOINT_KEY = 'msavepoint';
const STATE = 's';
/** Sorts after every key of the world state. */
const AFTER_STATE = 't';
const TRANSACTION = 't';
const BLOCK = 'b';
const HISTORY = 'h';

/** What of the chain the store holds. Height counts blocks; `end` is the chain file's size up to there. */
export interface Savepoint {
  readonly height: number;
  readonly end: number;
  /** Hash of block `height - 1`, lower-case hex. */
  readonly lastHash: string;
}

/** What one block changes. */
export interface StateUpdate {
  readonly block: number;
  readonly place: BlockPlace;
  readonly savepoint: Savepoint;
  readonly transactions: readonly {
    readonly transactionId: string;
    readonly index: number;
    readonly codeByte: number;
    /** The transaction as it stands in the chain, of which the values are parts, and where in the chain's file. */
    readonly body: Buffer;
    readonly bodyAt: number;
    /** Empty for an invalid transaction. */
    readonly writes: readonly { readonly key: string; readonly value: Buffer | null }[];
  }[];
}

/** Where a transaction stands. */
export interface TransactionPlace {
  readonly block: number;
  readonly index: number;
  readonly codeByte: number;
}

/** LevelDB's explicit snapshot. */
export type Snapshot = ReturnType<StateDatabase['snapshot']>;

/** How a store is opened. */
export interface StoreOptions {
  /** Lets the threads of this process open the same folder; another process is refused all the same. */
  readonly shared: boolean;
  /** The machine's own by default. */
  readonly disk?: LedgerDisk | undefined;
  /** What is asked before the store is; by default nothing. `apply` adds to it. */
  readonly filter?: KeyFilter;
  /** The chain whose blocks are applied; without it the store can hold no large value. */
  readonly chain: BlockFile;
}

/** The store of one channel. LevelDB holds a lock on the folder, so a second process cannot open it. */
export class StateStore {
  readonly #db: StateDatabase;
  readonly #filter: KeyFilter | null;
  readonly #chain: BlockFile;
  #teaching: Promise<void> = Promise.resolve();
  #isClosing = false;

  private constructor(db: StateDatabase, { filter, chain }: StoreOptions) {
    this.#db = db;
    this.#filter = filter ?? null;
    this.#chain = chain;
  }

  /** Opens or makes the store. @throws LedgerFolderLocked when another process holds it */
  static async open(folder: string, options: StoreOptions): Promise<StateStore> {
    const { disk = realDisk, shared } = options;
    try {
      return new StateStore(await disk.openState(folder, shared), options);
    } catch (error) {
      if (isLocked(error))
        throw new LedgerFolderLocked(`the ledger in ${folder} is already open in another process`);
      throw error;
    }
  }

  snapshot(): Snapshot {
    return this.#db.snapshot();
  }

  /** Teaches the filter, in the background, every key that is there; what is applied meanwhile it learns by itself. */
  teach(filter: KeyFilter): void {
    // A store that cannot be read tells those who ask it; the filter then never says that a key is absent.
    this.#teaching = this.#teach(filter).catch(() => undefined);
  }

  /** A key's value and version, null when absent. */
  get(key: string, snapshot?: Snapshot): StoredValue | null {
    if (this.#filter?.mayHold(key) === false) return null;
    const row = this.#row(STATE + key, snapshot);
    return row ? decodeRow(row, this.#chain) : null;
  }

  /** Keys from `start` (included) to `end` (left out; '' = to the last) in UTF-8 order; close it when done. */
  range(start: string, end: string, snapshot: Snapshot): StateWalk {
    const isPrefix = start.endsWith('\u0000') && end === start + LAST_CODE_POINT;
    if (isPrefix && this.#filter?.mayHold(start) === false) return new StateWalk(null, this.#chain);
    const lt = end === '' ? AFTER_STATE : STATE + end;
    return new StateWalk(
      this.#db.iterator({ gte: STATE + start, lt, snapshot, highWaterMarkBytes: WALK_BYTES }),
      this.#chain,
    );
  }

  /** Where the writes of a key stand, newest first. */
  async history(key: string, snapshot: Snapshot): Promise<Version[]> {
    const prefix = historyPrefix(key);
    const range = { gte: prefix, lt: `${prefix}~`, reverse: true, snapshot };
    const rows = await this.#db.keys(range).all();
    return rows.map((row) => {
      const place = row.slice(prefix.length);
      return [parseInt(place.slice(0, 12), 16), parseInt(place.slice(12), 16)] as const;
    });
  }

  /** Where a transaction stands, null when unknown. */
  transaction(transactionId: string, snapshot?: Snapshot): TransactionPlace | null {
    if (this.#filter?.mayHold(transactionId) === false) return null;
    const row = this.#row(TRANSACTION + transactionId, snapshot);
    return row
      ? { block: row.readUIntBE(0, 6), index: row.readUInt32BE(6), codeByte: row.readUInt8(10) }
      : null;
  }

  /** Where a block lies in the chain file, null when not reached. */
  block(number: number): BlockPlace | null {
    const row = this.#row(blockKey(number));
    return row ? { offset: row.readUIntBE(0, 6), size: row.readUInt32BE(6) } : null;
  }

  savepoint(): Savepoint | null {
    const row = this.#row(SAVEPOINT_KEY);
    return row ? (JSON.parse(row.toString()) as Savepoint) : null;
  }

  /** Applies one block: all of it or nothing. */
  async apply(update: StateUpdate): Promise<void> {
    const batch = this.#db.batch();
    const place = Buffer.allocUnsafe(10);
    place.writeUIntBE(update.place.offset, 0, 6);
    place.writeUInt32BE(update.place.size, 6);
    batch.put(blockKey(update.block), place);
    for (const transaction of update.transactions) {
      this.#filter?.add(transaction.transactionId);
      const version = encodeVersion(update.block, transaction.index);
      batch.put(
        TRANSACTION + transaction.transactionId,
        Buffer.concat([version, Buffer.from([transaction.codeByte])]),
      );
      const placeHex = versionHex(update.block, transaction.index);
      for (const { key, value } of transaction.writes) {
        this.#filter?.add(key);
        batch.put(historyPrefix(key) + placeHex, EMPTY);
        if (value === null) batch.del(STATE + key);
        else batch.put(STATE + key, encodeRow(version, value, transaction));
      }
    }
    batch.put(SAVEPOINT_KEY, Buffer.from(JSON.stringify(update.savepoint)));
    await batch.write();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#teaching;
    await this.#db.close();
  }

  async #teach(filter: KeyFilter): Promise<void> {
    for (const space of [STATE, TRANSACTION]) {
      const keys = this.#db.keys({ gte: space, lt: String.fromCharCode(space.charCodeAt(0) + 1) });
      let some: string[];
      do {
        some = await keys.nextv(LESSON);
        for (const key of some) filter.add(key.slice(space.length));
      } while (some.length > 0 && !this.#isClosing);
      await keys.close();
    }
    if (!this.#isClosing) filter.complete();
  }

  #row(key: string, snapshot?: Snapshot): Buffer | undefined {
    // With the encodings named the options are not copied.
    return snapshot
      ? this.#db.getSync(key, { snapshot, keyEncoding: 'utf8', valueEncoding: 'buffer' })
      : this.#db.getSync(key);
  }
}

/** Another process has the ledger's folder open. */
export class LedgerFolderLocked extends Error {
  override readonly name = 'LedgerFolderLocked';
}

type StateIterator = Iterator<StateDatabase, string, Buffer>;

/** A walk over a range of the world state. */
export class StateWalk {
  readonly #iterator: StateIterator | null;
  readonly #chain: BlockFile;
  #ended = false;

  /** @param iterator null for a range that is known to be empty */
  constructor(iterator: StateIterator | null, chain: BlockFile) {
    this.#iterator = iterator;
    this.#chain = chain;
  }

  /** Up to `count` more keys; none only at the end. A page that is neither full nor large was the last. */
  async next(count: number): Promise<(StoredValue & { readonly key: string })[]> {
    if (this.#ended || this.#iterator === null) return [];
    const rows = await this.#iterator.nextv(count);
    const bytes = rows.reduce((sum, [key, row]) => sum + key.length + row.length, 0);
    this.#ended = rows.length < count && bytes < WALK_BYTES / 2;
    return rows.map(([key, row]) => ({ key: key.slice(1), ...decodeRow(row, this.#chain) }));
  }

  async close(): Promise<void> {
    await this.#iterator?.close();
  }
}

const EMPTY = Buffer.alloc(0);

function historyPrefix(key: string): string {
  return HISTORY + hash('sha256', key, 'hex').slice(0, 32);
}

function versionHex(block: number, tx: number): string {
  return block.toString(16).padStart(12, '0') + tx.toString(16).padStart(8, '0');
}

function blockKey(number: number): string {
  return BLOCK + number.toString(16).padStart(12, '0');
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}
