/** Arrays and dotted paths through arrays in filters: null, $elemMatch, $all, $size, $type and positions. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { idsOf, makeIndex } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

type Case = readonly [name: string, filter: Plain, expected: readonly number[]];

const lists = await store.collection([
  { _id: 1, a: [1, 2, 3] },
  { _id: 2, a: [] },
  { _id: 3, a: [[1, 2], 5] },
  { _id: 4, a: 2 },
  { _id: 5, a: [null, 4] },
  { _id: 6 },
  { _id: 7, a: ['x', 20, { k: 1 }] },
  { _id: 8, a: [1, 9] },
  { _id: 9, a: [[]] },
]);

const listCases: readonly Case[] = [
  ['equality looks into the array', { a: 2 }, [1, 4]],
  ['equality with an array is the whole', { a: [1, 2, 3] }, [1]],
  ['equality with an array finds it nested', { a: [1, 2] }, [3]],
  ['equality with the empty array', { a: [] }, [2, 9]],
  ['only one level is looked into', { a: { $gt: 4, $lt: 6 } }, [3, 8]],
  ['two bounds may be met by two elements', { a: { $gt: 2, $lt: 2 } }, [1, 8]],
  ['$elemMatch wants one element', { a: { $elemMatch: { $gt: 2, $lt: 4 } } }, [1]],
  ['$elemMatch wants an array', { a: { $elemMatch: { $eq: 2 } } }, [1]],
  ['$elemMatch with $in', { a: { $elemMatch: { $in: [9, 20] } } }, [7, 8]],
  ['$elemMatch with $not', { a: { $elemMatch: { $not: { $gte: 2 } } } }, [1, 3, 5, 7, 8, 9]],
  ['$elemMatch null', { a: { $elemMatch: { $eq: null } } }, [5]],
  ['$elemMatch of an object finds nested arrays only by position', { a: { $elemMatch: { 0: 1 } } }, [3]],
  ['null finds a null element and missing, not the empty array', { a: null }, [5, 6]],
  ['$ne looks at all elements', { a: { $ne: 1 } }, [2, 3, 4, 5, 6, 7, 9]],
  ['$nin looks at all elements', { a: { $nin: [1, 5] } }, [2, 4, 5, 6, 7, 9]],
  ['$gt of an array compares arrays', { a: { $gte: [1, 2, 3] } }, [1, 3, 7, 8, 9]],
  ['$all', { a: { $all: [1, 3] } }, [1]],
  ['$all on a scalar', { a: { $all: [2] } }, [1, 4]],
  ['$all of nothing', { a: { $all: [] } }, []],
  ['$all with null', { a: { $all: [null] } }, [5, 6]],
  ['$all of an array', { a: { $all: [[1, 2]] } }, [3]],
  ['$all with $elemMatch', { a: { $all: [{ $elemMatch: { $gt: 2 } }, { $elemMatch: { $lt: 2 } }] } }, [1, 8]],
  ['$size', { a: { $size: 2 } }, [3, 5, 8]],
  ['$size 0', { a: { $size: 0 } }, [2]],
  ['$size counts no scalar', { a: { $size: 1 } }, [9]],
  ['$type looks at elements', { a: { $type: 'string' } }, [7]],
  ['$type array is the field itself', { a: { $type: 'array' } }, [1, 2, 3, 5, 7, 8, 9]],
  ['$type null of an element', { a: { $type: 'null' } }, [5]],
  ['$exists', { a: { $exists: true } }, [1, 2, 3, 4, 5, 7, 8, 9]],
  ['a position', { 'a.0': 1 }, [1, 8]],
  ['a position of a nested array', { 'a.0.1': 2 }, [3]],
  ['a position that is missing', { 'a.2': { $exists: true } }, [1, 7]],
  ['$not with $elemMatch', { a: { $not: { $elemMatch: { $gt: 2 } } } }, [2, 4, 6, 9]],
  ['$in with an array', { a: { $in: [[1, 9], 4] } }, [5, 8]],
  ['a regular expression looks at elements', { a: /x/ }, [7]],
];

const nested = await store.collection([
  {
    _id: 1,
    a: [
      { b: 1, c: 1 },
      { b: 2, c: 2 },
    ],
  },
  { _id: 2, a: [{ b: 1, c: 2 }] },
  { _id: 3, a: [] },
  { _id: 4, a: [1, 2] },
  { _id: 5, a: [{ b: null }, { b: 3 }] },
  { _id: 6, a: [{}, { b: 3 }] },
  { _id: 7, a: { b: [1, 2, { c: 5 }] } },
  { _id: 8, a: { b: 1, c: 2 } },
  { _id: 9 },
  { _id: 10, a: null },
  { _id: 11, a: [[{ b: 1, c: 2 }]] },
  { _id: 12, a: [{ b: [] }, 5] },
  { _id: 13, a: [{ b: [1, 9] }] },
]);

const nestedCases: readonly Case[] = [
  ['a path through an array', { 'a.b': 1 }, [1, 2, 7, 8, 13]],
  ['a path does not enter arrays in arrays', { 'a.b': 1, 'a.c': 2 }, [1, 2, 8]],
  ['$elemMatch holds the conditions together', { a: { $elemMatch: { b: 1, c: 2 } } }, [2]],
  ['null through an array', { 'a.b': null }, [5, 6, 9, 10]],
  ['$ne null through an array', { 'a.b': { $ne: null } }, [1, 2, 3, 4, 7, 8, 11, 12, 13]],
  ['$in with null through an array', { 'a.b': { $in: [null, 2] } }, [1, 5, 6, 7, 9, 10]],
  ['$exists through an array', { 'a.b': { $exists: true } }, [1, 2, 5, 6, 7, 8, 12, 13]],
  ['$exists false through an array', { 'a.b': { $exists: false } }, [3, 4, 9, 10, 11]],
  ['$size at the end of a path', { 'a.b': { $size: 2 } }, [13]],
  ['$size 0 at the end of a path', { 'a.b': { $size: 0 } }, [12]],
  ['two arrays on the path', { 'a.b.c': 5 }, [7]],
  ['null behind two arrays', { 'a.b.c': null }, [1, 2, 5, 6, 8, 9, 10]],
  ['a range through an array', { 'a.b': { $gt: 2 } }, [5, 6, 13]],
  ['$all through an array', { 'a.b': { $all: [1, 2] } }, [1, 7]],
  ['$elemMatch at the end of a path', { 'a.b': { $elemMatch: { $gt: 5 } } }, [13]],
  ['$elemMatch null in objects', { a: { $elemMatch: { b: null } } }, [5, 6, 11]],
  ['$type at the end of a path', { 'a.b': { $type: 'array' } }, [7, 12, 13]],
  ['an object as element', { a: { b: 1, c: 2 } }, [2, 8]],
  ['$or in $elemMatch', { a: { $elemMatch: { $or: [{ b: 3 }, { c: 1 }] } } }, [1, 5, 6]],
  ['a position and a field', { 'a.0.b': 1 }, [1, 2, 11, 13]],
  ['a position and a field that is missing', { 'a.1.b': 3 }, [5, 6]],
];

for (const [name, filter, expected] of listCases) {
  test(name, async () => assert.deepEqual(await idsOf(lists, filter), expected));
}

for (const [name, filter, expected] of nestedCases) {
  test(name, async () => assert.deepEqual(await idsOf(nested, filter), expected));
}

for (const key of ['a', 'a.b']) {
  test(`an index on ${key} changes no answer`, async () => {
    const scan = { hint: { $natural: 1 as const } };
    const collection = key === 'a' ? lists : nested;
    await makeIndex(collection, { [key]: 1 });
    for (const [name, filter, expected] of key === 'a' ? listCases : nestedCases) {
      assert.deepEqual(await idsOf(collection, filter), expected, name);
      assert.deepEqual(await idsOf(collection, filter, scan), expected, `${name}, by scan`);
    }
  });
}
