// Owns writing values as BSON bytes.
import { MongoError } from '../errors.ts';
import { bsonType, Int, RawDoc, Scalar, typeOf, type Doc, type Value } from './types.ts';
import { maxDepth } from './decode.ts';

let buffer = Buffer.allocUnsafeSlow(1 << 16);
let at = 0;

function room(size: number): void {
  if (at + size <= buffer.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + size));
  buffer.copy(larger, 0, 0, at);
  buffer = larger;
}

function writeKey(key: string): void {
  if (key.includes('\0')) throw new MongoError(22, 'a field name holds a zero byte');
  room(key.length * 3 + 1);
  at += key.length < 24 ? asciiOrUtf8(key) : buffer.utf8Write(key, at);
  buffer[at++] = 0;
}

function asciiOrUtf8(text: string): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) return buffer.utf8Write(text, at);
    buffer[at + index] = code;
  }
  return text.length;
}

function writeString(text: string): void {
  room(text.length * 3 + 5);
  const length = text.length < 24 ? ((at += 4), asciiOrUtf8(text)) : ((at += 4), buffer.utf8Write(text, at));
  buffer.writeInt32LE(length + 1, at - 4);
  at += length;
  buffer[at++] = 0;
}

function writeBytes(bytes: Uint8Array): void {
  room(bytes.length);
  buffer.set(bytes, at);
  at += bytes.length;
}

function writeElement(key: string, value: Value, depth: number): void {
  room(1);
  buffer[at++] = typeOf(value);
  writeKey(key);
  writeValue(value, depth);
}

function writeDocument(fields: Doc, depth: number): void {
  if (depth > maxDepth) throw new MongoError(15, `document exceeds the maximum nesting of ${maxDepth}`);
  const start = at;
  room(5);
  at += 4;
  for (const [key, value] of fields) writeElement(key, value, depth);
  finish(start);
}

function writeArray(values: readonly Value[], depth: number): void {
  if (depth > maxDepth) throw new MongoError(15, `document exceeds the maximum nesting of ${maxDepth}`);
  const start = at;
  room(5);
  at += 4;
  for (const [index, value] of values.entries()) writeElement(String(index), value, depth);
  finish(start);
}

function finish(start: number): void {
  room(1);
  buffer[at++] = 0;
  buffer.writeInt32LE(at - start, start);
}

function writeNumber(value: number | bigint): void {
  room(8);
  if (typeof value === 'number') buffer.writeDoubleLE(value, at);
  else buffer.writeBigInt64LE(value, at);
  at += 8;
}

function writeObject(value: Doc | Value[] | Scalar | RawDoc | Int | Date, depth: number): void {
  if (value instanceof Int) {
    room(4);
    at = buffer.writeInt32LE(value.value, at);
  } else if (value instanceof Map) writeDocument(value, depth + 1);
  else if (value instanceof Scalar || value instanceof RawDoc) writeBytes(value.bytes);
  else if (value instanceof Date) writeNumber(BigInt(value.getTime()));
  else writeArray(value, depth + 1);
}

function writeValue(value: Value, depth: number): void {
  if (typeof value === 'string') writeString(value);
  else if (typeof value === 'number' || typeof value === 'bigint') writeNumber(value);
  else if (typeof value === 'boolean') {
    room(1);
    buffer[at++] = value ? 1 : 0;
  } else if (value !== null) writeObject(value, depth);
}

/** The document as BSON, in bytes of its own. */
export function encode(fields: Doc): Buffer {
  at = 0;
  writeDocument(fields, 0);
  const made = Buffer.from(buffer.subarray(0, at));
  if (buffer.length > 1 << 22) buffer = Buffer.allocUnsafeSlow(1 << 16);
  return made;
}

/** The bytes that a value takes inside a document, without type and name. */
export function encodeValue(value: Value): Buffer {
  at = 0;
  writeValue(value, 0);
  return Buffer.from(buffer.subarray(0, at));
}

export { bsonType };
