// Owns changing documents together with their index entries.
import { MongoError } from '../errors.ts';
import { asBuffer, decodeFields, slicesOf } from '../values/decode.ts';
import { typeName, type Doc, type Value } from '../values/types.ts';
import { describe } from '../values/describe.ts';
import type { Collection, Index } from './catalog.ts';
import { keysOf, keyValueOf, type DocumentKeys } from './index-keys.ts';
import type { Store } from './store.ts';

/** Largest document, in bytes. */
export const documentBytesMax = 16 * 1024 * 1024;

/** @throws MongoError BSONObjectTooLarge (10334) above 16 MB. */
export function checkSize(bytes: Uint8Array): void {
  if (bytes.length > documentBytesMax)
    throw new MongoError(
      10334,
      `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${documentBytesMax}(16MB)`,
    );
}

interface Change {
  readonly index: Index;
  readonly add: readonly Buffer[];
  readonly remove: readonly Buffer[];
}

/** Inserts, replaces and removes documents of the store. A refused change leaves nothing behind. */
export class Rows {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Inserts a document whose _id is its first field; returns its row.
   * @throws MongoError DuplicateKey (11000)
   */
  insert(collection: Collection, bytes: Uint8Array): number {
    const fields = decodeFields(bytes, collection.indexFields);
    checkId(fields.get('_id'));
    const row = collection.nextRow;
    const changes: Change[] = [];
    for (const index of collection.indexes) {
      const keys = keysOf(index, fields);
      this.#noteMultikey(index, keys);
      changes.push({ index, add: keys.keys, remove: [] });
    }
    this.#store.begin();
    this.#apply(collection, row, changes, fields);
    this.guard(() =>
      this.#store.statements.get(`INSERT INTO ${collection.table} VALUES (?, ?)`).run(row, bytes),
    );
    collection.nextRow++;
    collection.docs++;
    this.#store.touch(collection);
    return row;
  }

  /**
   * Puts new bytes in the place of old ones.
   * @throws MongoError DuplicateKey (11000)
   */
  replace(collection: Collection, row: number, before: Uint8Array, after: Uint8Array): void {
    const changedFields = differing(before, after, collection.indexFields);
    const affected = collection.indexes.filter((index) => !index.ready || meets(index.reads, changedFields));
    const read = affected.length === 0 ? nothing : collection.indexFields;
    const oldFields = decodeFields(before, read);
    const newFields = decodeFields(after, read);
    const changes: Change[] = [];
    for (const index of affected) {
      const keys = keysOf(index, newFields);
      this.#noteMultikey(index, keys);
      const old = keysOf(index, oldFields).keys;
      const change = index.ready ? difference(index, old, keys.keys) : { index, add: [], remove: old };
      if (change !== undefined) changes.push(change);
    }
    this.#store.begin();
    this.#apply(collection, row, changes, newFields);
    this.guard(() =>
      this.#store.statements.get(`UPDATE ${collection.table} SET doc = ? WHERE id = ?`).run(after, row),
    );
    this.#store.touch(collection);
  }

  /** Removes a document. */
  remove(collection: Collection, row: number, before: Uint8Array): void {
    const fields = decodeFields(before, collection.indexFields);
    const changes = collection.indexes.map((index) => ({
      index,
      add: [],
      remove: keysOf(index, fields).keys,
    }));
    this.#store.begin();
    this.#apply(collection, row, changes, fields);
    this.guard(() => this.#store.statements.get(`DELETE FROM ${collection.table} WHERE id = ?`).run(row));
    collection.docs--;
    this.#store.touch(collection);
  }

  /** Adds an entry to an index; false when the key is taken. */
  addEntry(index: Index, row: number, key: Uint8Array): boolean {
    this.#store.begin();
    const insert = this.#store.statements.addEntry(index.table);
    return this.guard(() => insert.run(key, row).changes) === 1;
  }

  /** The bytes of a document, or undefined. */
  read(collection: Collection, row: number): Uint8Array | undefined {
    const found = this.#store.statements.get(`SELECT doc FROM ${collection.table} WHERE id = ?`).get(row);
    return (found as [Uint8Array] | undefined)?.[0];
  }

  #noteMultikey(index: Index, found: DocumentKeys): void {
    if (found.multikey === undefined) return;
    let news = false;
    for (const [at, flag] of found.multikey.entries()) {
      if (!flag || index.multikey[at] === true) continue;
      index.multikey[at] = true;
      news = true;
    }
    if (!news) return;
    this.#store.begin();
    this.guard(() => this.#store.saveMultikey(index));
  }

  /** Unique entries go first: when one is taken, those before it are withdrawn and nothing else has happened. */
  #apply(collection: Collection, row: number, changes: readonly Change[], fields: Doc): void {
    const done: [Index, Buffer][] = [];
    for (const { index, add } of changes) {
      if (!index.unique || !index.ready) continue;
      for (const key of add) {
        if (this.addEntry(index, row, key)) {
          done.push([index, key]);
          continue;
        }
        for (const [taken, value] of done) this.#deleteEntry(taken, value, row);
        throw duplicateKey(collection, index, { fields, key });
      }
    }
    this.#applyRest(row, changes);
  }

  /** Removals, and entries that cannot be refused. */
  #applyRest(row: number, changes: readonly Change[]): void {
    for (const { index, add, remove } of changes) {
      if (!index.ready) index.touched.add(row);
      for (const key of remove) this.#deleteEntry(index, key, row);
      if (index.unique || !index.ready) continue;
      for (const key of add) this.addEntry(index, row, key);
    }
  }

  #deleteEntry(index: Index, key: Buffer, row: number): void {
    const remove = this.#store.statements.removeEntry(index.table);
    this.guard(() => remove.run(key, row));
  }

  /** Runs a change of the file. A failure of the file itself ends the whole transaction. */
  guard<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      throw this.#store.abort(error);
    }
  }
}

/** The fields whose bytes differ between two documents. */
function differing(before: Uint8Array, after: Uint8Array, fields: ReadonlySet<string>): Set<string> {
  const [left, right] = [asBuffer(before), asBuffer(after)];
  const [old, made] = [slicesOf(before, fields), slicesOf(after, fields)];
  const found = new Set<string>();
  for (const field of fields) {
    const [one, other] = [old.get(field), made.get(field)];
    const same =
      one === undefined || other === undefined
        ? one === other
        : one.type === other.type && left.compare(right, other.start, other.end, one.start, one.end) === 0;
    if (!same) found.add(field);
  }
  return found;
}

function meets(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  for (const one of right) if (left.has(one)) return true;
  return false;
}

const nothing: ReadonlySet<string> = new Set();

function difference(index: Index, before: readonly Buffer[], after: readonly Buffer[]): Change | undefined {
  const add = after.filter((key) => !before.some((other) => other.equals(key)));
  const remove = before.filter((key) => !after.some((other) => other.equals(key)));
  return add.length + remove.length === 0 ? undefined : { index, add, remove };
}

/** @throws MongoError InvalidIdField (53) for an _id that MongoDB refuses. */
export function checkId(id: Value | undefined): void {
  const type = typeName(id);
  if (['array', 'regex', 'undefined'].includes(type))
    throw new MongoError(53, `The '_id' value cannot be of type ${type}`);
  if (id instanceof Map)
    for (const key of id.keys())
      if (key.startsWith('$'))
        throw new MongoError(
          52,
          `_id fields may not contain '$'-prefixed fields: ${key} is not valid for storage.`,
        );
}

/** The refusal of a second document with the same unique key. */
export function duplicateKey(
  collection: Collection,
  index: Index,
  { fields, key }: { fields: Doc; key: Uint8Array },
): MongoError {
  const keyValue = keyValueOf(index, fields, key);
  return new MongoError(
    11000,
    `E11000 duplicate key error collection: ${collection.db}.${collection.name} index: ${index.name} dup key: ${describe(keyValue)}`,
    new Map<string, Value>([
      ['keyPattern', index.key],
      ['keyValue', keyValue],
    ]),
  );
}
