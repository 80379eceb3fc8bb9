// Owns the different values at a path: from document to document, or from one key to the next of another value.
import { MongoError } from '../errors.ts';
import { parseFilter } from '../matcher/parse.ts';
import type { Collection, Index } from '../storage/catalog.ts';
import { keyOf } from '../storage/keys.ts';
import { decodeFields } from '../values/decode.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import { rowsOf } from './execute.ts';
import { batchBytesMax, planFor, type Reading } from './queries.ts';

const behind = Buffer.of(0xff);

/** The different values at a path, in BSON order; of arrays, their elements. */
export function distinct(reading: Reading, collection: Collection, key: string, filter: Doc): Value[] {
  const index = distinctIndex(collection, key, filter);
  const values =
    index === undefined ? scanned(reading, collection, key, filter) : skipped(reading, collection, index);
  const found = new Map<string, Value>();
  let bytes = 0;
  for (const value of values) {
    const name = keyOf(value).latin1Slice();
    if (found.has(name)) continue;
    found.set(name, value);
    bytes += name.length;
    if (bytes > batchBytesMax) throw new MongoError(17217, 'distinct too big, 16mb cap');
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** The index whose keys tell the values of all documents, or undefined when documents must be read. */
export function distinctIndex(collection: Collection, key: string, filter: Doc): Index | undefined {
  if (filter.size > 0) return undefined;
  return collection.indexes.find(
    ({ ready, sparse, partial, parts, multikey }) =>
      ready &&
      !sparse &&
      partial === undefined &&
      multikey[0] !== true &&
      parts[0]?.path === key &&
      !parts[0].descending,
  );
}

function* scanned(reading: Reading, collection: Collection, key: string, filter: Doc): Generator<Value> {
  const plan = planFor(reading, collection, { filter: parseFilter(filter), sort: [] });
  const parts = key.split('.');
  const fields = new Set([parts[0] ?? '']);
  for (const { bytes } of rowsOf(plan, { ...reading, collection }))
    yield* valuesFor(decodeFields(bytes, fields), parts, 0);
}

/** One document per value; where the field is missing the key is that of null, so there it goes on by rows. */
function* skipped(reading: Reading, { table }: Collection, index: Index): Generator<Value> {
  const parts = index.parts[0]?.parts ?? [];
  const fields = new Set([parts[0] ?? '']);
  const sql = `SELECT i.k, i.r, d.doc FROM ${index.table} AS i CROSS JOIN ${table} AS d ON d.id = i.r
    WHERE (i.k, i.r) > (?, ?) ORDER BY i.k, i.r LIMIT 1`;
  const statement = reading.statements.get(sql);
  let [key, row]: [Uint8Array, number] = [Buffer.alloc(0), -1];
  for (;;) {
    const next = statement.get(key, row) as unknown as [Uint8Array, number, Uint8Array] | undefined;
    if (next === undefined) return;
    reading.budget.spendKey();
    reading.budget.spendDoc();
    const [value] = valuesFor(decodeFields(next[2], fields), parts, 0);
    if (value === undefined) [key, row] = next;
    else {
      yield value;
      [key, row] = [Buffer.concat([keyOf(value), behind]), -1];
    }
  }
}

function valuesFor(value: Value | undefined, parts: readonly string[], at: number): Value[] {
  if (value === undefined) return [];
  if (at === parts.length) return Array.isArray(value) ? value : [value];
  const part = parts[at] ?? '';
  if (isDoc(value)) return valuesFor(value.get(part), parts, at + 1);
  if (!Array.isArray(value)) return [];
  const index = /^\d+$/.test(part) ? value[Number(part)] : undefined;
  if (index !== undefined) return valuesFor(index, parts, at + 1);
  return value.flatMap((element) => (isDoc(element) ? valuesFor(element, parts, at) : []));
}
