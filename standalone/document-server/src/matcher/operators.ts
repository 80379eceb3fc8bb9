// Owns the tests behind each query operator on a single value.
import { MongoError } from '../errors.ts';
import { compare, equal } from '../values/compare.ts';
import { isNumber, toDouble, toInteger } from '../values/numbers.ts';
import {
  bsonType,
  isDoc,
  orderOf,
  Scalar,
  typeByName,
  typeName,
  typeOf,
  type Doc,
  type Value,
} from '../values/types.ts';
import { keyOf } from '../storage/keys.ts';
import type { Test } from './paths.ts';
import { patternOf } from './regex.ts';
import { compileFilter, compileSingle } from './compile.ts';
import { isElementValue, isOperatorDoc, parseFilter } from './parse.ts';

/** How to make the test of an operator from its argument; `whole` ones judge an array as one value. */
export interface LeafOperator {
  readonly make: (argument: Value) => Test;
  readonly whole?: boolean;
}

function isNullish(value: Value | undefined): boolean {
  return (
    value === undefined || value === null || (value instanceof Scalar && value.type === bsonType.undefined)
  );
}

function equalTest(argument: Value): Test {
  if (argument instanceof Scalar && argument.type === bsonType.undefined)
    throw new MongoError(2, 'cannot compare to undefined');
  if (argument === null) return isNullish;
  if (typeof argument === 'string')
    return (value) => value === argument || (value instanceof Scalar && equal(value, argument));
  return (value) => value !== undefined && equal(value, argument);
}

function isNaNNumber(value: Value): boolean {
  return isNumber(value) && Number.isNaN(toDouble(value));
}

function isBound(value: Value): boolean {
  return value instanceof Scalar && (value.type === bsonType.minKey || value.type === bsonType.maxKey);
}

/** Range tests compare only within one type, except against MinKey and MaxKey. */
function rangeTest(holds: (order: number) => boolean): (argument: Value) => Test {
  return (argument) => {
    if (patternOf(argument) !== undefined)
      throw new MongoError(2, "Can't have RegEx as arg to predicate over field");
    if (argument === null) return holds(0) ? isNullish : () => false;
    if (isNaNNumber(argument)) return (value) => holds(0) && value !== undefined && isNaNNumber(value);
    const order = orderOf(argument);
    const anyType = isBound(argument);
    return (value) => {
      if (value === undefined) return anyType && holds(compare(null, argument));
      if (!anyType && (orderOf(value) !== order || isNaNNumber(value))) return false;
      return holds(compare(value, argument));
    };
  };
}

function inTest(argument: Value): Test {
  if (!Array.isArray(argument)) throw new MongoError(2, '$in needs an array');
  const patterns = argument.map(patternOf).filter((pattern) => pattern !== undefined);
  const values = argument.filter((value) => patternOf(value) === undefined);
  if (values.some(isOperatorDoc)) throw new MongoError(2, 'cannot nest $ under $in');
  const withNull = values.some((value) => value === null);
  const known = new Set(values.map((value) => keyOf(value).latin1Slice()));
  const direct = new Set<Value>(values.filter((value) => typeof value === 'string'));
  return (value) => {
    if (value === undefined) return withNull;
    if (direct.has(value) || (withNull && isNullish(value))) return true;
    if (known.size > direct.size && known.has(keyOf(value).latin1Slice())) return true;
    return typeof value === 'string' && patterns.some((pattern) => pattern.test(value));
  };
}

function regexTest(argument: Value): Test {
  const pattern = patternOf(argument);
  if (pattern === undefined) throw new MongoError(2, '$regex has to be a string');
  return (value) => {
    if (typeof value === 'string') return pattern.test(value);
    return value instanceof Scalar && patternOf(value) !== undefined && equal(value, argument);
  };
}

const numberTypes = [bsonType.double, bsonType.int, bsonType.long, bsonType.decimal];

function typeCodes(argument: Value): number[] {
  if (argument === 'number') return numberTypes;
  const code = typeof argument === 'string' ? typeByName(argument) : toInteger(argument);
  const byte = code === -1 ? bsonType.minKey : code;
  if (byte === undefined || !Object.values<number>(bsonType).includes(byte))
    throw new MongoError(
      2,
      typeof argument === 'string' ? `Unknown type name alias: ${argument}` : 'Invalid numerical type code',
    );
  return [byte];
}

function typeTest(argument: Value): Test {
  const list = Array.isArray(argument) ? argument : [argument];
  if (list.length === 0) throw new MongoError(9, '$type must match at least one type');
  const codes = new Set<number>(list.flatMap(typeCodes));
  return (value) => value !== undefined && codes.has(typeOf(value));
}

function sizeTest(argument: Value): Test {
  const size = toInteger(argument);
  if (size === undefined || size < 0)
    throw new MongoError(
      2,
      `Failed to parse $size. Expected a non-negative whole number, found ${typeName(argument)}`,
    );
  return (value) => Array.isArray(value) && value.length === size;
}

function modTest(argument: Value): Test {
  const parts = Array.isArray(argument) ? argument : [];
  const [divisor, remainder] = parts.map((part) => (isNumber(part) ? Math.trunc(toDouble(part)) : undefined));
  if (
    parts.length !== 2 ||
    divisor === undefined ||
    remainder === undefined ||
    !Number.isSafeInteger(divisor)
  )
    throw new MongoError(2, 'malformed mod, not enough elements');
  if (divisor === 0) throw new MongoError(2, 'divisor cannot be 0');
  return (value) => {
    if (!isNumber(value) || !Number.isFinite(toDouble(value))) return false;
    const whole = typeof value === 'bigint' ? value : BigInt(Math.trunc(toDouble(value)));
    return whole % BigInt(divisor) === BigInt(remainder);
  };
}

/** An inner array counts as an object with its indexes as field names. */
function asObject(value: Value): Doc | undefined {
  if (isDoc(value)) return value;
  return Array.isArray(value) ? new Map(value.map((element, index) => [String(index), element])) : undefined;
}

function elemMatchTest(argument: Value): Test {
  if (!isDoc(argument)) throw new MongoError(2, '$elemMatch needs an Object');
  if (isElementValue(argument)) {
    const holds = compileSingle(parseFilter(new Map<string, Value>([['', argument]])));
    return (value) => Array.isArray(value) && value.some(holds);
  }
  const holds = compileFilter(parseFilter(argument));
  return (value) =>
    Array.isArray(value) &&
    value.some((element) => {
      const inner = asObject(element);
      return inner !== undefined && holds(inner);
    });
}

/** Every query operator on a value, by its name without the dollar. */
export const leafOperators: Readonly<Record<string, LeafOperator>> = {
  eq: { make: equalTest },
  lt: { make: rangeTest((order) => order < 0) },
  lte: { make: rangeTest((order) => order <= 0) },
  gt: { make: rangeTest((order) => order > 0) },
  gte: { make: rangeTest((order) => order >= 0) },
  in: { make: inTest },
  regex: { make: regexTest },
  type: { make: typeTest },
  mod: { make: modTest },
  exists: { make: () => (value) => value !== undefined, whole: true },
  size: { make: sizeTest, whole: true },
  elemMatch: { make: elemMatchTest, whole: true },
};
