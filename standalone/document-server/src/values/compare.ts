// Owns BSON comparison order across all types.
import { bsonType, isDoc, orderOf, Scalar, type Doc, type Value } from './types.ts';
import { compareNumbers, isNumber } from './numbers.ts';

/** Compares two values in BSON order: negative, zero or positive. Missing is given as null by callers. */
export function compare(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right);
  const a = orderOf(left);
  const b = orderOf(right);
  if (a !== b) return a - b;
  return compareSameOrder(left, right);
}

function compareSameOrder(left: Value, right: Value): number {
  if (isDoc(left) && isDoc(right)) return compareDocs(left, right);
  if (Array.isArray(left) && Array.isArray(right)) return compareArrays(left, right);
  if (left instanceof Date || typeof left === 'boolean') return Number(left) - Number(right);
  if (left instanceof Scalar && right instanceof Scalar) return compareScalars(left, right);
  return compareStrings(symbolText(left), symbolText(right));
}

function symbolText(value: Value): string {
  if (typeof value === 'string') return value;
  return value instanceof Scalar && value.type === bsonType.symbol
    ? value.bytes.utf8Slice(4, value.bytes.length - 1)
    : '';
}

function compareScalars(left: Scalar, right: Scalar): number {
  if (left.type === bsonType.timestamp) {
    const a = left.bytes.readBigUInt64LE(0);
    const b = right.bytes.readBigUInt64LE(0);
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (left.type === bsonType.binary) {
    const byLength = left.bytes.readInt32LE(0) - right.bytes.readInt32LE(0);
    return byLength !== 0 ? byLength : left.bytes.compare(right.bytes);
  }
  if (left.type === bsonType.code || left.type === bsonType.symbol)
    return left.bytes.subarray(4).compare(right.bytes.subarray(4));
  return left.bytes.compare(right.bytes);
}

function compareDocs(left: Doc, right: Doc): number {
  const others = right.entries();
  for (const [key, value] of left) {
    const other = others.next();
    if (other.done === true) return 1;
    const [otherKey, otherValue] = other.value;
    const result =
      orderOf(value) - orderOf(otherValue) || compareStrings(key, otherKey) || compare(value, otherValue);
    if (result !== 0) return result;
  }
  return others.next().done === true ? 0 : -1;
}

function compareArrays(left: readonly Value[], right: readonly Value[]): number {
  for (const [index, value] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const result = compare(value, other);
    if (result !== 0) return result;
  }
  return left.length < right.length ? -1 : 0;
}

/** Compares by Unicode code point, which is the order of the UTF-8 bytes. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

/** Lifts surrogates above the rest of the basic plane, where their code points belong. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** True when the two are equal in BSON order (so 1, 1.0 and Decimal 1 are equal). */
export function equal(left: Value, right: Value): boolean {
  return compare(left, right) === 0;
}
