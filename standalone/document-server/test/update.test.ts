/** Update operators on fields: types kept, paths made, order of new fields, errors that leave the document alone. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Decimal128, Double, Int32, Long } from 'bson';
import { assertSameBson, byId, makeIndex, refused } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { exactly, openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const big = Long.fromString('9007199254740993');
const cases: readonly [name: string, before: Plain, update: Plain, after: Plain][] = [
  ['$set replaces in place', { a: 1, b: 2 }, { $set: { a: 'x' } }, { a: 'x', b: 2 }],
  ['$set adds at the end', { b: 2 }, { $set: { a: 1 } }, { b: 2, a: 1 }],
  ['$set adds new fields by name', {}, { $set: { z: 1, a: 2, m: 3 } }, { a: 2, m: 3, z: 1 }],
  ['$set makes the path', { a: 1 }, { $set: { 'n.x.y': 2 } }, { a: 1, n: { x: { y: 2 } } }],
  ['$set in an array by position', { l: [1, 2] }, { $set: { 'l.1': 9 } }, { l: [1, 9] }],
  ['$set beyond the end fills with null', { l: [1] }, { $set: { 'l.3': 9 } }, { l: [1, null, null, 9] }],
  ['$set in an object of an array', { l: [{ x: 1 }] }, { $set: { 'l.0.y': 2 } }, { l: [{ x: 1, y: 2 }] }],
  ['$set makes numbers fields where nothing is', {}, { $set: { 'n.0': 1 } }, { n: { 0: 1 } }],
  ['$set null', { a: 1 }, { $set: { a: null } }, { a: null }],
  ['$set of the whole object', { n: { x: 1 } }, { $set: { n: { y: 1 } } }, { n: { y: 1 } }],
  ['$unset', { a: 1, b: 2 }, { $unset: { a: '' } }, { b: 2 }],
  ['$unset in an object', { n: { x: 1, y: 2 } }, { $unset: { 'n.x': '' } }, { n: { y: 2 } }],
  ['$unset of an element leaves null', { l: [1, 2, 3] }, { $unset: { 'l.1': '' } }, { l: [1, null, 3] }],
  ['$unset of nothing', { a: 1 }, { $unset: { 'q.r': '' } }, { a: 1 }],
  ['$inc int', { a: 1 }, { $inc: { a: 2 } }, { a: new Int32(3) }],
  ['$inc int by double', { a: 1 }, { $inc: { a: new Double(2) } }, { a: new Double(3) }],
  ['$inc double keeps its type', { a: new Double(1) }, { $inc: { a: 2 } }, { a: new Double(3) }],
  [
    '$inc int over its bound is a long',
    { a: 2147483647 },
    { $inc: { a: 1 } },
    { a: Long.fromNumber(2147483648) },
  ],
  ['$inc long keeps every digit', { a: big }, { $inc: { a: 1 } }, { a: Long.fromString('9007199254740994') }],
  ['$inc long stays long', { a: Long.fromNumber(1) }, { $inc: { a: -1 } }, { a: Long.ZERO }],
  [
    '$inc decimal is exact',
    { a: Decimal128.fromString('0.1') },
    { $inc: { a: Decimal128.fromString('0.2') } },
    { a: Decimal128.fromString('0.3') },
  ],
  [
    '$inc long by decimal',
    { a: big },
    { $inc: { a: Decimal128.fromString('0.5') } },
    { a: Decimal128.fromString('9007199254740993.5') },
  ],
  ['$inc of nothing sets', {}, { $inc: { a: Long.fromNumber(5) } }, { a: Long.fromNumber(5) }],
  ['$inc down a new path', {}, { $inc: { 'n.c': 1 } }, { n: { c: 1 } }],
  ['$inc several', { a: 1 }, { $inc: { a: 1, b: 2 } }, { a: 2, b: 2 }],
  ['$min less', { a: 5 }, { $min: { a: 3 } }, { a: 3 }],
  ['$min not less', { a: 5 }, { $min: { a: new Double(5) } }, { a: new Int32(5) }],
  ['$min across types', { a: 5 }, { $min: { a: null } }, { a: null }],
  ['$max across types', { a: 5 }, { $max: { a: 'x' } }, { a: 'x' }],
  ['$max of nothing sets', {}, { $max: { a: 1 } }, { a: 1 }],
  ['$max of dates', { a: new Date(5) }, { $max: { a: new Date(9) } }, { a: new Date(9) }],
  ['$max between types of number', { a: big }, { $max: { a: new Double(9007199254740992) } }, { a: big }],
  ['$setOnInsert does nothing here', { a: 1 }, { $setOnInsert: { b: 1 } }, { a: 1 }],
  [
    'several operators',
    { a: 1, b: 1, c: 1 },
    { $set: { a: 2 }, $unset: { b: '' }, $inc: { c: 1 } },
    { a: 2, c: 2 },
  ],
];

for (const [name, before, update, expected] of cases) {
  test(name, async () => {
    const collection = await store.collection([{ _id: 1, ...before }]);
    const result = await collection.updateOne({ _id: 1 }, update);
    assert.equal(result.matchedCount, 1);
    assertSameBson(await byId(exactly(store, collection), 1), exact({ _id: 1, ...expected }));
  });
}

/** Plain numbers of a table as the driver stores them: Int32, since all of them are small and whole. */
function exact(value: unknown): unknown {
  if (typeof value === 'number') return new Int32(value);
  if (Array.isArray(value)) return value.map(exact);
  if (value === null || typeof value !== 'object' || '_bsontype' in value || value instanceof Date)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, exact(inner)]));
}

const faults: readonly [name: string, before: Plain, update: Plain, ...codes: number[]][] = [
  ['an unknown operator', { a: 1 }, { $foo: { a: 1 } }, 9],
  ['two operators on one path', { a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
  ['a path and its child', { a: {} }, { $set: { a: 1, 'a.b': 2 } }, 40],
  ['a path through a scalar', { a: 1 }, { $set: { 'a.b': 1 } }, 28],
  ['a field of an array', { a: [1] }, { $set: { 'a.b': 1 } }, 28],
  ['$inc of text', { a: 'x' }, { $inc: { a: 1 } }, 14],
  ['$inc of null', { a: null }, { $inc: { a: 1 } }, 14],
  ['$inc by text', { a: 1 }, { $inc: { a: 'x' } }, 14],
  ['$inc over 64 bits', { a: Long.MAX_VALUE }, { $inc: { a: 1 } }, 2],
  ['$push to a scalar', { a: 1 }, { $push: { a: 1 } }, 2],
  ['$addToSet to a scalar', { a: 1 }, { $addToSet: { a: 1 } }, 2],
  ['$pull from a scalar', { a: 1 }, { $pull: { a: 1 } }, 2],
  ['$push with an unknown modifier', { a: [] }, { $push: { a: { $each: [1], $foo: 1 } } }, 2],
  ['$push with $each of a scalar', { a: [] }, { $push: { a: { $each: 1 } } }, 2, 14],
  ['a change of _id', { a: 1 }, { $set: { _id: 2 } }, 66],
  ['an operator that is not an object', { a: 1 }, { $set: 5 }, 9],
  ['an empty path component', { a: {} }, { $set: { 'a..b': 1 } }, 56],
  ['$set of an empty name', {}, { $set: { '': 1 } }, 56],
  ['an array filter that is missing', { a: [1] }, { $set: { 'a.$[x]': 1 } }, 2],
];

for (const [name, before, update, ...codes] of faults) {
  test(`refused, and nothing changed: ${name}`, async () => {
    const collection = await store.collection([{ _id: 1, ...before }]);
    const was = await byId(exactly(store, collection), 1);
    await refused(collection.updateOne({ _id: 1 }, update), ...codes);
    assertSameBson(await byId(exactly(store, collection), 1), was);
  });
}

test('matched and modified are counted apart', async () => {
  const collection = await store.collection([
    { _id: 1, a: 1, k: 1 },
    { _id: 2, a: 2, k: 1 },
    { _id: 3, a: 1, k: 2 },
  ]);
  const many = await collection.updateMany({ k: 1 }, { $set: { a: 1 } });
  assert.deepEqual([many.matchedCount, many.modifiedCount, many.upsertedCount], [2, 1, 0]);
  const typed = await collection.updateOne({ _id: 3 }, { $set: { a: new Double(1) } });
  assert.equal(typed.modifiedCount, 1, 'a change of number type is a change');
  const least = await collection.updateOne({ _id: 3 }, { $min: { a: 1 } });
  assert.equal(least.modifiedCount, 0);
  const none = await collection.updateMany({ k: 9 }, { $set: { a: 1 } });
  assert.deepEqual([none.matchedCount, none.modifiedCount], [0, 0]);
});

test('updateOne takes one, the first by the index it must use', async () => {
  const collection = await store.collection(Array.from({ length: 5 }, (_, i) => ({ _id: i, s: 'new' })));
  await collection.updateOne({ s: 'new' }, { $set: { s: 'taken' } });
  assert.equal(await collection.countDocuments({ s: 'taken' }), 1);
});

test('an update of the field that finds the documents finds each once', async () => {
  const collection = await store.collection(Array.from({ length: 200 }, (_, i) => ({ _id: i, n: i })));
  await makeIndex(collection, { n: 1 });
  const result = await collection.updateMany({ n: { $gte: 0 } }, { $inc: { n: 100 } });
  assert.equal(result.modifiedCount, 200);
  assert.equal(await collection.countDocuments({ n: { $gte: 300 } }), 0);
  assert.equal(await collection.countDocuments({ n: { $gte: 100 } }), 200);
});

test('replace keeps _id and drops the rest', async () => {
  const collection = await store.collection([{ _id: 1, a: 1, b: 2 }]);
  const result = await collection.replaceOne({ a: 1 }, { c: 3 });
  assert.equal(result.modifiedCount, 1);
  assertSameBson(await byId(collection, 1), { _id: 1, c: 3 });
  await refused(collection.replaceOne({ _id: 1 }, { _id: 2, c: 3 }), 66);
});

test('$currentDate sets the time of the server', async () => {
  const collection = await store.collection([{ _id: 1 }]);
  const earliest = Date.now() - 5000;
  await collection.updateOne({ _id: 1 }, { $currentDate: { a: true, b: { $type: 'date' } } } as never);
  const doc = await byId(collection, 1);
  for (const field of ['a', 'b']) {
    assert.ok(doc?.[field] instanceof Date);
    assert.ok(doc[field].getTime() > earliest && doc[field].getTime() < Date.now() + 5000);
  }
});

test('delete one and many', async () => {
  const collection = await store.collection(Array.from({ length: 6 }, (_, i) => ({ _id: i, k: i % 2 })));
  assert.equal((await collection.deleteOne({ k: 1 })).deletedCount, 1);
  assert.equal((await collection.deleteMany({ k: 1 })).deletedCount, 2);
  assert.equal((await collection.deleteMany({ k: 1 })).deletedCount, 0);
  assert.equal((await collection.deleteMany({})).deletedCount, 3);
});
