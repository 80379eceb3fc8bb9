// Owns reading the arguments of expression operators.
import { MongoError } from '../errors.ts';
import { bsonType, Scalar, type Value } from '../values/types.ts';
import { compileExpression, type Expression } from './expressions.ts';

/** Compiles an operator from its argument. */
export type ExpressionOperator = (argument: Value) => Expression;

/** A value, or undefined for a missing one. */
export type Found = Value | undefined;

/** True for missing, null and undefined. */
export function isNullish(value: Found): value is null | undefined {
  return (
    value === undefined || value === null || (value instanceof Scalar && value.type === bsonType.undefined)
  );
}

/** The argument as a list of expressions, of a fixed length when one is given. */
export function list(argument: Value, name: string, sizes?: readonly number[]): Expression[] {
  const parts = Array.isArray(argument) ? argument : [argument];
  if (sizes !== undefined && !sizes.includes(parts.length))
    throw new MongoError(
      16020,
      `Expression ${name} takes exactly ${sizes.join(' or ')} arguments. ${parts.length} were passed in.`,
    );
  return parts.map(compileExpression);
}

/** An operator on values that are all there: null when one is null or missing. */
export function strict(name: string, size: number, apply: (values: Value[]) => Found): ExpressionOperator {
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
