/** Whole documents put in the place of others by bulk writes, whose replacements travel beside the command, and alone. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import mongoose from 'mongoose';
import { assertSameBson, byId, makeIndex } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { openStore } from './support/store.ts';
import type { Collection } from './support/store.ts';

const store = await openStore();
after(() => store.close());

interface Replace {
  readonly filter: Plain;
  readonly replacement: Plain;
  readonly upsert?: boolean;
}

/** In a bulk of several statements, so that none of them is sent in another form. */
function bulk(collection: Collection, ...all: readonly Replace[]): Promise<mongoose.mongo.BulkWriteResult> {
  return collection.bulkWrite(
    all.map((one) => ({ replaceOne: one })) as mongoose.mongo.AnyBulkWriteOperation[] as never,
    { ordered: false },
  );
}

async function faults(writing: Promise<unknown>): Promise<unknown[][]> {
  const error = await writing.then(
    () => assert.fail('no fault'),
    (reason: unknown) => reason as mongoose.mongo.MongoBulkWriteError,
  );
  assert.ok(error instanceof mongoose.mongo.MongoBulkWriteError);
  return [error.writeErrors].flat().map(({ index, code }) => [index, code]);
}

test('the _id stays in front, the fields come in the order of the replacement', async () => {
  const collection = await store.collection([
    { _id: 1, a: 1, b: { c: [1, 2] } },
    { _id: 'x', a: 2 },
  ]);
  const result = await bulk(
    collection,
    { filter: { _id: 1 }, replacement: { z: 1, a: [{ b: null }], n: 1.5, t: '文' } },
    { filter: { a: 2 }, replacement: {} },
    { filter: { _id: 2 }, replacement: { a: 3 } },
  );
  assert.deepEqual([result.matchedCount, result.modifiedCount], [2, 2]);
  assertSameBson(await byId(collection, 1), { _id: 1, z: 1, a: [{ b: null }], n: 1.5, t: '文' });
  assertSameBson(await byId(collection, 'x'), { _id: 'x' });
});

test('an equal replacement matches and modifies nothing; another order of the fields does', async () => {
  const collection = await store.collection([{ _id: 1, a: 1, b: 'x' }]);
  const same = await bulk(collection, { filter: { _id: 1 }, replacement: { a: 1, b: 'x' } });
  assert.deepEqual([same.matchedCount, same.modifiedCount], [1, 0]);
  const turned = await bulk(collection, { filter: { _id: 1 }, replacement: { b: 'x', a: 1 } });
  assert.deepEqual([turned.matchedCount, turned.modifiedCount], [1, 1]);
});

test('an _id in the replacement must be the same, in value if not in type', async () => {
  const collection = await store.collection([{ _id: 1, a: 1 }]);
  await bulk(collection, { filter: { _id: 1 }, replacement: { _id: 1, a: 2 } });
  assertSameBson(await byId(collection, 1), { _id: 1, a: 2 });
  const writing = bulk(
    collection,
    { filter: { _id: 1 }, replacement: { a: 3, _id: 2 } },
    { filter: { _id: 1 }, replacement: { a: 4 } },
  );
  assert.deepEqual(await faults(writing), [[0, 66]]);
  assertSameBson(await byId(collection, 1), { _id: 1, a: 4 });
});

test('an upsert takes the _id of its filter, or makes one', async () => {
  const collection = await store.collection();
  const result = await bulk(
    collection,
    { filter: { _id: 'k', a: { $lte: 3 } }, replacement: { a: 3 }, upsert: true },
    { filter: { b: 1 }, replacement: { c: 1 }, upsert: true },
  );
  assert.deepEqual(Object.keys(result.upsertedIds), ['0', '1']);
  assert.equal(result.upsertedIds[0], 'k');
  assertSameBson(await byId(collection, 'k'), { _id: 'k', a: 3 });
  const made = await collection.findOne({ c: 1 });
  assert.deepEqual(Object.keys(made ?? {}), ['_id', 'c']);
  assert.equal(String(made?._id), String(result.upsertedIds[1]));
});

test('a filter that the stored document does not meet makes an upsert meet the taken _id', async () => {
  const collection = await store.collection([{ _id: 'k', ver: 5 }]);
  const writing = bulk(
    collection,
    { filter: { _id: 'k', ver: { $lte: 4 } }, replacement: { ver: 4 }, upsert: true },
    { filter: { _id: 'l', ver: { $lte: 4 } }, replacement: { ver: 4 }, upsert: true },
  );
  assert.deepEqual(await faults(writing), [[0, 11000]]);
  const newer = await bulk(collection, {
    filter: { _id: 'k', ver: { $lte: 5 } },
    replacement: { ver: 5, n: 1 },
  });
  assert.equal(newer.modifiedCount, 1);
  assert.deepEqual(await collection.find().sort({ _id: 1 }).toArray(), [
    { _id: 'k', ver: 5, n: 1 },
    { _id: 'l', ver: 4 },
  ]);
});

test('entries follow the fields that changed: compound, of arrays, partial, unique', async () => {
  const collection = await store.collection([
    { _id: 1, a: ['p', 'q'], s: 'open', n: 1, d: { x: 1 } },
    { _id: 2, a: ['q'], s: 'open', n: 2, d: { x: 2 } },
  ]);
  const indexes = [
    await makeIndex(collection, { a: 1, s: 1 }),
    await makeIndex(collection, { s: 1, n: -1 }, { partialFilterExpression: { s: 'open' } }),
    await makeIndex(collection, { 'd.x': 1 }),
    await makeIndex(collection, { n: 1 }, { unique: true }),
  ];
  const writing = bulk(
    collection,
    { filter: { _id: 1 }, replacement: { a: ['q', 'r', 'r'], s: 'shut', n: 1, d: [{ x: 3 }, { x: 2 }] } },
    { filter: { _id: 2 }, replacement: { a: [], s: 'open', n: 1 } },
  );
  assert.deepEqual(await faults(writing), [[1, 11000]]);
  await bulk(collection, { filter: { _id: 2 }, replacement: { a: 'p', s: 'open', n: 7, more: true } });
  const ids = async (hint: string, filter: Plain): Promise<unknown[]> =>
    (
      await collection
        .find(filter as never, { hint })
        .sort({ _id: 1 })
        .toArray()
    ).map(({ _id }) => _id);
  const [byA = '', byState = '', byX = '', byN = ''] = indexes;
  assert.deepEqual(await ids(byA, { a: 'q' }), [1]);
  assert.deepEqual(await ids(byA, { a: 'p', s: 'open' }), [2]);
  assert.deepEqual(await ids(byA, { a: 'r', s: 'shut' }), [1]);
  assert.deepEqual(await ids(byState, { s: 'open' }), [2]);
  assert.deepEqual(await ids(byX, { 'd.x': 2 }), [1]);
  assert.deepEqual(await ids(byX, { 'd.x': 1 }), []);
  assert.deepEqual(await ids(byN, { n: { $gte: 2 } }), [2]);
});

test('fields with a dollar are refused wherever they stand', async () => {
  const collection = await store.collection([{ _id: 1, a: 1 }]);
  for (const u of [{ a: 2, $b: 1 }, { $b: 1 }]) {
    const command = { update: collection.collectionName, updates: [{ q: { _id: 1 }, u }] };
    const reply = (await store.client.db(collection.dbName).command(command)) as {
      writeErrors?: { code: number }[];
    };
    assert.deepEqual(
      reply.writeErrors?.map(({ code }) => code),
      ['a' in u ? 52 : 9],
    );
  }
  assertSameBson(await byId(collection, 1), { _id: 1, a: 1 });
});
