// Owns the passage between this server's values and those of the `bson` package, for metadata files.
import { deserialize, serialize } from 'bson';
import { encode } from '../values/encode.ts';
import type { Doc } from '../values/types.ts';

/** The document as the `bson` package reads it, with its number types kept apart. */
export function plainDoc(fields: Doc): unknown {
  return deserialize(encode(fields), { promoteValues: false });
}

/** A value of the `bson` package as BSON bytes. */
export function bsonBytes(value: Record<string, unknown>): Uint8Array {
  return serialize(value);
}
