// Owns reading BSON bytes: whole documents, only some top-level fields, and the structural check of input.
import { isUtf8 } from 'node:buffer';
import { MongoError } from '../errors.ts';
import { broken, readers, sizeAt } from './readers.ts';
import { bsonType, type Doc, type Value } from './types.ts';

/** Deepest nesting that is read; MongoDB's own limit. */
export const maxDepth = 200;

const keyCache: string[] = new Array<string>(8192).fill('');
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
      else this.#at += sizeAt(this.#buffer, this.#at, type);
    }
    return made;
  }

  /** Where the values of the wanted fields lie, each with its type byte before its name. */
  slices(wanted: ReadonlySet<string>): Map<string, Slice> {
    const end = this.#enter(0);
    const made = new Map<string, Slice>();
    for (let type = this.#type(end); type !== 0 && made.size < wanted.size; type = this.#type(end)) {
      const key = this.#key(end);
      const start = this.#at;
      this.#at += sizeAt(this.#buffer, this.#at, type);
      if (wanted.has(key)) made.set(key, { type, start, end: this.#at });
    }
    return made;
  }

  /** The names of the fields, in order. */
  names(): string[] {
    const end = this.#enter(0);
    const made: string[] = [];
    for (let type = this.#type(end); type !== 0; type = this.#type(end)) {
      made.push(this.#key(end));
      this.#at += sizeAt(this.#buffer, this.#at, type);
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
    const size = sizeAt(this.#buffer, this.#at, bsonType.string);
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
    const size = sizeAt(this.#buffer, this.#at, type);
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

/** Where a field's value lies in the bytes of its document. */
export interface Slice {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/** Where the wanted top-level fields lie, unread. */
export function slicesOf(bytes: Uint8Array, wanted: ReadonlySet<string>): Map<string, Slice> {
  return new Decoder(asBuffer(bytes), 0).slices(wanted);
}

/** The names of the top-level fields, in order. */
export function fieldNames(bytes: Uint8Array): string[] {
  return new Decoder(asBuffer(bytes), 0).names();
}

/** @throws MongoError when the bytes are not one well-formed document with UTF-8 strings. */
export function checkDocument(bytes: Uint8Array): void {
  const buffer = asBuffer(bytes);
  new Decoder(buffer, 0).check(0);
  if (buffer.readInt32LE(0) !== buffer.length) throw broken('a document has a wrong length');
}
