// Owns the operators of aggregation expressions.
import type { Value } from '../values/types.ts';
import type { Expression } from './expressions.ts';

/** Compiles an operator from its argument. */
export type ExpressionOperator = (argument: Value) => Expression;

/** Every expression operator. */
export const expressionOperators: Readonly<Record<string, ExpressionOperator>> = {
  $literal: (argument) => () => argument,
};
