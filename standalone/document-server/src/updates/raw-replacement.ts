// Owns replacements that stay in their bytes: a whole document put in the place of another without being read.
import { checkDocument, decode, decodeFields, fieldNames, slicesOf } from '../values/decode.ts';
import { encode } from '../values/encode.ts';
import { bsonType, RawDoc, type Doc, type Value } from '../values/types.ts';

const lengthBytes = 4;
const endBytes = 1;
const updateOnly: ReadonlySet<string> = new Set(['u']);
const idOnly: ReadonlySet<string> = new Set(['_id']);

/** A replacement in bytes; undefined for what must be read: operators, and documents with an _id of their own. */
function rawReplacement(bytes: Uint8Array): RawDoc | undefined {
  checkDocument(bytes);
  const reads = fieldNames(bytes).some((name) => name === '_id' || name.startsWith('$'));
  return reads ? undefined : new RawDoc(bytes);
}

/**
 * An update statement; its `u` stays in its bytes when it is a replacement without an _id of its own.
 * @throws MongoError when the bytes are not a well-formed document
 */
export function readStatement(bytes: Uint8Array): Doc {
  const names = fieldNames(bytes);
  const u =
    names.filter((name) => name === 'u').length === 1 ? slicesOf(bytes, updateOnly).get('u') : undefined;
  const raw = u?.type === bsonType.object ? rawReplacement(bytes.subarray(u.start, u.end)) : undefined;
  if (raw === undefined) return decode(bytes);
  const statement = decodeFields(bytes, new Set(names.filter((name) => name !== 'u')));
  return statement.set('u', raw);
}

/** The replacement with the _id that a stored document begins with. */
export function replaced(before: Uint8Array, replacement: RawDoc): Buffer {
  const end = slicesOf(before, idOnly).get('_id')?.end ?? lengthBytes;
  return joined(before.subarray(lengthBytes, end), replacement.bytes);
}

/** The replacement with this _id. */
export function withFreshId(id: Value, replacement: RawDoc): Buffer {
  const made = encode(new Map([['_id', id]]));
  return joined(made.subarray(lengthBytes, made.length - endBytes), replacement.bytes);
}

function joined(id: Uint8Array, rest: Uint8Array): Buffer {
  const made = Buffer.allocUnsafe(id.length + rest.length);
  made.writeInt32LE(made.length, 0);
  made.set(id, lengthBytes);
  made.set(rest.subarray(lengthBytes), lengthBytes + id.length);
  return made;
}
