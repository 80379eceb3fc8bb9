// Owns $lookup by equality of two fields.
import { MongoError } from '../errors.ts';
import { leaf, type Filter } from '../matcher/parse.ts';
import { anyAtPath } from '../matcher/paths.ts';
import { patternOf } from '../matcher/regex.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import type { Stage } from './stages.ts';

/** Finds the documents of another collection of the same database that satisfy a filter. */
export type Joined = (collection: string, filter: Filter) => Doc[];

const allowed = ['from', 'localField', 'foreignField', 'as'];

/** @throws MongoError for the pipeline form, which this server does not do. */
export function compileLookup(argument: Value, joined: Joined): Stage {
  if (!isDoc(argument)) throw new MongoError(9, 'the $lookup specification must be an Object');
  for (const key of argument.keys())
    if (!allowed.includes(key))
      throw new MongoError(
        key === 'pipeline' || key === 'let' ? 238 : 9,
        `$lookup with '${key}' is not supported by this server`,
      );
  const [from, localField, foreignField, as] = allowed.map((name) => {
    const value = argument.get(name);
    if (typeof value !== 'string' || value === '')
      throw new MongoError(9, `$lookup needs '${name}' as a string`);
    return value;
  });
  const local = (localField ?? '').split('.');
  const target = as ?? '';
  if (target.includes('.'))
    throw new MongoError(238, "$lookup into a dotted 'as' is not supported by this server");
  return function* (rows) {
    for (const row of rows) {
      const found = joined(from ?? '', filterFor(foreignField ?? '', localValues(row, local)));
      yield new Map(row).set(target, found);
    }
  };
}

function localValues(row: Doc, parts: readonly string[]): Value[] {
  const values: Value[] = [];
  const take = (value: Value | undefined): boolean => {
    if (Array.isArray(value)) values.push(...value);
    else values.push(value ?? null);
    return false;
  };
  anyAtPath(row, parts, { test: take, single: take });
  return values;
}

/** Equality with any of the values; a regular expression among them is a value here, not a pattern. */
function filterFor(path: string, values: readonly Value[]): Filter {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return leaf(path, 'eq', only);
  if (!values.some((value) => patternOf(value) !== undefined)) return leaf(path, 'in', [...values]);
  return { kind: 'or', children: values.map((value) => leaf(path, 'eq', value)) };
}
