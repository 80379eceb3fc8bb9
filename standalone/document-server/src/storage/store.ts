// Owns the data file on the write side: opening it, group commit, and the catalog in memory.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { MongoError } from '../errors.ts';
import { encode } from '../values/encode.ts';
import { int } from '../values/readers.ts';
import { doc, type Doc } from '../values/types.ts';
import {
  createCatalog,
  indexFieldsOf,
  indexFromSpec,
  loadCatalog,
  multikeyBits,
  nameOf,
  type Catalog,
  type Collection,
  type Index,
} from './catalog.ts';

/** A namespace: database and collection. */
export interface Namespace {
  readonly db: string;
  readonly name: string;
}

/** Caches prepared statements of one connection by their text; rows come as arrays. */
export class Statements {
  readonly #sqlite: DatabaseSync;
  readonly #known = new Map<string, StatementSync>();
  readonly #byKey = new Map<string, StatementSync>();
  readonly #adds = new Map<string, StatementSync>();
  readonly #removals = new Map<string, StatementSync>();

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /** The prepared statement for this SQL. */
  get(sql: string): StatementSync {
    let statement = this.#known.get(sql);
    if (statement === undefined) {
      if (this.#known.size > 2000) this.#known.clear();
      statement = this.#sqlite.prepare(sql);
      statement.setReturnArrays(true);
      this.#known.set(sql, statement);
    }
    return statement;
  }

  /** Reads a row by a key of a unique index. */
  byKey(table: string, index: string): StatementSync {
    return this.#ofTable(this.#byKey, index, () => {
      return `SELECT i.r, d.doc FROM ${index} AS i CROSS JOIN ${table} AS d ON d.id = i.r WHERE i.k = ?`;
    });
  }

  /** Adds an entry (key, row) to an index, unless it is there or, in a unique one, its key is. */
  addEntry(index: string): StatementSync {
    return this.#ofTable(this.#adds, index, () => `INSERT OR IGNORE INTO ${index} VALUES (?, ?)`);
  }

  /** Takes an entry (key, row) out of an index. */
  removeEntry(index: string): StatementSync {
    return this.#ofTable(this.#removals, index, () => `DELETE FROM ${index} WHERE k = ? AND r = ?`);
  }

  // The text of a statement is not put together for every row.
  #ofTable(known: Map<string, StatementSync>, table: string, sql: () => string): StatementSync {
    let statement = known.get(table);
    if (statement === undefined) known.set(table, (statement = this.get(sql())));
    return statement;
  }

  /** Forgets all statements, as before dropping a table. */
  clear(): void {
    this.#known.clear();
    for (const known of [this.#byKey, this.#adds, this.#removals]) known.clear();
  }
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The only writer of the data file. Writes join the open transaction; it is committed on the next turn of the loop. */
export class Store {
  readonly sqlite: DatabaseSync;
  readonly statements: Statements;
  catalog: Catalog;
  readonly #dirty = new Set<Collection>();
  readonly #afterCommit: () => void;
  #waiters: Waiter[] = [];
  #open = false;
  commits = 0;
  /** Transactions given up; a write that spans one did not all happen. */
  aborts = 0;

  constructor(sqlite: DatabaseSync, afterCommit: () => void) {
    this.sqlite = sqlite;
    this.statements = new Statements(sqlite);
    this.#afterCommit = afterCommit;
    createCatalog(sqlite);
    this.catalog = loadCatalog(sqlite);
    this.#dropUnfinished();
    this.commit();
  }

  /** Opens the transaction that the next commit ends, unless it is open. Call before every change. */
  begin(): void {
    if (this.#open) return;
    this.statements.get('BEGIN IMMEDIATE').run();
    this.#open = true;
    setImmediate(() => this.commit());
  }

  /** Resolves when everything written so far is on disk; rejects when it could not be written. */
  settled(): Promise<void> | undefined {
    if (!this.#open) return undefined;
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Ends the open transaction with an fsync and answers everyone who waits for it. */
  commit(): void {
    if (!this.#open) return;
    try {
      for (const collection of this.#dirty) this.#saveCounts(collection);
      this.statements.get('COMMIT').run();
    } catch (error) {
      this.abort(error);
      return;
    }
    this.#dirty.clear();
    this.#open = false;
    this.commits++;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve();
    this.#afterCommit();
  }

  /** Gives up the open transaction after a failure of the file: everyone in it is told, nothing of it remains. */
  abort(cause: unknown): MongoError {
    const why = cause instanceof Error ? cause.message : String(cause);
    const full = why.includes('full') ? 14031 : 1;
    const error = new MongoError(full, `the data file could not be written: ${why}`);
    if (this.sqlite.isTransaction) this.sqlite.exec('ROLLBACK');
    this.aborts++;
    this.#open = false;
    this.#dirty.clear();
    this.catalog = loadCatalog(this.sqlite);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
    return error;
  }

  /** Notes that counts or multikey flags of the collection changed. */
  touch(collection: Collection): void {
    this.#dirty.add(collection);
  }

  #saveCounts(collection: Collection): void {
    this.statements
      .get('UPDATE collections SET docs = ?, next_row = ? WHERE id = ?')
      .run(collection.docs, collection.nextRow, collection.id);
  }

  /** Stores the multikey flags of an index at once, so that no reader misses them. */
  saveMultikey(index: Index): void {
    this.statements.get('UPDATE indexes SET multikey = ? WHERE id = ?').run(multikeyBits(index), index.id);
  }

  /** The collection, or undefined. */
  find(ns: Namespace): Collection | undefined {
    return this.catalog.get(`${ns.db}.${ns.name}`);
  }

  /** The collection, created when it is missing. */
  ensure(ns: Namespace): Collection {
    return this.find(ns) ?? this.create(ns, new Map());
  }

  /** Creates a collection with its index on _id. */
  create(ns: Namespace, options: Doc): Collection {
    checkNamespace(ns);
    this.begin();
    const added = this.statements
      .get('INSERT INTO collections (db, name, options, docs, next_row) VALUES (?, ?, ?, 0, 1)')
      .run(ns.db, ns.name, encode(options));
    const id = Number(added.lastInsertRowid);
    this.sqlite.exec(`CREATE TABLE c${id} (id INTEGER PRIMARY KEY, doc BLOB NOT NULL)`);
    const collection: Collection = {
      id,
      ...ns,
      options,
      table: `c${id}`,
      indexes: [],
      indexFields: new Set(),
      docs: 0,
      nextRow: 1,
    };
    this.catalog.set(`${ns.db}.${ns.name}`, collection);
    this.addIndex(collection, doc(['v', int(2)], ['key', doc(['_id', int(1)])], ['name', '_id_']), true);
    return collection;
  }

  /** Adds an empty index; `ready` when there is nothing to fill in. */
  addIndex(collection: Collection, spec: Doc, ready: boolean): Index {
    this.begin();
    const added = this.statements
      .get('INSERT INTO indexes (collection, name, spec, multikey, ready) VALUES (?, ?, ?, 0, ?)')
      .run(collection.id, nameOf(spec), encode(spec), Number(ready));
    const index = indexFromSpec(Number(added.lastInsertRowid), spec, 0, ready);
    const columns = index.unique ? 'PRIMARY KEY (k)' : 'PRIMARY KEY (k, r)';
    this.sqlite.exec(
      `CREATE TABLE ${index.table} (k BLOB NOT NULL, r INTEGER NOT NULL, ${columns}) WITHOUT ROWID`,
    );
    collection.indexes.push(index);
    collection.indexFields = indexFieldsOf(collection.indexes);
    return index;
  }

  /** Marks a built index as usable. */
  finishIndex(index: Index): void {
    this.begin();
    index.ready = true;
    this.statements.get('UPDATE indexes SET ready = 1 WHERE id = ?').run(index.id);
  }

  /** Removes an index. */
  dropIndex(collection: Collection, index: Index): void {
    this.begin();
    this.statements.clear();
    this.sqlite.exec(`DROP TABLE ${index.table}`);
    this.sqlite.prepare('DELETE FROM indexes WHERE id = ?').run(index.id);
    collection.indexes.splice(collection.indexes.indexOf(index), 1);
    collection.indexFields = indexFieldsOf(collection.indexes);
  }

  /** Removes a collection with all that is in it. */
  drop(collection: Collection): void {
    this.begin();
    for (const index of [...collection.indexes]) this.dropIndex(collection, index);
    this.sqlite.exec(`DROP TABLE ${collection.table}`);
    this.sqlite.prepare('DELETE FROM collections WHERE id = ?').run(collection.id);
    this.catalog.delete(`${collection.db}.${collection.name}`);
    this.#dirty.delete(collection);
  }

  /** An index whose building was cut off was never acknowledged: it goes. */
  #dropUnfinished(): void {
    for (const collection of this.catalog.values())
      for (const index of [...collection.indexes]) if (!index.ready) this.dropIndex(collection, index);
  }
}

function checkNamespace(ns: Namespace): void {
  const full = `${ns.db}.${ns.name}`;
  if (ns.name.startsWith('system.')) throw new MongoError(73, `Invalid system namespace: ${full}`);
  if (Buffer.byteLength(full) > 255)
    throw new MongoError(73, `Fully qualified namespace is too long: ${full}`);
}
