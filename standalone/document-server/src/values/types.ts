// Owns the in-memory form of BSON values: every type keeps its identity, documents keep their field order.

declare global {
  /** Methods of Node's buffers that its type definitions leave out; several times faster than toString on short text. */
  interface Buffer {
    utf8Slice(start?: number, end?: number): string;
    latin1Slice(start?: number, end?: number): string;
    utf8Write(text: string, at: number): number;
  }
}

/** BSON int32; kept apart from a double so that 5 and 5.0 stay what they are. */
export class Int {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Any BSON type without a form of its own here: its type byte and its exact bytes. */
export class Scalar {
  readonly type: number;
  readonly bytes: Buffer;
  constructor(type: number, bytes: Buffer) {
    this.type = type;
    this.bytes = bytes;
  }
}

/** A document in its stored bytes, written out as it is. */
export class RawDoc {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A document: fields in order. */
export type Doc = Map<string, Value>;

/** Any value: number is a BSON double, bigint a 64-bit integer, null is null; missing is `undefined`. */
export type Value = number | Int | bigint | string | boolean | null | Date | Scalar | RawDoc | Value[] | Doc;

/** BSON type bytes. */
export const bsonType = {
  double: 0x01,
  string: 0x02,
  object: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  bool: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  code: 0x0d,
  symbol: 0x0e,
  codeWithScope: 0x0f,
  int: 0x10,
  timestamp: 0x11,
  long: 0x12,
  decimal: 0x13,
  minKey: 0xff,
  maxKey: 0x7f,
} as const;

/** The BSON value `undefined`, which index keys use for an empty array. */
export const undefinedValue = new Scalar(bsonType.undefined, Buffer.alloc(0));

const typeOfJs: Readonly<Record<string, number>> = {
  number: bsonType.double,
  bigint: bsonType.long,
  string: bsonType.string,
  boolean: bsonType.bool,
};

/** The BSON type byte of a value. */
export function typeOf(value: Value): number {
  const simple = typeOfJs[typeof value];
  if (simple !== undefined) return simple;
  if (value === null) return bsonType.null;
  if (value instanceof Int) return bsonType.int;
  if (value instanceof Scalar) return value.type;
  if (value instanceof Date) return bsonType.date;
  return Array.isArray(value) ? bsonType.array : bsonType.object;
}

const canonical = new Map<number, number>([
  [bsonType.minKey, 0x02],
  [bsonType.undefined, 0x04],
  [bsonType.null, 0x05],
  [bsonType.double, 0x0a],
  [bsonType.int, 0x0a],
  [bsonType.long, 0x0a],
  [bsonType.decimal, 0x0a],
  [bsonType.string, 0x0f],
  [bsonType.symbol, 0x0f],
  [bsonType.object, 0x14],
  [bsonType.array, 0x19],
  [bsonType.binary, 0x1e],
  [bsonType.objectId, 0x23],
  [bsonType.bool, 0x28],
  [bsonType.date, 0x2d],
  [bsonType.timestamp, 0x2f],
  [bsonType.regex, 0x32],
  [bsonType.dbPointer, 0x37],
  [bsonType.code, 0x3c],
  [bsonType.codeWithScope, 0x41],
  [bsonType.maxKey, 0x7f],
]);

/** The place of a value's type in BSON comparison order; types that compare with each other share it. */
export function orderOf(value: Value): number {
  return canonical.get(typeOf(value)) ?? 0x7e;
}

/** True for a document in decoded form. */
export function isDoc(value: Value | undefined): value is Doc {
  return value instanceof Map;
}

/** A document from pairs; shorthand for the many replies the server builds. */
export function doc(...pairs: [string, Value | undefined][]): Doc {
  const made: Doc = new Map();
  for (const [key, value] of pairs) if (value !== undefined) made.set(key, value);
  return made;
}

const names = new Map<number, string>(
  Object.entries(bsonType).map(([name, type]) => [type, name === 'dbPointer' ? 'dbPointer' : name]),
);
names.set(bsonType.code, 'javascript').set(bsonType.codeWithScope, 'javascriptWithScope');
names.set(bsonType.binary, 'binData');

/** MongoDB's name for the type of a value, as in $type and in error messages. */
export function typeName(value: Value | undefined): string {
  return value === undefined ? 'missing' : (names.get(typeOf(value)) ?? 'unknown');
}

/** The type byte (0-255) for a $type alias, or undefined when there is no such name. */
export function typeByName(name: string): number | undefined {
  for (const [type, known] of names) if (known === name) return type;
  return undefined;
}
