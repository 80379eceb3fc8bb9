// Owns the BSON types one by one: how many bytes a value takes, and reading it.
import { isUtf8 } from 'node:buffer';
import { MongoError } from '../errors.ts';
import { bsonType, Int, Scalar, type Value } from './types.ts';

const smallInts = Array.from({ length: 1280 }, (_, index) => new Int(index - 256));
const fixedSizes = byType({
  [bsonType.double]: 8,
  [bsonType.undefined]: 0,
  [bsonType.objectId]: 12,
  [bsonType.bool]: 1,
  [bsonType.date]: 8,
  [bsonType.null]: 0,
  [bsonType.int]: 4,
  [bsonType.timestamp]: 8,
  [bsonType.long]: 8,
  [bsonType.decimal]: 16,
  [bsonType.minKey]: 0,
  [bsonType.maxKey]: 0,
});
const sizeOverhead = byType({
  [bsonType.string]: 4,
  [bsonType.object]: 0,
  [bsonType.array]: 0,
  [bsonType.binary]: 5,
  [bsonType.dbPointer]: 16,
  [bsonType.code]: 4,
  [bsonType.symbol]: 4,
  [bsonType.codeWithScope]: 0,
});

/** A table by type byte; -1 where the type is not in it. */
function byType(sizes: Readonly<Record<number, number>>): Int8Array {
  const table = new Int8Array(256).fill(-1);
  for (const [type, size] of Object.entries(sizes)) table[Number(type)] = size;
  return table;
}

/** The BSON int32 for a JavaScript integer. */
export function int(value: number): Int {
  return smallInts[value + 256] ?? new Int(value);
}

/** The refusal of bytes that are not BSON. */
export function broken(why: string): MongoError {
  return new MongoError(22, `Invalid BSON: ${why}`);
}

/**
 * Bytes that a value of this type takes at a place.
 * @throws MongoError InvalidBSON (22) for an unknown type, or a length that is cut off or negative
 */
export function sizeAt(buffer: Buffer, at: number, type: number): number {
  const fixed = fixedSizes[type] ?? -1;
  if (fixed >= 0) return fixed;
  if (type === bsonType.regex) return regexSize(buffer, at);
  const overhead = sizeOverhead[type] ?? -1;
  if (overhead < 0) throw broken(`unknown type 0x${type.toString(16)}`);
  if (at + 4 > buffer.length) throw broken('a length is cut off');
  const length = buffer.readInt32LE(at);
  if (length < 0) throw broken('a length is negative');
  return length + overhead;
}

function regexSize(buffer: Buffer, at: number): number {
  const pattern = buffer.indexOf(0, at);
  const options = pattern < 0 ? -1 : buffer.indexOf(0, pattern + 1);
  if (options < 0) throw broken('a regular expression is not ended');
  return options + 1 - at;
}

/** Reads a value from its bytes. */
export type Reader = (buffer: Buffer, start: number, size: number) => Value;

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

/** Readers by type byte. */
export const readers: (Reader | undefined)[] = [];
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
