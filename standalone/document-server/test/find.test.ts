/** find as a whole: sort over mixed types and arrays, projection, skip, limit, count, distinct. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { idsOf, makeIndex, order, refused } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const mixed = await store.collection([
  { _id: 'max', v: new MaxKey() },
  { _id: 'regex', v: /a/ },
  { _id: 'timestamp', v: new Timestamp({ t: 1, i: 1 }) },
  { _id: 'date', v: new Date(-1) },
  { _id: 'true', v: true },
  { _id: 'false', v: false },
  { _id: 'objectId', v: new ObjectId('000000000000000000000001') },
  { _id: 'binary long', v: new Binary(Buffer.from([1, 2])) },
  { _id: 'binary', v: new Binary(Buffer.from([9])) },
  { _id: 'object', v: { a: 1 } },
  { _id: 'string', v: 'a' },
  { _id: 'string upper', v: 'Z' },
  { _id: 'string high', v: '扶' },
  { _id: 'long', v: Long.fromString('9007199254740993') },
  { _id: 'double', v: new Double(9007199254740992) },
  { _id: 'decimal', v: Decimal128.fromString('0.1') },
  { _id: 'double tenth', v: new Double(0.1) },
  { _id: 'infinity', v: Infinity },
  { _id: 'minus infinity', v: -Infinity },
  { _id: 'nan', v: NaN },
  { _id: 'null', v: null },
  { _id: 'min', v: new MinKey() },
]);

// 0.1 as a double is a little more than one tenth, so the decimal comes first.
const bsonOrder = [
  ...['min', 'null', 'nan', 'minus infinity', 'decimal', 'double tenth', 'double', 'long', 'infinity'],
  ...['string upper', 'string', 'string high', 'object', 'binary', 'binary long', 'objectId'],
  ...['false', 'true', 'date', 'timestamp', 'regex', 'max'],
];

for (const indexed of [false, true]) {
  test(`all types sort in BSON order${indexed ? ', by index' : ''}`, async () => {
    if (indexed) await makeIndex(mixed, { v: 1 });
    assert.deepEqual(await order(mixed, { v: 1 }), bsonOrder);
    assert.deepEqual(await order(mixed, { v: -1 }), bsonOrder.toReversed());
  });
}

const arrays = await store.collection([
  { _id: 1, a: [5, 1] },
  { _id: 2, a: 3 },
  { _id: 3, a: [] },
  { _id: 4, a: null },
  { _id: 5, a: [4, 9] },
  { _id: 6, a: [[0]], n: [{ x: 2 }, { x: 7 }] },
  { _id: 7, a: 2, n: [{ x: 5 }, {}] },
  { _id: 8, a: 'b', n: { x: 6 } },
]);

for (const indexed of [false, true]) {
  test(`arrays sort by their least and greatest element${indexed ? ', by index' : ''}`, async () => {
    if (indexed) await makeIndex(arrays, { a: 1, _id: 1 });
    if (indexed) await makeIndex(arrays, { 'n.x': -1, _id: 1 });
    assert.deepEqual(await order(arrays, { a: 1, _id: 1 }), [3, 4, 1, 7, 2, 5, 8, 6]);
    assert.deepEqual(await order(arrays, { a: -1, _id: 1 }), [6, 8, 5, 1, 2, 7, 4, 3]);
    assert.deepEqual(await order(arrays, { 'n.x': -1, _id: 1 }), [6, 8, 7, 1, 2, 3, 4, 5]);
    assert.deepEqual(await order(arrays, { 'n.x': 1, _id: -1 }), [7, 5, 4, 3, 2, 1, 6, 8]);
  });
}

test('skip and limit after the sort', async () => {
  const numbers = await store.collection(Array.from({ length: 20 }, (_, i) => ({ _id: i, k: i % 4 })));
  const page = numbers.find({ k: { $lt: 3 } }, { sort: { k: -1, _id: 1 }, skip: 3, limit: 4 });
  assert.deepEqual(
    (await page.toArray()).map((doc) => doc._id),
    [14, 18, 1, 5],
  );
  assert.equal(await numbers.countDocuments({ k: 1 }), 5);
  assert.equal(await numbers.countDocuments({ k: 1 }, { skip: 1, limit: 3 }), 3);
  assert.equal(await numbers.estimatedDocumentCount(), 20);
  assert.deepEqual(await idsOf(numbers, { k: 0 }, { limit: -2 }), [0, 4]);
  assert.equal((await numbers.find({}, { limit: 0 }).toArray()).length, 20);
  const count = await store.client.db(numbers.dbName).command({ count: 'c', query: { k: 2 }, skip: 2 });
  assert.equal(count['n'], 3);
});

test('distinct answers the same from an index, null and missing kept apart', async () => {
  const db = store.database();
  const places = db.collection<{ _id: number; a?: unknown }>('places');
  const values = [5, 'x', null, undefined, Long.fromNumber(5), 'x', null, 'y', 5.5, new Date(0)];
  const documents = values.map((a, at) => ({ _id: at, ...(a === undefined ? {} : { a }) }));
  await places.insertMany([{ _id: 90 }, ...documents, { _id: 91 }]);
  const scanned = await places.distinct('a');
  assert.equal(scanned.length, 6);
  await makeIndex(places, { a: 1, _id: -1 });
  const plan = await db.command({ explain: { distinct: 'places', key: 'a', query: {} } });
  assert.match(JSON.stringify(plan), /DISTINCT_SCAN/);
  assert.deepEqual((await places.distinct('a')).map(String), scanned.map(String));
  await places.deleteMany({ _id: { $in: [2, 6] } });
  assert.equal((await places.distinct('a')).includes(null), false, 'only missing ones are left');
});

test('distinct opens arrays and joins equal numbers', async () => {
  const values = await store.collection([
    { _id: 1, a: [1, 2, 2], n: [{ x: 'p' }, { x: 'q' }] },
    { _id: 2, a: new Double(2), n: { x: 'q' } },
    { _id: 3, a: null },
    { _id: 4, n: { x: 'r' } },
    { _id: 5, a: [[3]] },
  ]);
  const found = (await values.distinct('a')).map((value) => JSON.stringify(value)).sort();
  assert.deepEqual(found, ['1', '2', '[3]', 'null']);
  assert.deepEqual((await values.distinct('n.x')).sort(), ['p', 'q', 'r']);
  assert.deepEqual((await values.distinct('n.x', { _id: { $gt: 1 } })).sort(), ['q', 'r']);
  assert.deepEqual(await values.distinct('nowhere'), []);
});

const whole = {
  _id: 1,
  z: 1,
  a: { b: 1, c: { d: 2, e: 3 } },
  l: [{ x: 1, y: 2 }, 5, [{ x: 3, y: 4 }], {}],
  s: 'x',
};
const projections: readonly [name: string, projection: Plain, expected: Plain][] = [
  ['inclusion brings _id and the order of the document', { s: 1, z: 1 }, { _id: 1, z: 1, s: 'x' }],
  ['inclusion without _id', { z: 1, _id: 0 }, { z: 1 }],
  ['exclusion', { a: 0, l: 0 }, { _id: 1, z: 1, s: 'x' }],
  ['exclusion of _id alone', { _id: 0, a: 0, l: 0 }, { z: 1, s: 'x' }],
  ['only _id', { _id: 1 }, { _id: 1 }],
  ['a dotted path', { 'a.c.d': 1 }, { _id: 1, a: { c: { d: 2 } } }],
  ['a nested specification', { a: { c: { d: 1 } } }, { _id: 1, a: { c: { d: 2 } } }],
  ['a dotted path excluded', { 'a.c.d': 0, l: 0 }, { _id: 1, z: 1, a: { b: 1, c: { e: 3 } }, s: 'x' }],
  ['inclusion in arrays drops scalars', { 'l.x': 1 }, { _id: 1, l: [{ x: 1 }, [{ x: 3 }], {}] }],
  [
    'exclusion in arrays keeps scalars',
    { 'l.x': 0, a: 0 },
    { _id: 1, z: 1, l: [{ y: 2 }, 5, [{ y: 4 }], {}], s: 'x' },
  ],
  ['a path through a scalar includes nothing', { 'z.q': 1 }, { _id: 1 }],
  ['a missing field', { nowhere: 1 }, { _id: 1 }],
  ['true and false', { z: true, _id: false }, { z: 1 }],
  ['nothing asked, everything given', {}, whole],
];

const shown = await store.collection([whole]);
for (const [name, projection, expected] of projections) {
  test(`projection: ${name}`, async () => {
    const [doc] = await shown.find({}, { projection }).toArray();
    assert.equal(JSON.stringify(doc), JSON.stringify(expected));
  });
}

test('projection: inclusion and exclusion do not mix', async () => {
  await refused(shown.find({}, { projection: { z: 1, s: 0 } }).toArray(), 31254);
  await refused(shown.find({}, { projection: { z: 0, s: 1 } }).toArray(), 31253);
  await refused(shown.find({}, { projection: { a: 1, 'a.b': 1 } }).toArray(), 31249, 31250);
});

test('a query on a collection that is not there finds nothing', async () => {
  const nowhere = store.database().collection('nowhere');
  assert.deepEqual(await nowhere.find({ a: 1 }).toArray(), []);
  assert.equal(await nowhere.countDocuments(), 0);
  assert.equal(await nowhere.estimatedDocumentCount(), 0);
  assert.deepEqual(await nowhere.aggregate([{ $match: {} }]).toArray(), []);
  assert.equal((await nowhere.deleteMany({})).deletedCount, 0);
});

test('hint: an index by name or key, and one that is not there', async () => {
  const hinted = await store.collection([{ _id: 1, a: 1 }]);
  await makeIndex(hinted, { a: 1 });
  assert.deepEqual(await idsOf(hinted, { a: 1 }, { hint: 'a_1' }), [1]);
  assert.deepEqual(await idsOf(hinted, { a: 1 }, { hint: { a: 1 } }), [1]);
  await refused(hinted.find({ a: 1 }, { hint: 'b_1' }).toArray(), 2);
});
