// Owns the description of collections and indexes, and reading it from the data file.
import type { DatabaseSync } from 'node:sqlite';
import { decode } from '../values/decode.ts';
import { compileFilter, fieldsOf, type Predicate } from '../matcher/compile.ts';
import { parseFilter, truthy, type Filter } from '../matcher/parse.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { isDoc, type Doc } from '../values/types.ts';

/** One field of an index. */
export interface IndexPart {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
}

/** An index. `multikey[i]` is set for good once component i has met an array. */
export interface Index {
  readonly id: number;
  readonly name: string;
  /** As the client gave it: v, key, name and options. */
  readonly spec: Doc;
  readonly key: Doc;
  readonly parts: readonly IndexPart[];
  readonly descending: readonly boolean[];
  /** The fields of the key when none of them is dotted. */
  readonly plain: readonly string[] | undefined;
  /** Top-level fields that decide the entries of a document. */
  readonly reads: ReadonlySet<string>;
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: { readonly filter: Filter; readonly holds: Predicate } | undefined;
  /** Seconds after which documents expire, for a TTL index. */
  readonly expireAfterSeconds: number | undefined;
  readonly multikey: boolean[];
  /** False while it is built: kept up to date, but not used for reading. */
  ready: boolean;
  /** Rows changed while it is built. */
  readonly touched: Set<number>;
  readonly table: string;
}

/** A collection with its indexes; `docs` and `nextRow` run ahead of the file until the commit. */
export interface Collection {
  readonly id: number;
  readonly db: string;
  readonly name: string;
  readonly options: Doc;
  readonly table: string;
  readonly indexes: Index[];
  /** Top-level fields that the indexes read. */
  indexFields: ReadonlySet<string>;
  docs: number;
  nextRow: number;
}

/** Collections by `database.collection`. */
export type Catalog = Map<string, Collection>;

const schema = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS collections (
    id INTEGER PRIMARY KEY AUTOINCREMENT, db TEXT NOT NULL, name TEXT NOT NULL, options BLOB NOT NULL,
    docs INTEGER NOT NULL, next_row INTEGER NOT NULL, UNIQUE (db, name));
  CREATE TABLE IF NOT EXISTS indexes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, name TEXT NOT NULL, spec BLOB NOT NULL,
    multikey INTEGER NOT NULL, ready INTEGER NOT NULL);
  INSERT OR IGNORE INTO meta VALUES ('format', 1);`;

/** Creates the catalog tables of a new file. */
export function createCatalog(sqlite: DatabaseSync): void {
  sqlite.exec(schema);
}

/** An index from its stored specification. */
export function indexFromSpec(id: number, spec: Doc, multikeyBits: number, ready: boolean): Index {
  const key = spec.get('key');
  const partial = spec.get('partialFilterExpression');
  const expiry = spec.get('expireAfterSeconds');
  const fields = isDoc(key) ? key : new Map<string, never>();
  const parts = [...fields].map(([path, direction]) => ({
    path,
    parts: path.split('.'),
    descending: isNumber(direction) && toDouble(direction) < 0,
  }));
  const filter = isDoc(partial) ? parseFilter(partial) : undefined;
  return {
    id,
    name: nameOf(spec),
    spec,
    key: fields,
    parts,
    descending: parts.map((part) => part.descending),
    plain: parts.every((part) => part.parts.length === 1) ? parts.map((part) => part.path) : undefined,
    reads: fieldsRead(parts, filter),
    unique: truthy(spec.get('unique')) || spec.get('name') === '_id_',
    sparse: truthy(spec.get('sparse')),
    partial: filter === undefined ? undefined : { filter, holds: compileFilter(filter) },
    expireAfterSeconds: isNumber(expiry) ? toDouble(expiry) : undefined,
    multikey: parts.map((_, at) => (multikeyBits & (1 << at)) !== 0),
    ready,
    touched: new Set(),
    table: `i${id}`,
  };
}

/** The name in an index specification. */
export function nameOf(spec: Doc): string {
  const name = spec.get('name');
  return typeof name === 'string' ? name : '';
}

/** The multikey flags as the number that is stored. */
export function multikeyBits(index: Index): number {
  return index.multikey.reduce((bits, flag, at) => (flag ? bits | (1 << at) : bits), 0);
}

function fieldsRead(parts: readonly IndexPart[], partial: Filter | undefined): Set<string> {
  const fields = new Set(parts.map((part) => part.parts[0] ?? ''));
  return partial === undefined ? fields : fieldsOf(partial, fields);
}

/** The top-level fields that keys and partial filters of these indexes read. */
export function indexFieldsOf(indexes: readonly Index[]): Set<string> {
  return new Set(['_id', ...indexes.flatMap((index) => [...index.reads])]);
}

/** Reads the whole catalog. */
export function loadCatalog(sqlite: DatabaseSync): Catalog {
  const catalog: Catalog = new Map();
  const byId = new Map<number, Collection>();
  for (const row of sqlite.prepare('SELECT * FROM collections ORDER BY id').all()) {
    const id = Number(row['id']);
    const collection: Collection = {
      id,
      db: String(row['db']),
      name: String(row['name']),
      options: decode(row['options'] as Uint8Array),
      table: `c${id}`,
      indexes: [],
      indexFields: new Set(),
      docs: Number(row['docs']),
      nextRow: Number(row['next_row']),
    };
    byId.set(id, collection);
    catalog.set(`${collection.db}.${collection.name}`, collection);
  }
  for (const row of sqlite.prepare('SELECT * FROM indexes ORDER BY id').all()) {
    const spec = decode(row['spec'] as Uint8Array);
    const index = indexFromSpec(Number(row['id']), spec, Number(row['multikey']), row['ready'] === 1);
    byId.get(Number(row['collection']))?.indexes.push(index);
  }
  for (const collection of catalog.values()) collection.indexFields = indexFieldsOf(collection.indexes);
  return catalog;
}
