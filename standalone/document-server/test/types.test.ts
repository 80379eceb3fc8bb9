/** Values at the edges: 2^53 ± 1, -0, NaN, decimals, dates before 1970, odd keys, deep nesting, 16 MB. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { BSON } from 'bson';
import {
  Binary,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';
import { assertSameBson, idsOf, makeIndex, refused } from './support/expect.ts';
import { exactly, openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const edges: readonly [name: string, value: unknown][] = [
  ['int', new Int32(-2147483648)],
  ['long just below 2^53', Long.fromString('9007199254740991')],
  ['long just above 2^53', Long.fromString('9007199254740993')],
  ['negative long', Long.fromString('-9007199254740993')],
  ['least long', Long.MIN_VALUE],
  ['greatest long', Long.MAX_VALUE],
  ['small long', Long.fromNumber(5)],
  ['whole double', new Double(5)],
  ['minus zero', new Double(-0)],
  ['NaN', new Double(NaN)],
  ['infinity', new Double(-Infinity)],
  ['least double', new Double(5e-324)],
  ['greatest double', new Double(1.7976931348623157e308)],
  ['decimal with its zeros', Decimal128.fromString('1.10')],
  ['decimal of 34 digits', Decimal128.fromString('1234567890123456789012345678901234')],
  ['decimal NaN', Decimal128.fromString('NaN')],
  ['decimal infinity', Decimal128.fromString('-Infinity')],
  ['decimal minus zero', Decimal128.fromString('-0E+10')],
  ['decimal of a large exponent', Decimal128.fromString('9E+6000')],
  ['date before 1970', new Date('1890-01-01T00:00:00.001Z')],
  ['date before the year 1', new Date(-100_000_000_000_000)],
  ['objectId', new ObjectId('ffffffffffffffffffffffff')],
  ['binary', new Binary(Buffer.from([0, 255, 1]))],
  ['binary of a subtype', new Binary(Buffer.from([0]), 128)],
  ['uuid', new UUID('01234567-89ab-4cde-8f01-23456789abcd')],
  ['empty text', ''],
  ['text with a zero byte', 'a\u0000b'],
  ['text beyond the base plane', '𠮷扶贫'],
  ['regular expression', new BSON.BSONRegExp('^a\\d', 'im')],
  ['timestamp', new Timestamp({ t: 4294967295, i: 1 })],
  ['code', new Code('function () {}')],
  ['min key', new MinKey()],
  ['max key', new MaxKey()],
  ['reference', new DBRef('c', new ObjectId('0123456789abcdef01234567'))],
  ['null', null],
  ['empty array', []],
  ['empty object', {}],
  ['array of arrays', [[], [[new Int32(1)]]]],
  ['keys that are numbers', { 1: new Int32(1), 0: new Int32(0) }],
];

test('every value comes back as it went in, to the byte, and its index finds it', async () => {
  const collection = await store.collection();
  await collection.insertMany(edges.map(([_id, v]) => ({ _id, v })));
  const typed = exactly(store, collection);
  for (const indexed of [false, true]) {
    if (indexed) await makeIndex(collection, { v: 1 });
    for (const [_id, value] of edges) {
      assertSameBson((await typed.findOne({ _id }, { bsonRegExp: true }))?.['v'], value, _id);
      if (_id === 'regular expression') continue;
      const found = await idsOf(collection, { v: { $eq: value } });
      assert.ok(
        found.includes(_id),
        `${_id} is not found by its value${indexed ? ' through the index' : ''}`,
      );
    }
  }
});

test('neighbours of 2^53 stay apart in filters, sorts and unique indexes', async () => {
  const near = ['9007199254740991', '9007199254740992', '9007199254740993'];
  const collection = await store.collection();
  await makeIndex(collection, { v: 1 }, { unique: true });
  for (const text of near) await collection.insertOne({ _id: text, v: Long.fromString(text) });
  await refused(collection.insertOne({ _id: 'double', v: new Double(9007199254740992) }), 11000);
  await collection.insertOne({ _id: 'decimal', v: Decimal128.fromString('9007199254740992.5') });
  await refused(collection.insertOne({ _id: 'same', v: Decimal128.fromString('9007199254740993.0') }), 11000);
  assert.deepEqual(await idsOf(collection, { v: Decimal128.fromString('9007199254740993') }), [near[2]]);
  assert.deepEqual(await idsOf(collection, { v: { $gt: new Double(9007199254740992) } }), [
    near[2],
    'decimal',
  ]);
  const sorted = await collection.find({}, { sort: { v: -1 } }).toArray();
  assert.deepEqual(
    sorted.map((doc) => doc._id),
    [near[2], 'decimal', near[1], near[0]],
  );
});

test('0.1 as decimal is not 0.1 as double', async () => {
  const collection = await store.collection([
    { _id: 1, v: Decimal128.fromString('0.1') },
    { _id: 2, v: new Double(0.1) },
    { _id: 3, v: Decimal128.fromString('0.10') },
  ]);
  for (const indexed of [false, true]) {
    if (indexed) await makeIndex(collection, { v: 1 });
    assert.deepEqual(await idsOf(collection, { v: Decimal128.fromString('0.1') }), [1, 3]);
    assert.deepEqual(await idsOf(collection, { v: 0.1 }), [2]);
  }
});

test('empty keys and keys with a dollar or a dot', async () => {
  const collection = await store.collection([{ _id: 1, '': 1, n: { '': { x: 2 } } }]);
  assert.deepEqual(await collection.findOne({ _id: 1 }), { _id: 1, '': 1, n: { '': { x: 2 } } });
  await collection.insertOne({ _id: 2, n: { $set: 5, 'a.b': 6, $ref: 'x' } });
  assert.deepEqual(await collection.findOne({ _id: 2 }), { _id: 2, n: { $set: 5, 'a.b': 6, $ref: 'x' } });
  assert.deepEqual(await idsOf(collection, { 'n.a.b': 6 }), []);
  await collection.updateOne({ _id: 2 }, { $set: { k: 1 } });
  assert.deepEqual(await collection.findOne({ _id: 2 }), {
    _id: 2,
    n: { $set: 5, 'a.b': 6, $ref: 'x' },
    k: 1,
  });
  const proto = BSON.deserialize(
    BSON.serialize(JSON.parse('{"_id":3,"__proto__":{"polluted":1},"constructor":2}') as BSON.Document),
  );
  await collection.insertOne(proto as { _id: number });
  assert.deepEqual(await idsOf(collection, { constructor: 2 }), [3]);
  assert.deepEqual(await idsOf(collection, { polluted: 1 }), []);
  assert.deepEqual(await idsOf(collection, { toString: { $exists: true } }), []);
});

test('100 levels of nesting come back and are found', async () => {
  let value: unknown = 'ground';
  for (let level = 0; level < 95; level += 1) value = level % 10 === 9 ? [value] : { k: value };
  const collection = await store.collection([{ _id: 1, v: value }]);
  assert.deepEqual((await collection.findOne({ _id: 1 }))?.['v'], value);
  assert.deepEqual(await idsOf(collection, { v: value }), [1]);
  let deep: unknown = 1;
  for (let level = 0; level < 100; level += 1) deep = { k: deep };
  await collection.insertOne({ _id: 2, deep });
  assert.deepEqual((await collection.findOne({ _id: 2 }))?.['deep'], deep);
});

test('nesting without end is refused or kept, and the server lives', async () => {
  const collection = await store.collection();
  await collection.insertOne({ _id: 1 });
  let deep: unknown = 1;
  for (let level = 0; level < 1500; level += 1) deep = { k: deep };
  await collection.insertOne({ _id: 2, deep }).catch((error: unknown) => assert.ok(error instanceof Error));
  assert.equal(await collection.countDocuments({ _id: 1 }), 1);
});

test('16 MB is stored, a byte more is refused, and growing beyond it too', async () => {
  const collection = await store.collection();
  const limit = 16 * 1024 * 1024;
  const frame = BSON.calculateObjectSize({ _id: 1, text: '' });
  await collection.insertOne({ _id: 1, text: 'x'.repeat(limit - frame) });
  assert.equal(String((await collection.findOne({ _id: 1 }))?.['text']).length, limit - frame);
  await assert.rejects(collection.insertOne({ _id: 2, text: 'x'.repeat(limit - frame + 1) }));
  await refused(collection.updateOne({ _id: 1 }, { $set: { more: 1 } }), 17419, 17420, 10334, 2);
  assert.deepEqual(await idsOf(collection, {}, { projection: { _id: 1 } }), [1]);
  const three = await store.collection();
  await three.insertMany([1, 2, 3, 4].map((_id) => ({ _id, text: 'y'.repeat(12_000_000) })));
  assert.equal((await three.find().toArray()).length, 4);
});
