/** Which documents a filter finds: written from MongoDB's documented rules, apart from the server. */

import { Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import { MISSING, compare, isFields, isNotANumber, isNumber, rank } from './reference-order.ts';
import type { Fields } from './reference-order.ts';

/** Gives the values that a condition looks at; 'each' opens an array at the end of the path. */
type Values = (end: End) => readonly unknown[];

/** Whether a document fulfils a filter. */
export function matches(doc: Fields, filter: Fields): boolean {
  return Object.entries(filter).every(([key, condition]) => {
    if (key === '$and') return (condition as Fields[]).every((each) => matches(doc, each));
    if (key === '$or') return (condition as Fields[]).some((each) => matches(doc, each));
    if (key === '$nor') return !(condition as Fields[]).some((each) => matches(doc, each));
    return fulfils((end) => reach(doc, key.split('.'), end), condition);
  });
}

/** Whether a single value, looked at as a field, fulfils a condition such as that of $pull. */
export function valueFulfils(value: unknown, condition: unknown): boolean {
  return fulfils((end) => opened(value, end), condition);
}

/** What a path leads to in a document, arrays at its end opened, nothing for what is missing. */
export function valuesAt(doc: Fields, path: string): readonly unknown[] {
  return reach(doc, path.split('.'), 'whole')
    .flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter((value) => value !== MISSING);
}

/** True when a condition is made of operators rather than being a value. */
export function isOperators(condition: unknown): condition is Fields {
  return isFields(condition) && (Object.keys(condition)[0]?.startsWith('$') ?? false);
}

type End = 'each' | 'whole';

function reach(node: Fields, [name, ...rest]: readonly string[], end: End): readonly unknown[] {
  const value = Object.hasOwn(node, name!) ? node[name!] : MISSING;
  if (rest.length === 0) return opened(value, end);
  if (isFields(value)) return reach(value, rest, end);
  return Array.isArray(value) ? through(value, rest, end) : [MISSING];
}

/** Through an array: into its objects, and to the element whose number the path names, which is not opened. */
function through(items: readonly unknown[], path: readonly string[], end: End): readonly unknown[] {
  const [name, ...rest] = path;
  return items.flatMap((item, i) => {
    const inside = isFields(item) ? reach(item, path, end) : [];
    if (String(i) !== name) return inside;
    if (rest.length === 0) return [...inside, item];
    if (isFields(item)) return [...inside, ...reach(item, rest, end)];
    return Array.isArray(item) ? [...inside, ...through(item, rest, end)] : inside;
  });
}

function opened(value: unknown, end: End): readonly unknown[] {
  return end === 'each' && Array.isArray(value) ? [...(value as unknown[]), value] : [value];
}

function fulfils(values: Values, condition: unknown): boolean {
  if (!isOperators(condition)) return values('each').some((value) => equals(value, condition));
  return Object.entries(condition).every(([operator, operand]) => one(operator, operand, values));
}

function one(operator: string, operand: unknown, values: Values): boolean {
  const any = (test: (value: unknown) => boolean): boolean => values('each').some(test);
  switch (operator) {
    case '$eq':
      return any((value) => equals(value, operand));
    case '$ne':
      return !any((value) => equals(value, operand));
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return any((value) => inequality(operator, value, operand));
    case '$in':
      return any((value) => (operand as unknown[]).some((each) => equals(value, each)));
    case '$nin':
      return !any((value) => (operand as unknown[]).some((each) => equals(value, each)));
    case '$exists':
      return any((value) => value !== MISSING) === Boolean(operand);
    case '$type':
      return any((value) => [operand].flat().some((name) => hasType(value, name as string)));
    case '$regex':
      return any((value) => equals(value, new RegExp(operand as string)));
    case '$not':
      return operand instanceof RegExp ? !any((value) => equals(value, operand)) : !fulfils(values, operand);
    default:
      return arrayCondition(operator, operand, values);
  }
}

function arrayCondition(operator: string, operand: unknown, values: Values): boolean {
  const arrays = values('whole').filter((value) => Array.isArray(value)) as unknown[][];
  switch (operator) {
    case '$size':
      return arrays.some((items) => items.length === operand);
    case '$elemMatch':
      return arrays.some((items) => items.some((item) => elementMatches(item, operand as Fields)));
    case '$all': {
      const wanted = operand as unknown[];
      const meets = (each: unknown): boolean =>
        isOperators(each) ? arrayCondition('$elemMatch', each['$elemMatch'], values) : fulfils(values, each);
      return wanted.length > 0 && wanted.every(meets);
    }
    default:
      throw new Error(`the reference knows no ${operator}`);
  }
}

function elementMatches(item: unknown, condition: Fields): boolean {
  if (isOperators(condition) && !('$or' in condition)) return fulfils(() => [item], condition);
  if (Array.isArray(item)) return matches(Object.fromEntries(Object.entries(item)), condition);
  return isFields(item) && matches(item, condition);
}

function equals(value: unknown, operand: unknown): boolean {
  if (operand instanceof RegExp) return typeof value === 'string' && operand.test(value);
  if (value === MISSING) return operand === null;
  return compare(value, operand) === 0;
}

function inequality(operator: string, value: unknown, operand: unknown): boolean {
  const orEqual = operator.endsWith('e');
  if (rank(value) !== rank(operand)) return false;
  if (isNotANumber(value) || isNotANumber(operand)) {
    return orEqual && isNotANumber(value) && isNotANumber(operand);
  }
  const difference = compare(value, operand);
  if (difference === 0) return orEqual;
  return operator.startsWith('$g') ? difference > 0 : difference < 0;
}

const typeTests: Record<string, (value: unknown) => boolean> = {
  number: isNumber,
  int: (value) => value instanceof Int32,
  long: (value) => value instanceof Long,
  double: (value) => value instanceof Double,
  decimal: (value) => value instanceof Decimal128,
  string: (value) => typeof value === 'string',
  object: isFields,
  array: (value) => Array.isArray(value),
  bool: (value) => typeof value === 'boolean',
  date: (value) => value instanceof Date,
  null: (value) => value === null,
  objectId: (value) => value instanceof ObjectId,
};

function hasType(value: unknown, name: string): boolean {
  return value !== MISSING && typeTests[name]!(value);
}
