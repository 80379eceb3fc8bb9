// Owns aggregation expressions: field paths, literals, objects, arrays and operators.
import { MongoError } from '../errors.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import { expressionOperators } from './operators.ts';

/** An expression on a document; undefined stands for missing. */
export type Expression = (root: Doc) => Value | undefined;

/**
 * Compiles an expression.
 * @throws MongoError InvalidPipelineOperator (168) for an operator outside the subset.
 */
export function compileExpression(value: Value): Expression {
  if (typeof value === 'string' && value.startsWith('$')) return fieldPath(value);
  if (Array.isArray(value)) {
    const parts = value.map(compileExpression);
    return (root) => parts.map((part) => part(root) ?? null);
  }
  return isDoc(value) ? compileObject(value) : () => value;
}

function compileObject(value: Doc): Expression {
  const [operator] = value.keys();
  if (operator?.startsWith('$') !== true) {
    const parts = [...value].map(([key, part]): [string, Expression] => [key, compileExpression(part)]);
    return (root) => {
      const made: Doc = new Map();
      for (const [key, part] of parts) {
        const result = part(root);
        if (result !== undefined) made.set(key, result);
      }
      return made;
    };
  }
  if (value.size !== 1)
    throw new MongoError(15983, 'An object representing an expression must have exactly one field');
  const compile = Object.hasOwn(expressionOperators, operator) ? expressionOperators[operator] : undefined;
  if (compile === undefined) throw new MongoError(168, `Unrecognized expression '${operator}'`);
  return compile(value.get(operator) ?? null);
}

function fieldPath(text: string): Expression {
  if (text.startsWith('$$')) return variable(text.slice(2));
  const parts = text.slice(1).split('.');
  if (parts.includes('')) throw new MongoError(40353, `FieldPath '${text.slice(1)}' is not valid`);
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return (root) => root.get(first);
  return (root) => valueAt(root, parts, 0);
}

function variable(name: string): Expression {
  const [first = '', ...rest] = name.split('.');
  if (first === 'ROOT' || first === 'CURRENT') return (root) => valueAt(root, rest, 0);
  if (name === 'REMOVE') return () => undefined;
  if (name === 'NOW') {
    const now = new Date();
    return () => now;
  }
  throw new MongoError(17276, `Use of undefined variable: ${first}`);
}

/** The value at a path: through arrays it is the array of what their documents hold. */
export function valueAt(value: Value | undefined, parts: readonly string[], at: number): Value | undefined {
  if (at === parts.length) return value;
  if (isDoc(value)) return valueAt(value.get(parts[at] ?? ''), parts, at + 1);
  if (!Array.isArray(value)) return undefined;
  return value
    .filter((element) => isDoc(element) || Array.isArray(element))
    .map((element) => (isDoc(element) ? valueAt(element, parts, at) : nested(element, parts, at)))
    .filter((found) => found !== undefined);
}

function nested(value: Value, parts: readonly string[], at: number): Value | undefined {
  return Array.isArray(value) ? valueAt(value, parts, at) : undefined;
}
