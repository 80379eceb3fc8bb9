// Owns index keys: byte strings whose order is BSON order, so that values equal across types share one key.
import { MongoError } from '../errors.ts';
import { exact, isNumber, toDouble, type Numeric } from '../values/numbers.ts';
import { compareDecimals, exactDecimal, type Decimal } from '../values/decimal.ts';
import { bsonType, Int, isDoc, orderOf, RawDoc, Scalar, type Value } from '../values/types.ts';

/** Longest key that is stored, in bytes; longer values cannot be indexed. */
export const keyBytesMax = 1 << 20;

let buffer = Buffer.allocUnsafeSlow(1 << 12);
let at = 0;

function room(size: number): void {
  if (at + size <= buffer.length) return;
  if (at + size > keyBytesMax * 2) throw new MongoError(17280, 'an index key is too large');
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + size));
  buffer.copy(larger, 0, 0, at);
  buffer = larger;
}

function putByte(byte: number): void {
  room(1);
  buffer[at++] = byte;
}

function putEscaped(bytes: Uint8Array): void {
  room(bytes.length * 2 + 2);
  for (const byte of bytes) {
    buffer[at++] = byte;
    if (byte === 0) buffer[at++] = 0xff;
  }
  buffer[at++] = 0;
  buffer[at++] = 0;
}

function putText(text: string): void {
  if (text.includes('\0')) {
    putEscaped(Buffer.from(text));
    return;
  }
  room(text.length * 3 + 2);
  at += buffer.utf8Write(text, at);
  buffer[at++] = 0;
  buffer[at++] = 0;
}

/** A double so that unsigned byte order is numeric order; NaN is all zero bytes, before -Infinity. */
function putDouble(value: number): void {
  room(8);
  if (Number.isNaN(value)) buffer.fill(0, at, at + 8);
  else {
    buffer.writeDoubleBE(value === 0 ? 0 : value, at);
    const negative = ((buffer[at] ?? 0) & 0x80) !== 0;
    if (negative) invert(at, at + 8);
    else buffer[at] = (buffer[at] ?? 0) | 0x80;
  }
  at += 8;
}

function invert(from: number, to: number): void {
  for (let index = from; index < to; index++) buffer[index] = ~(buffer[index] ?? 0) & 0xff;
}

function putNumber(value: Numeric): void {
  if (value instanceof Int || typeof value === 'number') {
    putDouble(value instanceof Int ? value.value : value);
    putByte(0x80);
    return;
  }
  const double = toDouble(value);
  putDouble(double);
  if (typeof value === 'bigint' && BigInt(double) === value) putByte(0x80);
  else putRemainder(exact(value), double);
}

/** Numbers that share a double: below it, the double itself, above it; then by their exact digits. */
function putRemainder(value: Decimal | number, double: number): void {
  if (typeof value === 'number') {
    putByte(0x80);
    return;
  }
  const side = Number.isFinite(double) ? compareDecimals(value, exactDecimal(double)) : -Math.sign(double);
  putByte(0x80 + side);
  if (side !== 0) putDigits(value);
}

function putDigits(value: Decimal): void {
  const negative = value.coefficient < 0n;
  const digits = String(negative ? -value.coefficient : value.coefficient);
  const start = at;
  room(4);
  buffer.writeUInt16BE(32768 + digits.length + value.exponent, at);
  at += 2;
  putText(digits.replace(/0+$/, ''));
  if (negative) invert(start, at);
}

function putScalar(value: Scalar): void {
  if (value.type === bsonType.binary) {
    room(4);
    at = buffer.writeUInt32BE(value.bytes.readUInt32LE(0), at);
    putEscaped(value.bytes.subarray(4));
  } else if (value.type === bsonType.timestamp) {
    room(8);
    at = buffer.writeBigUInt64BE(value.bytes.readBigUInt64LE(0), at);
  } else if (value.type === bsonType.objectId) {
    room(12);
    at += value.bytes.copy(buffer, at);
  } else if (value.type === bsonType.symbol) putEscaped(value.bytes.subarray(4, -1));
  else if (value.type === bsonType.code) putEscaped(value.bytes.subarray(4));
  else if (value.bytes.length > 0) putEscaped(value.bytes);
}

function putObject(value: Exclude<Value, string | boolean | null | number | bigint>): void {
  if (value instanceof Scalar) putScalar(value);
  else if (value instanceof Date) {
    room(8);
    at = buffer.writeBigInt64BE(BigInt(value.getTime()), at);
    buffer[at - 8] = (buffer[at - 8] ?? 0) ^ 0x80;
  } else if (isDoc(value)) {
    for (const [key, part] of value) {
      putByte(1);
      putByte(orderOf(part));
      putText(key);
      putValue(part);
    }
    putByte(0);
  } else if (Array.isArray(value)) {
    for (const part of value) {
      putByte(1);
      putValue(part);
    }
    putByte(0);
  } else if (value instanceof RawDoc) throw new MongoError(1, 'an undecoded document has no key');
}

function putValue(value: Value): void {
  putByte(orderOf(value));
  if (typeof value === 'string') putText(value);
  else if (isNumber(value)) putNumber(value);
  else if (typeof value === 'boolean') putByte(value ? 1 : 0);
  else if (value !== null) putObject(value);
}

/** The key bytes of one value, ascending. */
export function keyOf(value: Value): Buffer {
  at = 0;
  putValue(value);
  return Buffer.from(buffer.subarray(0, at));
}

/** The key bytes of one component: inverted when it is descending. */
export function componentOf(value: Value, descending: boolean): Buffer {
  at = 0;
  putValue(value);
  if (descending) invert(0, at);
  return Buffer.from(buffer.subarray(0, at));
}

/** The key of several components; `descending[i]` tells the direction of each. */
export function compoundKey(values: readonly Value[], descending: readonly boolean[]): Buffer {
  at = 0;
  for (const [index, value] of values.entries()) {
    const start = at;
    putValue(value);
    if (descending[index] === true) invert(start, at);
  }
  if (at > keyBytesMax) throw new MongoError(17280, `an index key is longer than ${keyBytesMax} bytes`);
  return Buffer.from(buffer.subarray(0, at));
}
