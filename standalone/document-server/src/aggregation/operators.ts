// Owns the operators of aggregation expressions.
import { MongoError } from '../errors.ts';
import { truthy } from '../matcher/parse.ts';
import { compare } from '../values/compare.ts';
import { decimalText } from '../values/decimal.ts';
import { int } from '../values/decode.ts';
import { combine, divide, isNumber, toDouble, toInteger, type Numeric } from '../values/numbers.ts';
import {
  Int,
  isDoc,
  bsonType,
  Scalar,
  typeName,
  undefinedValue,
  type Doc,
  type Value,
} from '../values/types.ts';
import { dateOperators } from './dates.ts';
import { compileExpression, type Expression } from './expressions.ts';

/** Compiles an operator from its argument. */
export type ExpressionOperator = (argument: Value) => Expression;

type Found = Value | undefined;

/** True for missing, null and undefined. */
export function isNullish(value: Found): value is null | undefined {
  return (
    value === undefined || value === null || (value instanceof Scalar && value.type === bsonType.undefined)
  );
}

/** True as expressions judge it: everything but false, null, missing and zero. */
function holds(value: Found): boolean {
  return !isNullish(value) && (isNumber(value) ? toDouble(value) !== 0 : truthy(value));
}

/** The argument as a list of expressions, of a fixed length when one is given. */
function list(argument: Value, name: string, sizes?: readonly number[]): Expression[] {
  const parts = Array.isArray(argument) ? argument : [argument];
  if (sizes !== undefined && !sizes.includes(parts.length))
    throw new MongoError(
      16020,
      `Expression ${name} takes exactly ${sizes.join(' or ')} arguments. ${parts.length} were passed in.`,
    );
  return parts.map(compileExpression);
}

/** An operator on values that are all there: null when one is null or missing. */
function strict(name: string, size: number, apply: (values: Value[]) => Found): ExpressionOperator {
  return (argument) => {
    const parts = list(argument, name, [size]);
    return (root) => {
      const values: Value[] = [];
      for (const part of parts) {
        const value = part(root);
        if (isNullish(value)) return null;
        values.push(value);
      }
      return apply(values);
    };
  };
}

function comparison(name: string, judge: (order: number) => Value): ExpressionOperator {
  return (argument) => {
    const [left, right] = list(argument, name, [2]);
    return (root) => judge(compareMissing(left?.(root), right?.(root)));
  };
}

/** Missing comes with undefined, before null. */
function compareMissing(left: Found, right: Found): number {
  return compare(
    left ?? (left === null ? null : undefinedValue),
    right ?? (right === null ? null : undefinedValue),
  );
}

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
  if (typeof a === 'number' || typeof b === 'number') return toDouble(a) % toDouble(b);
  const result = (a instanceof Int ? BigInt(a.value) : a) % (b instanceof Int ? BigInt(b.value) : b);
  return a instanceof Int && b instanceof Int ? int(Number(result)) : result;
}

function rounding(name: string, apply: (value: number) => number): ExpressionOperator {
  return strict(name, 1, ([value]) => {
    const number = requireNumber(value ?? null, name);
    if (number instanceof Scalar)
      throw new MongoError(238, `${name} of a decimal is not supported by this server`);
    return typeof number === 'number' ? apply(number) : number;
  });
}

const cond: ExpressionOperator = (argument) => {
  const named = isDoc(argument);
  if (named)
    for (const key of argument.keys())
      if (!['if', 'then', 'else'].includes(key))
        throw new MongoError(17083, `Unrecognized parameter to $cond: ${key}`);
  const parts = named ? ['if', 'then', 'else'].map((name) => argument.get(name)) : undefined;
  if (parts?.includes(undefined) === true)
    throw new MongoError(17080, "Missing 'if', 'then' or 'else' parameter to $cond");
  const [test, yes, no] = list(parts === undefined ? argument : (parts as Value[]), '$cond', [3]);
  return (root) => (holds(test?.(root)) ? yes?.(root) : no?.(root));
};

const switchCase: ExpressionOperator = (argument) => {
  const branches = isDoc(argument) ? argument.get('branches') : undefined;
  if (!isDoc(argument) || !Array.isArray(branches) || branches.length === 0)
    throw new MongoError(40068, '$switch requires at least one branch.');
  const cases = branches.map((branch) => {
    if (!isDoc(branch) || !branch.has('case') || !branch.has('then'))
      throw new MongoError(40066, "$switch requires each branch have a 'case' and a 'then' expression");
    return {
      test: compileExpression(branch.get('case') ?? null),
      then: compileExpression(branch.get('then') ?? null),
    };
  });
  const otherwise = argument.has('default') ? compileExpression(argument.get('default') ?? null) : undefined;
  return (root) => {
    const found = cases.find(({ test }) => holds(test(root)));
    if (found !== undefined) return found.then(root);
    if (otherwise === undefined)
      throw new MongoError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified.',
      );
    return otherwise(root);
  };
};

const ifNull: ExpressionOperator = (argument) => {
  const parts = list(argument, '$ifNull');
  if (parts.length < 2) throw new MongoError(1257300, '$ifNull needs at least two arguments');
  return (root) => {
    for (const part of parts.slice(0, -1)) {
      const value = part(root);
      if (!isNullish(value)) return value;
    }
    return parts.at(-1)?.(root);
  };
};

function text(value: Value, name: string): string {
  if (typeof value === 'string') return value;
  throw new MongoError(16702, `${name} only supports strings, not ${typeName(value)}`);
}

const concat: ExpressionOperator = (argument) => {
  const parts = list(argument, '$concat');
  return (root) => {
    let made = '';
    for (const part of parts) {
      const value = part(root);
      if (isNullish(value)) return null;
      made += text(value, '$concat');
    }
    return made;
  };
};

function toText(value: Value): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Int) return String(value.value);
  if (value instanceof Scalar && value.type === bsonType.objectId) return value.bytes.toString('hex');
  if (value instanceof Scalar && value.type === bsonType.decimal) return decimalText(value);
  if (value instanceof Scalar || (typeof value === 'object' && value !== null))
    throw new MongoError(
      241,
      `Unsupported conversion from ${typeName(value)} to string in $convert with no onError value`,
    );
  return String(value);
}

const inArray: ExpressionOperator = (argument) => {
  const [item, array] = list(argument, '$in', [2]);
  return (root) => {
    const values = array?.(root);
    const wanted = item?.(root);
    if (!Array.isArray(values))
      throw new MongoError(40081, `$in requires an array as a second argument, found: ${typeName(values)}`);
    return values.some((value) => compareMissing(value, wanted) === 0);
  };
};

const size: ExpressionOperator = (argument) => {
  const [array] = list(argument, '$size', [1]);
  return (root) => {
    const values = array?.(root);
    if (!Array.isArray(values))
      throw new MongoError(
        17124,
        `The argument to $size must be an array, but was of type: ${typeName(values)}`,
      );
    return int(values.length);
  };
};

const arrayElemAt = strict('$arrayElemAt', 2, ([array, at]) => {
  const index = toInteger(at);
  if (!Array.isArray(array))
    throw new MongoError(28689, `$arrayElemAt's first argument must be an array, but is ${typeName(array)}`);
  if (index === undefined) throw new MongoError(28690, "$arrayElemAt's second argument must be an integer");
  return array.at(index);
});

const and: ExpressionOperator = (argument) => {
  const parts = list(argument, '$and');
  return (root) => parts.every((part) => holds(part(root)));
};

const or: ExpressionOperator = (argument) => {
  const parts = list(argument, '$or');
  return (root) => parts.some((part) => holds(part(root)));
};

const not: ExpressionOperator = (argument) => {
  const [part] = list(argument, '$not', [1]);
  return (root) => !holds(part?.(root));
};

const typeOperator: ExpressionOperator = (argument) => {
  const [part] = list(argument, '$type', [1]);
  return (root: Doc) => typeName(part?.(root));
};

/** Every expression operator. */
export const expressionOperators: Readonly<Record<string, ExpressionOperator>> = {
  $literal: (argument) => () => argument,
  $eq: comparison('$eq', (order) => order === 0),
  $ne: comparison('$ne', (order) => order !== 0),
  $gt: comparison('$gt', (order) => order > 0),
  $gte: comparison('$gte', (order) => order >= 0),
  $lt: comparison('$lt', (order) => order < 0),
  $lte: comparison('$lte', (order) => order <= 0),
  $cmp: comparison('$cmp', (order) => int(Math.sign(order))),
  $and: and,
  $or: or,
  $not: not,
  $cond: cond,
  $switch: switchCase,
  $ifNull: ifNull,
  $in: inArray,
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
  $concat: concat,
  $toString: strict('$toString', 1, ([value]) => toText(value ?? null)),
  $size: size,
  $arrayElemAt: arrayElemAt,
  $type: typeOperator,
  ...dateOperators,
};
