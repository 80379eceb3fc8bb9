/** Indexes: making, listing, dropping; unique, partial, multikey, descending and TTL. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertSameBson, idsOf, makeIndex, refused } from './support/expect.ts';
import { openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

test('createIndexes says what it did, and again does nothing', async () => {
  const collection = await store.collection([{ _id: 1 }]);
  const db = store.client.db(collection.dbName);
  const indexes = [
    { key: { a: 1 }, name: 'a_1' },
    { key: { b: -1, 'n.x': 1 }, name: 'pair', unique: true },
  ];
  const first = await db.command({ createIndexes: 'c', indexes });
  assert.deepEqual([first['numIndexesBefore'], first['numIndexesAfter'], first['ok']], [1, 3, 1]);
  const again = await db.command({ createIndexes: 'c', indexes });
  assert.deepEqual([again['numIndexesBefore'], again['numIndexesAfter']], [3, 3]);
});

test('createIndexes makes the collection', async () => {
  const db = store.database();
  const made = await db.command({ createIndexes: 'fresh', indexes: [{ key: { a: 1 }, name: 'a_1' }] });
  assert.deepEqual(
    [made['createdCollectionAutomatically'], made['numIndexesBefore'], made['numIndexesAfter']],
    [true, 1, 2],
  );
  assert.deepEqual(
    (await db.listCollections().toArray()).map((each) => each.name),
    ['fresh'],
  );
});

test('listIndexes gives back every option', async () => {
  const collection = await store.collection([{ _id: 1 }]);
  await makeIndex(collection, { u: 1 }, { unique: true, name: 'u' });
  await makeIndex(collection, { p: 1, q: -1 }, { partialFilterExpression: { s: { $gt: 3 } } });
  await makeIndex(collection, { t: 1 }, { expireAfterSeconds: 60 });
  await makeIndex(collection, { s: 1 }, { sparse: true });
  assert.deepEqual(await collection.listIndexes().toArray(), [
    { v: 2, key: { _id: 1 }, name: '_id_' },
    { v: 2, key: { u: 1 }, name: 'u', unique: true },
    { v: 2, key: { p: 1, q: -1 }, name: 'p_1_q_-1', partialFilterExpression: { s: { $gt: 3 } } },
    { v: 2, key: { t: 1 }, name: 't_1', expireAfterSeconds: 60 },
    { v: 2, key: { s: 1 }, name: 's_1', sparse: true },
  ]);
  await refused(store.database().collection('nowhere').listIndexes().toArray(), 26);
});

test('indexes are dropped by name, by key and all together', async () => {
  const collection = await store.collection([{ _id: 1 }]);
  const db = store.client.db(collection.dbName);
  for (const field of ['a', 'b', 'c', 'd']) await makeIndex(collection, { [field]: 1 });
  await collection.dropIndex('a_1');
  await db.command({ dropIndexes: 'c', index: { b: 1 } });
  await refused(collection.dropIndex('a_1'), 27);
  await refused(collection.dropIndex('_id_'), 72);
  assert.equal((await collection.indexes()).length, 3);
  await collection.dropIndexes();
  assert.deepEqual(
    (await collection.indexes()).map((index) => index.name),
    ['_id_'],
  );
});

test('an index that contradicts another is refused', async () => {
  const collection = await store.collection([{ _id: 1 }]);
  await makeIndex(collection, { a: 1 }, { name: 'one' });
  await refused(makeIndex(collection, { b: 1 }, { name: 'one' }), 86);
  await refused(makeIndex(collection, { a: 1 }, { name: 'two' }), 85);
  await refused(makeIndex(collection, { a: 1 }, { name: 'one', unique: true }), 85, 86);
  const db = store.client.db(collection.dbName);
  await refused(
    db.command({ createIndexes: 'c', indexes: [{ key: { z: 2.5e300, y: 'x' }, name: 'bad' }] }),
    67,
  );
  await refused(db.command({ createIndexes: 'c', indexes: [{ key: {}, name: 'empty' }] }), 67);
  await refused(db.command({ createIndexes: 'c', indexes: [{ key: { z: 0 }, name: 'zero' }] }), 67);
  await refused(db.command({ createIndexes: 'c', indexes: [] }), 2);
});

test('a unique index is not made over doubles, and nothing of it stays', async () => {
  const collection = await store.collection([
    { _id: 1, a: 5 },
    { _id: 2, a: 5 },
  ]);
  const error = await refused(makeIndex(collection, { a: 1 }, { unique: true }), 11000);
  assertSameBson(error['keyValue'], { a: 5 });
  assert.deepEqual(
    (await collection.indexes()).map((index) => index.name),
    ['_id_'],
  );
  await collection.insertOne({ _id: 3, a: 5 });
});

test('unique: missing counts as null, arrays by element, one document may repeat itself', async () => {
  const collection = await store.collection();
  await makeIndex(collection, { a: 1 }, { unique: true });
  await collection.insertOne({ _id: 1 });
  await refused(collection.insertOne({ _id: 2 }), 11000);
  await refused(collection.insertOne({ _id: 2, a: null }), 11000);
  await collection.insertOne({ _id: 3, a: [1, 2, 2] });
  const error = await refused(collection.insertOne({ _id: 4, a: [7, 2] }), 11000);
  assertSameBson(error['keyValue'], { a: 2 });
  await collection.insertOne({ _id: 4, a: [7] });
  await collection.updateOne({ _id: 4 }, { $push: { a: 8 } } as never);
  await refused(collection.updateOne({ _id: 4 }, { $push: { a: 1 } } as never), 11000);
  await collection.insertOne({ _id: 5, a: [] });
  await refused(collection.insertOne({ _id: 6, a: [] }), 11000);
});

test('a key that was freed may be taken', async () => {
  const collection = await store.collection([{ _id: 1, a: 1 }]);
  await makeIndex(collection, { a: 1 }, { unique: true });
  await collection.updateOne({ _id: 1 }, { $set: { a: 2 } });
  await collection.insertOne({ _id: 2, a: 1 });
  await collection.deleteOne({ _id: 2 });
  await collection.insertOne({ _id: 3, a: 1 });
  await collection.replaceOne({ _id: 3 }, { a: 1, again: true });
  assert.equal(await collection.countDocuments(), 2);
});

test('partial: unique only inside, and never an answer that lacks what is outside', async () => {
  const collection = await store.collection();
  await makeIndex(collection, { k: 1 }, { unique: true, partialFilterExpression: { live: true } });
  await collection.insertMany([
    { _id: 1, k: 1, live: true },
    { _id: 2, k: 1, live: false },
    { _id: 3, k: 1 },
  ]);
  await refused(collection.insertOne({ _id: 4, k: 1, live: true }), 11000);
  await refused(collection.updateOne({ _id: 3 }, { $set: { live: true } }), 11000);
  await collection.updateOne({ _id: 1 }, { $set: { live: false } });
  await collection.updateOne({ _id: 3 }, { $set: { live: true } });
  assert.deepEqual(await idsOf(collection, { k: 1 }), [1, 2, 3]);
  assert.deepEqual(await idsOf(collection, { k: 1, live: true }), [3]);
  assert.deepEqual(await idsOf(collection, { k: 1, live: { $in: [true, false] } }), [1, 2, 3]);
  assert.deepEqual(await idsOf(collection, { $or: [{ k: 1, live: true }, { live: false }] }), [1, 2, 3]);
});

test('partial with $exists and a range, sparse: queries for null or missing find all', async () => {
  const docs = [{ _id: 1, a: 1 }, { _id: 2, a: null }, { _id: 3 }, { _id: 4, a: 9 }];
  const options = [
    { partialFilterExpression: { a: { $exists: true } } },
    { partialFilterExpression: { a: { $gt: 5 } } },
    { sparse: true },
  ];
  for (const option of options) {
    const collection = await store.collection(docs);
    await makeIndex(collection, { a: 1 }, option);
    assert.deepEqual(await idsOf(collection, { a: null }), [2, 3]);
    assert.deepEqual(await idsOf(collection, { a: { $ne: 1 } }), [2, 3, 4]);
    assert.deepEqual(await idsOf(collection, { a: { $gte: 1 } }), [1, 4]);
    assert.deepEqual(await idsOf(collection, { a: { $gte: 9 } }), [4]);
    assert.deepEqual(await idsOf(collection, { a: { $exists: false } }), [3]);
    assert.deepEqual(
      (await collection.find({}, { sort: { a: 1, _id: 1 } }).toArray()).map((doc) => doc._id),
      [2, 3, 1, 4],
    );
  }
});

test('multikey: a document comes once, though several of its keys match', async () => {
  const collection = await store.collection([
    { _id: 1, tags: ['a', 'b', 'c'], n: [{ x: 1 }, { x: 2 }] },
    { _id: 2, tags: 'b', n: { x: 2 } },
    { _id: 3, tags: [] },
  ]);
  await makeIndex(collection, { tags: 1 });
  await makeIndex(collection, { 'n.x': 1, _id: 1 });
  assert.deepEqual(await idsOf(collection, { tags: { $in: ['a', 'b'] } }), [1, 2]);
  assert.equal(await collection.countDocuments({ tags: { $gte: 'a' } }), 2);
  assert.deepEqual(await idsOf(collection, { 'n.x': { $gte: 1 } }, { limit: 5 }), [1, 2]);
  assert.deepEqual(await idsOf(collection, { 'n.x': { $gt: 1, $lt: 2 } }), [1]);
  await refused(makeIndex(collection, { tags: 1, n: 1 }), 171);
  await makeIndex(collection, { tags: 1, m: 1 });
  await refused(collection.insertOne({ _id: 9, tags: [1], m: [1] }), 171);
  assert.equal(await collection.countDocuments(), 3);
});

test('an index made under writes misses none of them', async () => {
  const collection = await store.collection();
  for (let part = 0; part < 8; part += 1) {
    await collection.insertMany(
      Array.from({ length: 1000 }, (_, i) => ({ _id: part * 1000 + i, k: i % 50, l: [i, -i] })),
    );
  }
  let building = true;
  const builds = Promise.all([
    makeIndex(collection, { k: 1, _id: 1 }),
    makeIndex(collection, { l: 1 }),
    makeIndex(collection, { u: 1 }, { unique: true, partialFilterExpression: { u: { $exists: true } } }),
  ]).finally(() => (building = false));
  const writer = async (no: number): Promise<void> => {
    for (let i = 0; building || i < 20; i += 1) {
      await collection.updateOne(
        { _id: (i * 97 + no * 13) % 8000 },
        { $set: { k: 77 }, $push: { l: no } as never },
      );
      await collection.insertOne({ _id: `${no}/${i}`, k: 77, l: [i], u: `${no}/${i}` });
      await collection.deleteOne({ _id: (i * 31 + no * 7 + 4000) % 8000 });
    }
  };
  await Promise.all([builds, ...Array.from({ length: 8 }, (_, no) => writer(no))]);
  for (const filter of [{ k: 77 }, { k: { $lt: 10 } }, { l: { $gte: 0 } }, { l: 3 }, { u: { $gte: '3/' } }]) {
    const scan = await idsOf(collection, filter, { hint: { $natural: 1 } });
    assert.ok(scan.length > 0);
    assert.deepEqual(await idsOf(collection, filter), scan);
  }
  await refused(collection.insertOne({ _id: 'again', u: '0/0' }), 11000);
});

test('a TTL index removes what has expired and keeps the rest', { timeout: 75_000 }, async () => {
  const collection = await store.collection([
    { _id: 1, at: new Date(Date.now() - 3_600_000) },
    { _id: 2, at: new Date(Date.now() + 3_600_000) },
    { _id: 3, at: 'not a date' },
    { _id: 4 },
    { _id: 5, at: [new Date(0), new Date(Date.now() + 3_600_000)] },
  ]);
  await makeIndex(collection, { at: 1 }, { expireAfterSeconds: 60 });
  while ((await collection.countDocuments()) > 3) await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(await idsOf(collection, {}), [2, 3, 4]);
});
