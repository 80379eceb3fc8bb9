// Owns the document that an upsert inserts: equalities of the filter, then the update, then an _id.
import { MongoError } from '../errors.ts';
import { randomBytes } from 'node:crypto';
import type { Filter } from '../matcher/parse.ts';
import { patternOf } from '../matcher/regex.ts';
import { bsonType, Scalar, type Doc, type Value } from '../values/types.ts';
import { encode } from '../values/encode.ts';
import { withFreshId } from './raw-replacement.ts';
import { cloneValue, getAt, setAt } from './tree.ts';
import type { Update } from './update.ts';

const processBytes = randomBytes(5);
let counter = randomBytes(3).readUIntBE(0, 3);

/** A new ObjectId. */
export function newObjectId(): Scalar {
  const bytes = Buffer.allocUnsafe(12);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000), 0);
  processBytes.copy(bytes, 4);
  counter = (counter + 1) % 0x1000000;
  bytes.writeUIntBE(counter, 9, 3);
  return new Scalar(bsonType.objectId, bytes);
}

/** A document to insert, with its _id. */
export interface Upserted {
  readonly id: Value;
  readonly bytes: Buffer;
}

/** The document to insert when nothing matches; its _id is the first field. */
export function upsertDocument(filter: Filter, update: Update): Upserted {
  const seed: Doc = new Map();
  if (update.isReplacement) {
    const id = equalities(filter).find(([parts]) => parts.join('.') === '_id');
    if (id !== undefined) seed.set('_id', id[1]);
    if (update.raw !== undefined) {
      const given = seed.get('_id') ?? newObjectId();
      return { id: given, bytes: withFreshId(given, update.raw) };
    }
  } else for (const [parts, value] of equalities(filter)) plant(seed, parts, value);
  const made = withId(update.apply(seed, true) ?? seed);
  return { id: made.get('_id') ?? null, bytes: encode(made) };
}

function plant(seed: Doc, parts: readonly string[], value: Value): void {
  if (getAt(seed, parts) !== undefined)
    throw new MongoError(54, `cannot infer query fields to set, path '${parts.join('.')}' is matched twice`);
  setAt(seed, parts, cloneValue(value));
}

function equalities(filter: Filter): [readonly string[], Value][] {
  if (filter.kind === 'and') return filter.children.flatMap(equalities);
  if (filter.kind === 'or' && filter.children.length === 1) return filter.children.flatMap(equalities);
  if (filter.kind !== 'leaf') return [];
  if (filter.op === 'eq') return [[filter.parts, filter.value]];
  const only = filter.op === 'in' && Array.isArray(filter.value) ? onlyValue(filter.value) : undefined;
  return only === undefined ? [] : [[filter.parts, only]];
}

function onlyValue(values: readonly Value[]): Value | undefined {
  const [only] = values;
  return values.length === 1 && patternOf(only) === undefined ? only : undefined;
}

/** The document with its _id first, and with a new one when it has none. */
export function withId(fields: Doc): Doc {
  const made: Doc = new Map<string, Value>([['_id', fields.get('_id') ?? newObjectId()]]);
  for (const [key, value] of fields) if (key !== '_id') made.set(key, value);
  return made;
}
