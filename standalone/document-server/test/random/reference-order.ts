/** BSON comparison for the reference, with exact fractions instead of any trick: slow and plain. */

import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'bson';

/** A field that is not there; sorts and compares as null, but $exists tells them apart. */
export const MISSING = Symbol('missing');
/** Key of an empty array in an index or a sort: before null. */
export const EMPTY = Symbol('empty array');

export type Fields = Record<string, unknown>;

/** True for an embedded document, not for arrays and not for BSON's own classes. */
export function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof RegExp) &&
    !('_bsontype' in value)
  );
}

export function isNumber(value: unknown): value is Int32 | Long | Double | Decimal128 | number {
  return (
    typeof value === 'number' ||
    value instanceof Int32 ||
    value instanceof Long ||
    value instanceof Double ||
    value instanceof Decimal128
  );
}

/** Place of a value's type in BSON order. */
export function rank(value: unknown): number {
  if (value === EMPTY) return 0;
  if (value === null || value === MISSING) return 1;
  if (isNumber(value)) return 2;
  if (typeof value === 'string') return 3;
  if (isFields(value)) return 4;
  if (Array.isArray(value)) return 5;
  if (value instanceof Binary) return 6;
  if (value instanceof ObjectId) return 7;
  if (typeof value === 'boolean') return 8;
  if (value instanceof Date) return 9;
  throw new Error(`the reference knows no order for this ${typeof value}`);
}

/** BSON order of two values: negative, 0 or positive. */
export function compare(a: unknown, b: unknown): number {
  const types = rank(a) - rank(b);
  if (types !== 0 || rank(a) <= 1) return types;
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (isFields(a)) return compareFields(Object.entries(a), Object.entries(b as Fields));
  if (Array.isArray(a)) return compareFields(nameless(a), nameless(b as unknown[]));
  if (a instanceof Binary && b instanceof Binary) {
    return a.length() - b.length() || a.sub_type - b.sub_type || Buffer.compare(a.buffer, b.buffer);
  }
  if (a instanceof ObjectId) return Buffer.compare(a.id, (b as ObjectId).id);
  return Number(a) - Number(b);
}

function nameless(items: readonly unknown[]): [string, unknown][] {
  return items.map((item) => ['', item]);
}

function compareFields(a: readonly [string, unknown][], b: readonly [string, unknown][]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [nameA, valueA] = a[i]!;
    const [nameB, valueB] = b[i]!;
    const difference =
      rank(valueA) - rank(valueB) ||
      Buffer.compare(Buffer.from(nameA), Buffer.from(nameB)) ||
      compare(valueA, valueB);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** True for NaN of either kind. */
export function isNotANumber(value: unknown): boolean {
  return isNumber(value) && String(value) === 'NaN';
}

function compareNumbers(a: unknown, b: unknown): number {
  if (isNotANumber(a) || isNotANumber(b)) return Number(isNotANumber(b)) - Number(isNotANumber(a));
  const infinite = (value: unknown): number => Number(/^(-?)Infinity$/.exec(String(value))?.[0] ?? 0);
  const [endA, endB] = [infinite(a), infinite(b)];
  if (endA !== 0 || endB !== 0) return endA === endB ? 0 : endA < endB ? -1 : 1;
  const [left, right] = [fraction(a), fraction(b)];
  const difference = left.over * right.under - right.over * left.under;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** The exact value of a finite number. */
export function fraction(value: unknown): Fraction {
  if (value instanceof Long || value instanceof Int32) return { over: BigInt(value.toString()), under: 1n };
  if (value instanceof Decimal128) return decimalFraction(value.toString());
  return doubleFraction(Number(value));
}

function decimalFraction(text: string): Fraction {
  const [, sign, whole, part = '', power = '0'] = /^(-?)(\d*)(?:\.(\d*))?(?:E([+-]?\d+))?$/.exec(text)!;
  const digits = BigInt(`${sign}${whole}${part}`);
  const exponent = Number(power) - part.length;
  return exponent >= 0
    ? { over: digits * 10n ** BigInt(exponent), under: 1n }
    : { over: digits, under: 10n ** BigInt(-exponent) };
}

function doubleFraction(value: number): Fraction {
  let under = 1n;
  let over = value;
  while (!Number.isInteger(over)) {
    over *= 2;
    under *= 2n;
  }
  return { over: BigInt(over), under };
}
