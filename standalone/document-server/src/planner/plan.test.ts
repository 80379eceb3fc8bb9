import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EJSON, serialize } from 'bson';
import { parseFilter } from '../matcher/parse.ts';
import { indexFromSpec, type Collection } from '../storage/catalog.ts';
import { decode } from '../values/decode.ts';
import type { Doc } from '../values/types.ts';
import { choosePlan, type Plan } from './plan.ts';
import { parseSort } from './sort.ts';

function doc(text: string): Doc {
  return decode(serialize(EJSON.parse(text) as Record<string, unknown>));
}

function collection(...specs: readonly string[]): Collection {
  const indexes = specs.map((spec, at) => indexFromSpec(at + 1, doc(spec), 0, true));
  const rest = { options: doc('{}'), table: 'c1', indexFields: new Set<string>(), docs: 9, nextRow: 10 };
  return { id: 1, db: 'd', name: 'c', indexes, ...rest };
}

const town = '{"key": {"town": 1, "at": -1}, "name": "town"}';
const state = '{"key": {"state": 1}, "name": "state", "partialFilterExpression": {"n": {"$gt": 5}}}';
const unique = '{"key": {"key": 1}, "name": "key", "unique": true}';

function plan(on: Collection, filter: string, sort = '{}'): Plan {
  const question = { filter: parseFilter(doc(filter)), sort: parseSort(doc(sort)), hint: undefined };
  return choosePlan({ collection: on, ...question, probe: () => 1000 });
}

/** The plan in one word: index, order and what is left to filter. */
function shape(made: Plan): string {
  const { access } = made;
  const direction = access.kind === 'index' && access.reverse ? '-' : '';
  const merge = access.kind === 'index' && access.merge ? ' merge' : '';
  const name = access.kind === 'index' ? access.bounds.index.name : access.kind;
  return `${direction}${name}${merge}${made.sorted ? '' : ' sort'}${made.residual === undefined ? '' : ' filter'}`;
}

const cases: readonly [filter: string, sort: string, shape: string][] = [
  ['{"town": "a"}', '{}', 'town'],
  ['{"town": "a"}', '{"at": -1}', 'town'],
  ['{"town": "a"}', '{"at": 1}', '-town'],
  ['{"town": {"$in": ["a", "b"]}}', '{"at": -1}', 'town merge'],
  ['{"town": {"$in": ["a", "b"]}}', '{"town": 1, "at": -1}', 'town'],
  ['{"town": {"$gt": "a"}}', '{"at": -1}', 'town sort'],
  ['{"town": "a", "at": {"$lt": 5}, "x": 1}', '{"at": -1}', 'town filter'],
  ['{"town": null}', '{}', 'town filter'],
  ['{"at": 1}', '{}', 'scan filter'],
  ['{}', '{"town": 1}', 'town'],
  ['{}', '{"at": 1}', 'scan sort'],
  ['{"key": "k", "town": "a"}', '{}', 'key filter'],
  ['{"state": "s"}', '{}', 'scan filter'],
  ['{"state": "s", "n": {"$gt": 9}}', '{}', 'state filter'],
  ['{"state": "s", "n": 6}', '{}', 'state filter'],
  ['{"state": "s", "n": {"$gte": 5}}', '{}', 'scan filter'],
  ['{"$or": [{"town": "a"}, {"key": "k"}]}', '{}', 'or'],
  ['{"$or": [{"town": "a"}, {"x": 1}]}', '{}', 'scan filter'],
];

for (const [filter, sort, expected] of cases)
  test(`${filter} sorted ${sort}: ${expected}`, () => {
    assert.equal(shape(plan(collection(town, state, unique), filter, sort)), expected);
  });

test('bounds on a component with arrays take one predicate only', () => {
  const on = collection(town);
  const [index] = on.indexes;
  if (index !== undefined) index.multikey[0] = true;
  assert.equal(shape(plan(on, '{"town": {"$gt": "a", "$lt": "c"}}')), 'town filter');
});
