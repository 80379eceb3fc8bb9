// Owns reading a filter document into a tree of predicates, refusing what is outside the subset.
import { MongoError } from '../errors.ts';
import { bsonType, isDoc, Scalar, typeName, type Doc, type Value } from '../values/types.ts';
import { expandLeaf, type Test } from './paths.ts';
import { patternOf, type Pattern } from './regex.ts';
import { leafOperators } from './operators.ts';

/** A predicate on one path. */
export interface Leaf {
  readonly kind: 'leaf';
  readonly path: string;
  readonly parts: readonly string[];
  /** Operator without its dollar: eq, lt, lte, gt, gte, in, regex, exists, type, size, elemMatch, mod. */
  readonly op: string;
  readonly value: Value;
  /** Judges what stands at the path, elements of an array included. */
  readonly test: Test;
  /** Judges one value as it is, an array too. */
  readonly single: Test;
  /** The filter on an element, for elemMatch. */
  readonly inner?: Filter;
}

/** A filter as a tree. */
export type Filter =
  | Leaf
  | { readonly kind: 'and' | 'or' | 'nor'; readonly children: readonly Filter[] }
  | { readonly kind: 'not'; readonly child: Filter };

/** The filter that holds for everything. */
export const everything: Filter = { kind: 'and', children: [] };

/**
 * Reads a filter.
 * @throws MongoError BadValue (2) for an unknown operator or a malformed argument.
 */
export function parseFilter(filter: Doc): Filter {
  const children: Filter[] = [];
  for (const [key, value] of filter) {
    if (key === '$comment') continue;
    children.push(key.startsWith('$') ? parseLogical(key, value) : parseField(key, value));
  }
  return and(children);
}

/** The conjunction of filters; a single one stays itself. */
export function and(children: readonly Filter[]): Filter {
  const flat = children.flatMap((child) => (child.kind === 'and' ? child.children : [child]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind: 'and', children: flat };
}

function parseLogical(key: string, value: Value): Filter {
  if (key !== '$and' && key !== '$or' && key !== '$nor')
    throw new MongoError(
      2,
      `unknown top level operator: ${key}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
    );
  if (!Array.isArray(value) || value.length === 0) throw new MongoError(2, `${key} must be a nonempty array`);
  const children = value.map((part) => {
    if (!isDoc(part)) throw new MongoError(2, `${key} argument's entries must be objects`);
    return parseFilter(part);
  });
  if (key === '$and') return and(children);
  return { kind: key === '$or' ? 'or' : 'nor', children };
}

/** True for a document of operators, such as {$gt: 5}; a database reference is not one. */
export function isOperatorDoc(value: Value | undefined): value is Doc {
  if (!isDoc(value)) return false;
  const [first] = value.keys();
  return first?.startsWith('$') === true && !['$ref', '$id', '$db'].includes(first);
}

/** True when the argument of $elemMatch holds operators on the element itself, not a filter on its fields. */
export function isElementValue(argument: Doc): boolean {
  const [first] = argument.keys();
  return isOperatorDoc(argument) && !['$and', '$or', '$nor'].includes(first ?? '');
}

function parseField(path: string, value: Value): Filter {
  if (!isOperatorDoc(value))
    return patternOf(value) === undefined ? leaf(path, 'eq', value) : leaf(path, 'regex', value);
  const children: Filter[] = [];
  for (const [op, argument] of value) {
    if (op === '$options') {
      if (!value.has('$regex')) throw new MongoError(2, '$options needs a $regex');
      continue;
    }
    children.push(
      parseOperator(path, op, op === '$regex' ? regexArgument(argument, value.get('$options')) : argument),
    );
  }
  return and(children);
}

function refuseSecondOptions(pattern: Pattern): void {
  if (pattern.flags !== '') throw new MongoError(51075, 'options set in both $regex and $options');
}

function regexArgument(source: Value, options: Value | undefined): Value {
  const known = patternOf(source);
  if (known !== undefined && options === undefined) return source;
  const flags = options ?? '';
  if (typeof flags !== 'string') throw new MongoError(2, '$options has to be a string');
  const text = known?.source ?? source;
  if (typeof text !== 'string') throw new MongoError(2, '$regex has to be a string');
  if (known !== undefined) refuseSecondOptions(known);
  return new Scalar(bsonType.regex, Buffer.from(`${text}\0${flags}\0`));
}

/** A predicate on one path with an operator of `leafOperators`. */
export function leaf(path: string, op: string, value: Value): Leaf {
  const operator = leafOperators[op];
  if (operator === undefined) throw new MongoError(2, `unknown operator: $${op}`);
  const test = operator.make(value);
  return {
    kind: 'leaf',
    path,
    parts: path.split('.'),
    op,
    value,
    test: operator.whole === true ? test : expandLeaf(test),
    single: test,
  };
}

function parseOperator(path: string, op: string, argument: Value): Filter {
  const special = specialOperators[op];
  if (special !== undefined) return special(path, argument);
  if (!op.startsWith('$')) throw new MongoError(2, `unknown operator: ${op}`);
  const name = op.slice(1);
  if (!Object.hasOwn(leafOperators, name)) throw new MongoError(2, `unknown operator: ${op}`);
  if (name === 'exists' && !truthy(argument)) return { kind: 'not', child: leaf(path, 'exists', true) };
  return leaf(path, name, argument);
}

/** True as MongoDB reads a flag: anything but false, null and zero. */
export function truthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === 0n) return false;
  return !(typeof value === 'object' && 'value' in value && value.value === 0);
}

const specialOperators: Readonly<Record<string, (path: string, argument: Value) => Filter>> = {
  $ne: (path, argument) => {
    if (patternOf(argument) !== undefined) throw new MongoError(2, "Can't have regex as arg to $ne.");
    return { kind: 'not', child: leaf(path, 'eq', argument) };
  },
  $nin: (path, argument) => ({ kind: 'not', child: leaf(path, 'in', argument) }),
  $not: (path, argument) => {
    if (patternOf(argument) !== undefined) return { kind: 'not', child: leaf(path, 'regex', argument) };
    if (!isOperatorDoc(argument)) throw new MongoError(2, '$not needs a regex or a document of operators');
    return { kind: 'not', child: parseField(path, argument) };
  },
  $all: (path, argument) => {
    if (!Array.isArray(argument)) throw new MongoError(2, '$all needs an array');
    if (argument.length === 0) return { kind: 'nor', children: [everything] };
    return and(argument.map((part) => allPart(path, part)));
  },
  $elemMatch: (path, argument) => {
    if (!isDoc(argument)) throw new MongoError(2, `$elemMatch needs an Object, found ${typeName(argument)}`);
    const inner = parseFilter(isElementValue(argument) ? new Map<string, Value>([['', argument]]) : argument);
    return { ...leaf(path, 'elemMatch', argument), inner };
  },
};

function allPart(path: string, part: Value): Filter {
  if (isDoc(part) && part.has('$elemMatch'))
    return parseOperator(path, '$elemMatch', part.get('$elemMatch') ?? null);
  if (isOperatorDoc(part)) throw new MongoError(2, 'no $ expressions in $all');
  return patternOf(part) === undefined ? leaf(path, 'eq', part) : leaf(path, 'regex', part);
}
