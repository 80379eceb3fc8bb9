// Owns Decimal128 arithmetic and exact comparison with the other number types.
import { Decimal128 } from 'bson';
import { bsonType, Scalar } from './types.ts';

/** A finite decimal: coefficient times ten to the exponent. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

const digitsMax = 34;
const exponentMin = -6176;

/** The text of a Decimal128 value, such as `0.30` or `NaN`. */
export function decimalText(value: Scalar): string {
  return new Decimal128(value.bytes).toString();
}

/** A Decimal128 value from its text. */
export function decimalFromText(text: string): Scalar {
  return new Scalar(bsonType.decimal, Buffer.from(Decimal128.fromStringWithRounding(text).bytes));
}

/** The finite decimal in a Decimal128 value, or the double it stands for (NaN, Infinity, -Infinity). */
export function parseDecimal(value: Scalar): Decimal | number {
  const match = /^(-?)(\d*)\.?(\d*)(?:E([+-]?\d+))?$/.exec(decimalText(value));
  if (match === null) return Number(decimalText(value));
  const fraction = match[3] ?? '';
  const digits = BigInt(`${match[2] ?? ''}${fraction}` || '0');
  return {
    coefficient: match[1] === '-' ? -digits : digits,
    exponent: Number(match[4] ?? 0) - fraction.length,
  };
}

/** The exact decimal of a finite double or of an integer. */
export function exactDecimal(value: number | bigint): Decimal {
  if (typeof value === 'bigint') return { coefficient: value, exponent: 0 };
  if (Number.isInteger(value)) return { coefficient: BigInt(value), exponent: 0 };
  let scaled = value;
  let twos = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    twos++;
  }
  return { coefficient: BigInt(scaled) * 5n ** BigInt(twos), exponent: -twos };
}

/** A double as MongoDB turns it into a decimal: 15 significant digits. */
export function decimalOfDouble(value: number): Scalar {
  return decimalFromText(Number.isFinite(value) ? value.toExponential(14) : String(value));
}

/** Compares exactly: negative, zero or positive. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const low = Math.min(left.exponent, right.exponent);
  const a = left.coefficient * 10n ** BigInt(left.exponent - low);
  const b = right.coefficient * 10n ** BigInt(right.exponent - low);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sum of two decimals. */
export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const low = Math.min(left.exponent, right.exponent);
  return {
    coefficient:
      left.coefficient * 10n ** BigInt(left.exponent - low) +
      right.coefficient * 10n ** BigInt(right.exponent - low),
    exponent: low,
  };
}

/** Product of two decimals. */
export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return {
    coefficient: left.coefficient * right.coefficient,
    exponent: left.exponent + right.exponent,
  };
}

/** Quotient to more than 34 digits, with no more trailing zeros than the division asks for; the divisor is not zero. */
export function divideDecimals(left: Decimal, right: Decimal): Decimal {
  const spare = 80 + String(right.coefficient).length;
  let coefficient = (left.coefficient * 10n ** BigInt(spare)) / right.coefficient;
  let exponent = left.exponent - right.exponent - spare;
  for (let left = spare; left > 0 && coefficient % 10n === 0n && coefficient !== 0n; left--) {
    coefficient /= 10n;
    exponent++;
  }
  return { coefficient, exponent };
}

/** The decimal as a Decimal128 value, rounded half to even to 34 digits. */
export function toDecimalValue(value: Decimal): Scalar {
  let { coefficient, exponent } = value;
  const excess = Math.max(
    String(coefficient < 0n ? -coefficient : coefficient).length - digitsMax,
    exponentMin - exponent,
  );
  if (excess > 0) {
    coefficient = roundHalfEven(coefficient, 10n ** BigInt(excess));
    exponent += excess;
  }
  return decimalFromText(`${coefficient}E${exponent}`);
}

function roundHalfEven(value: bigint, unit: bigint): bigint {
  const quotient = value / unit;
  const rest = value % unit;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const up = twice > unit || (twice === unit && quotient % 2n !== 0n);
  if (!up) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}
