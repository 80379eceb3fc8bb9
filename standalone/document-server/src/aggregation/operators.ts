// Owns the operators of aggregation expressions.
import { MongoError } from '../errors.ts';
import { truthy } from '../matcher/parse.ts';
import { compare } from '../values/compare.ts';
import { decimalText } from '../values/decimal.ts';
import { int } from '../values/readers.ts';
import { isNumber, toDouble, toInteger } from '../values/numbers.ts';
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
import { isNullish, list, strict, type ExpressionOperator, type Found } from './arguments.ts';
import { arithmeticOperators } from './arithmetic.ts';
import { dateOperators } from './dates.ts';
import { compileExpression } from './expressions.ts';

/** True as expressions judge it: everything but false, null, missing and zero. */
function holds(value: Found): boolean {
  return !isNullish(value) && (isNumber(value) ? toDouble(value) !== 0 : truthy(value));
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
  $concat: concat,
  $toString: strict('$toString', 1, ([value]) => toText(value ?? null)),
  $size: size,
  $arrayElemAt: arrayElemAt,
  $type: typeOperator,
  ...arithmeticOperators,
  ...dateOperators,
};
