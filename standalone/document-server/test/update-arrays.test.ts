/** Update operators on arrays: $push, $addToSet, $pull and array filters. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Double, Long } from 'bson';
import { byId, refused } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const cases: readonly [name: string, before: unknown, update: Plain, after: unknown][] = [
  ['$push', [1], { $push: { a: 2 } }, [1, 2]],
  ['$push makes the array', undefined, { $push: { a: 1 } }, [1]],
  ['$push of an array is one element', [1], { $push: { a: [2, 3] } }, [1, [2, 3]]],
  ['$push of an object', [], { $push: { a: { x: 1 } } }, [{ x: 1 }]],
  ['$push $each', [1], { $push: { a: { $each: [2, 3] } } }, [1, 2, 3]],
  ['$push $each of nothing', [1], { $push: { a: { $each: [] } } }, [1]],
  ['$slice keeps the last', [1, 2], { $push: { a: { $each: [3, 4], $slice: -3 } } }, [2, 3, 4]],
  ['$slice keeps the first', [1, 2], { $push: { a: { $each: [3, 4], $slice: 3 } } }, [1, 2, 3]],
  ['$slice 0 empties', [1, 2], { $push: { a: { $each: [3], $slice: 0 } } }, []],
  ['$slice with nothing new', [1, 2, 3], { $push: { a: { $each: [], $slice: -2 } } }, [2, 3]],
  ['$slice of a missing array', undefined, { $push: { a: { $each: [1, 2, 3], $slice: -2 } } }, [2, 3]],
  ['$slice longer than the array', [1], { $push: { a: { $each: [2], $slice: -10 } } }, [1, 2]],
  ['$addToSet of a new value', [1], { $addToSet: { a: 2 } }, [1, 2]],
  ['$addToSet of a value that is there', [1, 2], { $addToSet: { a: 2 } }, [1, 2]],
  ['$addToSet across number types', [1], { $addToSet: { a: Long.fromNumber(1) } }, [1]],
  ['$addToSet makes the array', undefined, { $addToSet: { a: 1 } }, [1]],
  ['$addToSet $each joins its own doubles', [1], { $addToSet: { a: { $each: [2, 1, 2] } } }, [1, 2]],
  [
    '$addToSet compares objects in order',
    [{ x: 1, y: 1 }],
    { $addToSet: { a: { y: 1, x: 1 } } },
    [
      { x: 1, y: 1 },
      { y: 1, x: 1 },
    ],
  ],
  [
    '$addToSet of an object that is there',
    [{ x: 1 }],
    { $addToSet: { a: { x: new Double(1) } } },
    [{ x: 1 }],
  ],
  ['$addToSet leaves old doubles alone', [1, 1], { $addToSet: { a: 1 } }, [1, 1]],
  ['$pull of a value', [1, 2, 1], { $pull: { a: 1 } }, [2]],
  ['$pull of a condition', [1, 5, 9, 'x'], { $pull: { a: { $gte: 5 } } }, [1, 'x']],
  ['$pull with $in', [1, 2, 3], { $pull: { a: { $in: [1, 3] } } }, [2]],
  ['$pull of null', [null, 1], { $pull: { a: null } }, [1]],
  [
    '$pull of objects by their fields',
    [{ x: 1, y: 1 }, { x: 2 }, 5],
    { $pull: { a: { x: 1 } } },
    [{ x: 2 }, 5],
  ],
  [
    '$pull of objects by conditions',
    [
      { x: 1, y: 8 },
      { x: 1, y: 2 },
    ],
    { $pull: { a: { x: 1, y: { $gt: 5 } } } },
    [{ x: 1, y: 2 }],
  ],
  ['$pull of an array is exact', [[1, 2], [1]], { $pull: { a: [1] } }, [[1, 2]]],
  ['$pull of nothing', undefined, { $pull: { a: 1 } }, undefined],
  ['$pull by regular expression', ['ab', 'cd', 1], { $pull: { a: /^a/ } }, ['cd', 1]],
];

for (const [name, before, update, expected] of cases) {
  test(name, async () => {
    const collection = await store.collection([before === undefined ? { _id: 1 } : { _id: 1, a: before }]);
    await collection.updateOne({ _id: 1 }, update);
    assert.equal(JSON.stringify((await byId(collection, 1))?.['a']), JSON.stringify(expected));
  });
}

test('a $pull or $addToSet that changes nothing modifies nothing', async () => {
  const collection = await store.collection([{ _id: 1, a: [1, 2] }]);
  assert.equal((await collection.updateOne({}, { $pull: { a: 7 } } as never)).modifiedCount, 0);
  assert.equal((await collection.updateOne({}, { $addToSet: { a: 2 } })).modifiedCount, 0);
});

const legs = {
  legs: [
    { no: 1, paid: 0, parts: [1, 2] },
    { no: 2, paid: 5, parts: [2, 3] },
    { no: 3, paid: 0 },
  ],
};
const filtered: readonly [name: string, update: Plain, arrayFilters: Plain[], expected: unknown][] = [
  ['one element', { $set: { 'legs.$[leg].paid': 9 } }, [{ 'leg.no': 2 }], [0, 9, 0]],
  ['several elements', { $inc: { 'legs.$[leg].paid': 1 } }, [{ 'leg.paid': 0 }], [1, 5, 1]],
  [
    'conditions together',
    { $set: { 'legs.$[leg].paid': 7 } },
    [{ 'leg.paid': 0, 'leg.no': { $gt: 1 } }],
    [0, 5, 7],
  ],
  ['no element', { $set: { 'legs.$[leg].paid': 7 } }, [{ 'leg.no': 99 }], [0, 5, 0]],
  [
    'two names',
    { $set: { 'legs.$[low].paid': 1, 'legs.$[high].paid': 2 } },
    [{ 'low.no': 1 }, { 'high.no': 3 }],
    [1, 5, 2],
  ],
  [
    'alternatives',
    { $set: { 'legs.$[leg].paid': 4 } },
    [{ $or: [{ 'leg.no': 1 }, { 'leg.no': 2 }] }],
    [4, 4, 0],
  ],
];

for (const [name, update, arrayFilters, expected] of filtered) {
  test(`array filter: ${name}`, async () => {
    const collection = await store.collection([{ _id: 1, ...legs }]);
    const result = await collection.updateOne({ _id: 1 }, update, { arrayFilters });
    assert.equal(result.matchedCount, 1);
    const doc = (await byId(collection, 1)) as unknown as { legs: { paid: number }[] };
    assert.deepEqual(
      doc.legs.map((leg) => leg.paid),
      expected,
    );
  });
}

test('array filters on scalars, and one inside the other', async () => {
  const collection = await store.collection([
    {
      _id: 1,
      grades: [50, 90, 70],
      rows: [
        { k: 1, cells: [1, 5] },
        { k: 2, cells: [5] },
      ],
    },
  ]);
  await collection.updateOne(
    {},
    { $set: { 'grades.$[low]': 60 } },
    {
      arrayFilters: [{ low: { $lt: 60 } }],
    },
  );
  await collection.updateOne(
    {},
    { $set: { 'rows.$[row].cells.$[cell]': 0 } },
    {
      arrayFilters: [{ 'row.k': 1 }, { cell: { $gt: 1 } }],
    },
  );
  const doc = await byId(collection, 1);
  assert.deepEqual(doc?.['grades'], [60, 90, 70]);
  assert.deepEqual(doc['rows'], [
    { k: 1, cells: [1, 0] },
    { k: 2, cells: [5] },
  ]);
});

test('array filters for many, and with $push, $pull and $unset below', async () => {
  const collection = await store.collection([
    { _id: 1, ...legs },
    { _id: 2, ...legs },
  ]);
  const update = { $push: { 'legs.$[two].parts': 9 }, $unset: { 'legs.$[three].paid': '' } };
  const result = await collection.updateMany({}, update as never, {
    arrayFilters: [{ 'two.no': 2 }, { 'three.no': 3 }],
  });
  assert.equal(result.modifiedCount, 2);
  assert.deepEqual((await byId(collection, 2))?.['legs'], [
    legs.legs[0],
    { no: 2, paid: 5, parts: [2, 3, 9] },
    { no: 3 },
  ]);
});

test('array filters that are wrong are refused', async () => {
  const collection = await store.collection([{ _id: 1, ...legs }]);
  const set = { $set: { 'legs.$[leg].paid': 1 } } as never;
  await refused(collection.updateOne({}, set, { arrayFilters: [{ 'leg.no': 1 }, { 'other.no': 1 }] }), 9);
  await refused(collection.updateOne({}, set, { arrayFilters: [{ 'leg.no': 1 }, { 'leg.no': 2 }] }), 9);
  await refused(collection.updateOne({}, set, { arrayFilters: [{ 'Leg.no': 1 }] }), 2);
  await refused(
    collection.updateOne({}, { $set: { 'nowhere.$[leg]': 1 } }, { arrayFilters: [{ leg: 1 }] }),
    2,
  );
});
