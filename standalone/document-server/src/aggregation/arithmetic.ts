// Owns the arithmetic operators of expressions, exact over all number types and over dates.
import { MongoError } from '../errors.ts';
import { int } from '../values/readers.ts';
import { combine, divide, isNumber, toDouble, type Numeric } from '../values/numbers.ts';
import { Int, Scalar, typeName, type Value } from '../values/types.ts';
import { isNullish, list, strict, type ExpressionOperator, type Found } from './arguments.ts';

function requireNumber(value: Value, name: string): Numeric {
  if (isNumber(value)) return value;
  throw new MongoError(14, `${name} only supports numeric types, not ${typeName(value)}`);
}

function long(value: Numeric | undefined, name: string): Numeric {
  if (value === undefined) throw new MongoError(2, `${name}: the result does not fit 64 bits`);
  return value;
}

/** Sum of numbers, or a date moved by milliseconds. */
const add: ExpressionOperator = (argument) => {
  const parts = list(argument, '$add');
  return (root) => {
    let sum: Numeric = int(0);
    let date = false;
    for (const part of parts) {
      const value = part(root);
      if (isNullish(value)) return null;
      if (value instanceof Date && date)
        throw new MongoError(16612, 'only one date allowed in an $add expression');
      if (value instanceof Date) date = true;
      const number = value instanceof Date ? BigInt(value.getTime()) : requireNumber(value, '$add');
      sum = long(combine('add', sum, number, true), '$add');
    }
    return date ? new Date(Math.round(toDouble(sum))) : sum;
  };
};

const multiply: ExpressionOperator = (argument) => {
  const parts = list(argument, '$multiply');
  return (root) => {
    let product: Numeric = int(1);
    for (const part of parts) {
      const value = part(root);
      if (isNullish(value)) return null;
      product = long(combine('multiply', product, requireNumber(value, '$multiply'), true), '$multiply');
    }
    return product;
  };
};

function negate(value: Numeric): Numeric {
  if (typeof value === 'number') return -value;
  if (value instanceof Int && value.value === 0) return value;
  return long(combine('multiply', value, int(-1), true), '$subtract');
}

function subtract([left, right]: Value[]): Found {
  if (left instanceof Date && right instanceof Date) return BigInt(left.getTime() - right.getTime());
  if (left instanceof Date)
    return new Date(left.getTime() - toDouble(requireNumber(right ?? null, '$subtract')));
  const a = requireNumber(left ?? null, '$subtract');
  const b = requireNumber(right ?? null, '$subtract');
  return long(combine('add', a, negate(b), true), '$subtract');
}

function quotient([left, right]: Value[]): Found {
  const a = requireNumber(left ?? null, '$divide');
  const b = requireNumber(right ?? null, '$divide');
  if (toDouble(b) === 0) throw new MongoError(2, "can't $divide by zero");
  return divide(a, b);
}

function remainder([left, right]: Value[]): Found {
  const a = requireNumber(left ?? null, '$mod');
  const b = requireNumber(right ?? null, '$mod');
  if (a instanceof Scalar || b instanceof Scalar)
    throw new MongoError(238, '$mod of a decimal is not supported by this server');
  if (toDouble(b) === 0) throw new MongoError(16610, "can't $mod by zero");
  if (a instanceof Int && b instanceof Int) return int(a.value % b.value);
  if (typeof a === 'number' || typeof b === 'number') return toDouble(a) % toDouble(b);
  return asBigInt(a) % asBigInt(b);
}

function asBigInt(value: Int | bigint): bigint {
  return value instanceof Int ? BigInt(value.value) : value;
}

function rounding(name: string, apply: (value: number) => number): ExpressionOperator {
  return strict(name, 1, ([value]) => {
    const number = requireNumber(value ?? null, name);
    if (number instanceof Scalar)
      throw new MongoError(238, `${name} of a decimal is not supported by this server`);
    return typeof number === 'number' ? apply(number) : number;
  });
}

/** The arithmetic operators. */
export const arithmeticOperators: Readonly<Record<string, ExpressionOperator>> = {
  $add: add,
  $subtract: strict('$subtract', 2, subtract),
  $multiply: multiply,
  $divide: strict('$divide', 2, quotient),
  $mod: strict('$mod', 2, remainder),
  $abs: strict('$abs', 1, ([value]) => {
    const number = requireNumber(value ?? null, '$abs');
    return toDouble(number) < 0 ? negate(number) : number;
  }),
  $floor: rounding('$floor', Math.floor),
  $ceil: rounding('$ceil', Math.ceil),
};
