// Owns reading BSON bytes: whole documents, only some top-level fields, and the structural check of input.
import { isUtf8 } from 'node:buffer';
import { MongoError } from '../errors.ts';
import { bsonType, Int, Scalar, type Doc, type Value } from './types.ts';

/** Deepest nesting that is read; MongoDB's own limit. */
export const maxDepth = 200;

const smallInts = Array.from({ length: 1280 }, (_, index) => new Int(index - 256));
const keyCache: string[] = new Array<string>(8192).fill('');
const fixedSizes = new Map<number, number>([
  [bsonType.double, 8],
  [bsonType.undefined, 0],
  [bsonType.objectId, 12],
  [bsonType.bool, 1],
  [bsonType.date, 8],
  [bsonType.null, 0],
  [bsonType.int, 4],
  [bsonType.timestamp, 8],
  [bsonType.long, 8],
  [bsonType.decimal, 16],
  [bsonType.minKey, 0],
  [bsonType.maxKey, 0],
]);
const sizeOverhead = new Map<number, number>([
  [bsonType.string, 4],
  [bsonType.object, 0],
  [bsonType.array, 0],
  [bsonType.binary, 5],
  [bsonType.dbPointer, 16],
  [bsonType.code, 4],
  [bsonType.symbol, 4],
  [bsonType.codeWithScope, 0],
]);

/** The BSON int32 for a JavaScript integer. */
export function int(value: number): Int {
  return smallInts[value + 256] ?? new Int(value);
}

function broken(why: string): MongoError {
  return new MongoError(22, `Invalid BSON: ${why}`);
}

/** A cursor over BSON bytes. Every read checks its bounds and throws InvalidBSON (22). */
class Decoder {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
  }

  /** Enters a document: checks its length against what is there and returns the offset of its end byte. */
  #enter(depth: number): number {
    if (depth > maxDepth) throw new MongoError(15, `document exceeds the maximum nesting of ${maxDepth}`);
    const start = this.#at;
    if (start + 5 > this.#buffer.length) throw broken('a document is cut off');
    const size = this.#buffer.readInt32LE(start);
    const end = start + size - 1;
    if (size < 5 || end >= this.#buffer.length) throw broken(`a document claims ${size} bytes`);
    if (this.#buffer[end] !== 0) throw broken('a document does not end in a zero byte');
    this.#at = start + 4;
    return end;
  }

  /** Next type byte, or 0 at the end of the document. */
  #type(end: number): number {
    if (this.#at > end) throw broken('an element passes the end of its document');
    const type = this.#buffer[this.#at++] ?? 0;
    if (type === 0 && this.#at !== end + 1) throw broken('a document ends before its length');
    return type;
  }

  #key(end: number): string {
    const buffer = this.#buffer;
    const start = this.#at;
    let hash = 0;
    let at = start;
    let byte = buffer[at] ?? 0;
    while (byte !== 0) {
      hash = (Math.imul(hash, 31) + byte) | 0;
      byte = buffer[++at] ?? 0;
    }
    if (at >= end) throw broken('a field name is not ended');
    this.#at = at + 1;
    return cachedKey(buffer, start, at, (hash ^ (hash >>> 13)) & 8191);
  }

  document(depth: number): Doc {
    const end = this.#enter(depth);
    const made: Doc = new Map();
    for (let type = this.#type(end); type !== 0; type = this.#type(end)) {
      made.set(this.#key(end), this.value(type, depth, end));
    }
    return made;
  }

  array(depth: number): Value[] {
    const end = this.#enter(depth);
    const made: Value[] = [];
    for (let type = this.#type(end); type !== 0; type = this.#type(end)) {
      this.#key(end);
      made.push(this.value(type, depth, end));
    }
    return made;
  }

  fields(wanted: ReadonlySet<string>): Doc {
    const end = this.#enter(0);
    const made: Doc = new Map();
    for (let type = this.#type(end); type !== 0 && made.size < wanted.size; type = this.#type(end)) {
      const key = this.#key(end);
      if (wanted.has(key)) made.set(key, this.value(type, 0, end));
      else this.#at += this.#size(type);
    }
    return made;
  }

  check(depth: number): void {
    const end = this.#enter(depth);
    for (let type = this.#type(end); type !== 0; type = this.#type(end)) {
      this.#key(end);
      if (type === bsonType.object || type === bsonType.array) this.check(depth + 1);
      else if (type === bsonType.string) this.#checkString(end);
      else this.value(type, depth, end);
    }
  }

  #checkString(end: number): void {
    const start = this.#at + 4;
    const size = this.#size(bsonType.string);
    const stop = this.#at + size;
    if (stop > end || this.#buffer[stop - 1] !== 0) throw broken('a string is cut off');
    const text = this.#buffer.subarray(start, stop - 1);
    if (!isUtf8(text)) throw broken('a string is not UTF-8');
    this.#at = stop;
  }

  value(type: number, depth: number, end: number): Value {
    const reader = readers[type];
    if (reader === undefined) throw broken(`unknown type 0x${type.toString(16)}`);
    const start = this.#at;
    const size = this.#size(type);
    if (start + size > end) throw broken('a value passes the end of its document');
    if (type === bsonType.object) return this.document(depth + 1);
    if (type === bsonType.array) return this.array(depth + 1);
    if (type === bsonType.codeWithScope) this.#checkScope(start + size, depth);
    this.#at = start + size;
    return reader(this.#buffer, start, size);
  }

  /** Code with scope: its own length, a text, and a document that ends where the value ends. */
  #checkScope(end: number, depth: number): void {
    this.#at += 4;
    if (this.#at + 4 > end) throw broken('a code with scope is cut off');
    this.#checkString(end);
    const scope = this.#at;
    this.check(depth + 1);
    if (scope === end || this.#at !== end) throw broken('a scope has a wrong length');
  }

  /** Bytes of the value of this type at the cursor. */
  #size(type: number): number {
    const fixed = fixedSizes.get(type);
    if (fixed !== undefined) return fixed;
    if (type === bsonType.regex) return this.#regexSize();
    const overhead = sizeOverhead.get(type);
    if (overhead === undefined) throw broken(`unknown type 0x${type.toString(16)}`);
    if (this.#at + 4 > this.#buffer.length) throw broken('a length is cut off');
    const length = this.#buffer.readInt32LE(this.#at);
    if (length < 0) throw broken('a length is negative');
    return length + overhead;
  }

  #regexSize(): number {
    const pattern = this.#buffer.indexOf(0, this.#at);
    const options = pattern < 0 ? -1 : this.#buffer.indexOf(0, pattern + 1);
    if (options < 0) throw broken('a regular expression is not ended');
    return options + 1 - this.#at;
  }
}

function cachedKey(buffer: Buffer, start: number, end: number, slot: number): string {
  const known = keyCache[slot] ?? '';
  if (known.length === end - start) {
    let index = 0;
    while (index < known.length && known.charCodeAt(index) === buffer[start + index]) index++;
    if (index === known.length) return known;
  }
  const key = buffer.utf8Slice(start, end);
  if (key.length === end - start && key.length < 64) keyCache[slot] = key;
  else if (key.includes('\ufffd') && !isUtf8(buffer.subarray(start, end)))
    throw broken('a field name is not UTF-8');
  return key;
}

type Reader = (buffer: Buffer, start: number, size: number) => Value;

function readString(buffer: Buffer, start: number, size: number): string {
  const end = start + size - 1;
  if (size < 5 || buffer[end] !== 0) throw broken('a string is not ended');
  return textOf(buffer, start + 4, end);
}

function textOf(buffer: Buffer, start: number, end: number): string {
  const text = buffer.utf8Slice(start, end);
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(start, end))) throw broken('a string is not UTF-8');
  return text;
}

function readDate(buffer: Buffer, start: number): Date {
  const date = new Date(Number(buffer.readBigInt64LE(start)));
  if (Number.isNaN(date.getTime())) throw new MongoError(2, 'a date is outside the range this server keeps');
  return date;
}

function readBool(buffer: Buffer, start: number): boolean {
  const byte = buffer[start] ?? 0;
  if (byte > 1) throw broken('a boolean is neither 0 nor 1');
  return byte === 1;
}

function scalarReader(type: number): Reader {
  return (buffer, start, size) => new Scalar(type, buffer.subarray(start, start + size));
}

/** A reader that keeps the bytes as they are, once the lengths inside them are known to hold. */
function checkedReader(type: number, check: (bytes: Buffer) => void): Reader {
  return (buffer, start, size) => {
    const bytes = buffer.subarray(start, start + size);
    check(bytes);
    return new Scalar(type, bytes);
  };
}

/** Binary of the old subtype 2 repeats its length inside. */
function checkBinary(bytes: Buffer): void {
  if (bytes[4] === 2 && (bytes.length < 9 || bytes.readInt32LE(5) !== bytes.length - 9))
    throw broken('a binary value has a wrong length inside');
}

const readers: (Reader | undefined)[] = [];
for (const type of Object.values(bsonType)) readers[type] = scalarReader(type);
for (const type of [bsonType.code, bsonType.symbol])
  readers[type] = checkedReader(type, (bytes) => void readString(bytes, 0, bytes.length));
readers[bsonType.dbPointer] = checkedReader(
  bsonType.dbPointer,
  (bytes) => void readString(bytes, 0, bytes.length - 12),
);
readers[bsonType.binary] = checkedReader(bsonType.binary, checkBinary);
readers[bsonType.double] = (buffer, start) => buffer.readDoubleLE(start);
readers[bsonType.string] = readString;
readers[bsonType.bool] = readBool;
readers[bsonType.date] = readDate;
readers[bsonType.null] = () => null;
readers[bsonType.int] = (buffer, start) => int(buffer.readInt32LE(start));
readers[bsonType.long] = (buffer, start) => buffer.readBigInt64LE(start);

/** Bytes as a Buffer without copying. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Decodes the document at an offset.
 * @throws MongoError InvalidBSON when the bytes are not a well-formed document.
 */
export function decode(bytes: Uint8Array, offset = 0): Doc {
  return new Decoder(asBuffer(bytes), offset).document(0);
}

/** Decodes only the wanted top-level fields; the rest is skipped unread. */
export function decodeFields(bytes: Uint8Array, wanted: ReadonlySet<string>): Doc {
  return new Decoder(asBuffer(bytes), 0).fields(wanted);
}

/** @throws MongoError when the bytes are not one well-formed document with UTF-8 strings. */
export function checkDocument(bytes: Uint8Array): void {
  const buffer = asBuffer(bytes);
  new Decoder(buffer, 0).check(0);
  if (buffer.readInt32LE(0) !== buffer.length) throw broken('a document has a wrong length');
}
