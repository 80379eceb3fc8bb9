// Owns arithmetic and comparison across int, long, double and decimal without losing type or value.
import { MongoError } from '../errors.ts';
import { bsonType, Int, Scalar, typeName, typeOf, type Value } from './types.ts';
import * as decimal from './decimal.ts';
import { int } from './readers.ts';

/** A value of one of the four number types. */
export type Numeric = number | Int | bigint | Scalar;

const longMin = -(2n ** 63n);
const longMax = 2n ** 63n - 1n;

/** True for int, long, double and decimal. */
export function isNumber(value: Value | undefined): value is Numeric {
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Int) return true;
  return value instanceof Scalar && value.type === bsonType.decimal;
}

/** The nearest double. */
export function toDouble(value: Numeric): number {
  if (value instanceof Int) return value.value;
  return value instanceof Scalar ? Number(decimal.decimalText(value)) : Number(value);
}

/** The integer in a number, or undefined when it is not whole. */
export function toInteger(value: Value | undefined): number | undefined {
  if (!isNumber(value)) return undefined;
  const double = toDouble(value);
  return Number.isSafeInteger(double) ? double : undefined;
}

/** Compares two numbers exactly; NaN equals itself and comes first. */
export function compareNumbers(left: Numeric, right: Numeric): number {
  if (left instanceof Int && right instanceof Int) return left.value - right.value;
  if (left instanceof Scalar || right instanceof Scalar) return compareWithDecimal(left, right);
  return comparePlain(left instanceof Int ? left.value : left, right instanceof Int ? right.value : right);
}

/** JavaScript compares doubles with bigints exactly; NaN, unequal to itself, comes first. */
function comparePlain(left: number | bigint, right: number | bigint): number {
  if (left < right) return -1;
  if (left > right) return 1;
  return Number(!Number.isNaN(left)) - Number(!Number.isNaN(right));
}

function compareWithDecimal(left: Numeric, right: Numeric): number {
  const a = toDouble(left);
  const b = toDouble(right);
  if (a !== b) return compareNumbers(a, b);
  const exactLeft = exact(left);
  const exactRight = exact(right);
  if (typeof exactLeft === 'number' || typeof exactRight === 'number')
    return infinityRank(exactLeft) - infinityRank(exactRight);
  return decimal.compareDecimals(exactLeft, exactRight);
}

function infinityRank(value: decimal.Decimal | number): number {
  return typeof value === 'number' ? Math.sign(value) : 0;
}

/** The exact decimal of a number; NaN and infinities stay doubles. */
export function exact(value: Numeric): decimal.Decimal | number {
  if (value instanceof Scalar) return decimal.parseDecimal(value);
  if (value instanceof Int) return { coefficient: BigInt(value.value), exponent: 0 };
  return typeof value === 'number' && !Number.isFinite(value) ? value : decimal.exactDecimal(value);
}

type Operation = 'add' | 'multiply';

/**
 * Sum or product in the wider of the two types: int overflows to long.
 * Long overflow gives a double when `spill` is set (as in $sum) and undefined otherwise (as in $inc).
 */
export function combine(
  operation: Operation,
  left: Numeric,
  right: Numeric,
  spill: boolean,
): Numeric | undefined {
  if (left instanceof Scalar || right instanceof Scalar) return combineDecimals(operation, left, right);
  if (typeof left === 'number' || typeof right === 'number') {
    const a = toDouble(left);
    const b = toDouble(right);
    return operation === 'add' ? a + b : a * b;
  }
  const result = wholeResult(operation, wholeOf(left), wholeOf(right));
  if (!fitsLong(result)) return spill ? Number(result) : undefined;
  return left instanceof Int && right instanceof Int ? narrowest(result) : result;
}

function wholeOf(value: Int | bigint): bigint {
  return value instanceof Int ? BigInt(value.value) : value;
}

function wholeResult(operation: Operation, left: bigint, right: bigint): bigint {
  return operation === 'add' ? left + right : left * right;
}

/** An int when it fits 32 bits, else a long. */
export function narrowest(value: bigint): Int | bigint {
  return value >= -2147483648n && value <= 2147483647n ? int(Number(value)) : value;
}

/** True when a 64-bit integer can hold the value. */
export function fitsLong(value: bigint): boolean {
  return value >= longMin && value <= longMax;
}

/** The number as a Decimal128 value. */
export function toDecimal(value: Numeric): Scalar {
  if (value instanceof Scalar) return value;
  if (typeof value === 'number') return decimal.decimalOfDouble(value);
  return decimal.decimalFromText(String(value instanceof Int ? value.value : value));
}

function combineDecimals(operation: Operation, left: Numeric, right: Numeric): Scalar {
  const a = decimal.parseDecimal(toDecimal(left));
  const b = decimal.parseDecimal(toDecimal(right));
  if (typeof a === 'number' || typeof b === 'number') {
    const x = typeof a === 'number' ? a : Math.sign(Number(a.coefficient));
    const y = typeof b === 'number' ? b : Math.sign(Number(b.coefficient));
    return decimal.decimalFromText(String(operation === 'add' ? x + y : x * y));
  }
  return decimal.toDecimalValue(
    operation === 'add' ? decimal.addDecimals(a, b) : decimal.multiplyDecimals(a, b),
  );
}

/** Quotient as MongoDB gives it: a double, or a decimal when either side is one. The divisor is not zero. */
export function divide(left: Numeric, right: Numeric): Numeric {
  if (!(left instanceof Scalar) && !(right instanceof Scalar)) return toDouble(left) / toDouble(right);
  const a = decimal.parseDecimal(toDecimal(left));
  const b = decimal.parseDecimal(toDecimal(right));
  if (typeof a === 'number' || typeof b === 'number')
    return decimal.decimalFromText(String(toDouble(left) / toDouble(right)));
  return decimal.toDecimalValue(decimal.divideDecimals(a, b));
}

/** @throws MongoError TypeMismatch unless the value is a number. */
export function requireNumber(value: Value | undefined, what: string): Numeric {
  if (isNumber(value)) return value;
  throw new MongoError(14, `${what} must be a number, found ${typeName(value)}`);
}

/** True when both are the same BSON type. */
export function sameType(left: Value, right: Value): boolean {
  return typeOf(left) === typeOf(right);
}
