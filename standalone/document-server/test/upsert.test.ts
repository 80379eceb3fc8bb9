/** Upsert from the filter, findAndModify with both images, duplicate keys and bulk writes with the index of the fault. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Long } from 'bson';
import type { ObjectId } from 'bson';
import mongoose from 'mongoose';
import { assertSameBson, byId, makeIndex, refused } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { openStore } from './support/store.ts';
import type { Collection } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const upserts: readonly [name: string, filter: Plain, update: Plain, made: Plain][] = [
  ['equality of the filter comes along', { a: 1, b: 'x' }, { $set: { c: 2 } }, { a: 1, b: 'x', c: 2 }],
  ['conditions do not', { a: { $gt: 1 }, b: { $eq: 2 } }, { $set: { c: 3 } }, { b: 2, c: 3 }],
  ['$and is looked into', { $and: [{ a: 1 }, { b: { $lt: 2 } }] }, { $set: { c: 3 } }, { a: 1, c: 3 }],
  ['$or of one is looked into', { $or: [{ a: 1 }] }, { $set: { c: 3 } }, { a: 1, c: 3 }],
  ['$or of two is not', { $or: [{ a: 1 }, { a: 2 }] }, { $set: { c: 3 } }, { c: 3 }],
  ['$all of one comes along', { a: { $all: [7] } }, { $set: { c: 3 } }, { a: 7, c: 3 }],
  [
    'a dotted path becomes an object',
    { 'n.x': 1, 'n.y': 2 },
    { $set: { c: 3 } },
    { n: { x: 1, y: 2 }, c: 3 },
  ],
  ['$setOnInsert', { a: 1 }, { $set: { b: 2 }, $setOnInsert: { c: 3 } }, { a: 1, b: 2, c: 3 }],
  [
    '$inc and $push start from nothing',
    { a: 1 },
    { $inc: { n: 5 }, $push: { l: 1 } },
    { a: 1, l: [1], n: 5 },
  ],
  ['operators work on what the filter gave', { n: 5 }, { $inc: { n: 1 } }, { n: 6 }],
];

for (const [name, filter, update, made] of upserts) {
  test(`upsert: ${name}`, async () => {
    const collection = await store.collection();
    const result = await collection.updateOne({ _id: 'k', ...filter }, update, { upsert: true });
    assert.deepEqual([result.matchedCount, result.modifiedCount, result.upsertedCount], [0, 0, 1]);
    assert.equal(result.upsertedId, 'k');
    assertSameBson(await byId(collection, 'k'), { _id: 'k', ...made });
  });
}

test('upsert makes an ObjectId when nobody gives an _id, and says it', async () => {
  const collection = await store.collection();
  const result = await collection.updateOne({ a: 1 }, { $set: { b: 1 } }, { upsert: true });
  const id: unknown = result.upsertedId;
  assert.equal((id as ObjectId)._bsontype, 'ObjectId');
  const doc = await collection.findOne({});
  assert.deepEqual(Object.keys(doc ?? {}), ['_id', 'a', 'b']);
  assert.equal(String(doc?._id), String(id));
});

test('upsert by replacement and by many', async () => {
  const collection = await store.collection();
  const replaced = await collection.replaceOne({ _id: 1, z: 9 }, { a: 1 }, { upsert: true });
  assert.equal(replaced.upsertedId, 1);
  assertSameBson(await byId(collection, 1), { _id: 1, a: 1 });
  const many = await collection.updateMany({ _id: 2 }, { $set: { a: 2 } }, { upsert: true });
  assert.equal(many.upsertedId, 2);
  const again = await collection.updateMany({ _id: 2 }, { $set: { a: 3 } }, { upsert: true });
  assert.deepEqual([again.matchedCount, again.modifiedCount, again.upsertedCount], [1, 1, 0]);
  const chosen = await collection.updateOne(
    { q: 1 },
    { $setOnInsert: { _id: 7 } },
    {
      upsert: true,
    },
  );
  assert.equal(chosen.upsertedId, 7);
});

test('64 upserts of one key at once make one document', async () => {
  const collection = await store.collection();
  await makeIndex(collection, { k: 1 }, { unique: true });
  const results = await Promise.allSettled(
    Array.from({ length: 64 }, () => collection.updateOne({ k: 1 }, { $inc: { n: 1 } }, { upsert: true })),
  );
  const done = results.filter((result) => result.status === 'fulfilled').length;
  assert.equal(await collection.countDocuments(), 1);
  assert.equal((await collection.findOne({ k: 1 }))?.['n'], done);
});

test('findAndModify gives the image before, after, and nothing', async () => {
  const collection = await store.collection([
    { _id: 1, s: 'new', p: 2 },
    { _id: 2, s: 'new', p: 9 },
  ]);
  const sort = { p: -1 } as const;
  const before = await collection.findOneAndUpdate({ s: 'new' }, { $set: { s: 'busy' } }, { sort });
  assertSameBson(before, { _id: 2, s: 'new', p: 9 });
  const options = { sort, returnDocument: 'after', projection: { s: 1 } } as const;
  const image = await collection.findOneAndUpdate({ s: 'new' }, { $set: { s: 'done' } }, options);
  assertSameBson(image, { _id: 1, s: 'done' });
  assert.equal(await collection.findOneAndUpdate({ s: 'new' }, { $set: { s: 'done' } }), null);
  assertSameBson(await collection.findOneAndDelete({ s: 'busy' }), { _id: 2, s: 'busy', p: 9 });
  assertSameBson(await collection.findOneAndReplace({ _id: 1 }, { x: 1 }, { returnDocument: 'after' }), {
    _id: 1,
    x: 1,
  });
  assert.equal(await collection.findOneAndDelete({ s: 'busy' }), null);
});

test('findAndModify tells what it did', async () => {
  const collection = await store.collection([{ _id: 1, a: 1 }]);
  const options = { includeResultMetadata: true } as const;
  const updated = await collection.findOneAndUpdate({ _id: 1 }, { $inc: { a: 1 } }, options);
  assertSameBson(updated.lastErrorObject, { n: 1, updatedExisting: true });
  const made = await collection.findOneAndUpdate(
    { _id: 5 },
    { $inc: { a: 1 } },
    { ...options, upsert: true },
  );
  assert.equal(made.value, null);
  assertSameBson(made.lastErrorObject, { n: 1, updatedExisting: false, upserted: 5 });
  const after = { ...options, upsert: true, returnDocument: 'after' } as const;
  assertSameBson((await collection.findOneAndUpdate({ _id: 6, b: 2 }, { $inc: { a: 1 } }, after)).value, {
    _id: 6,
    b: 2,
    a: 1,
  });
  const none = await collection.findOneAndDelete({ _id: 99 }, options);
  assertSameBson([none.value, none.lastErrorObject?.['n']], [null, 0]);
  const db = store.client.db(collection.dbName);
  const command = { findAndModify: 'c', query: { _id: 1 } };
  await refused(db.command({ ...command, remove: true, update: { $set: { a: 1 } } }), 9);
  await refused(db.command({ ...command, remove: true, new: true }), 9);
  await refused(db.command(command), 9);
});

test('64 takers of ten tasks get each task once', async () => {
  const collection = await store.collection(Array.from({ length: 10 }, (_, i) => ({ _id: i, s: 'new' })));
  const taken = await Promise.all(
    Array.from({ length: 64 }, (_, by) =>
      collection.findOneAndUpdate({ s: 'new' }, { $set: { s: 'taken', by } }),
    ),
  );
  const ids = taken.filter((doc) => doc !== null).map((doc) => doc._id);
  assert.deepEqual(ids.sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a duplicate key is told with pattern and value, and nothing is written', async () => {
  const collection = await store.collection([{ _id: 1, a: 1, n: { x: 'p' } }]);
  await makeIndex(collection, { a: 1, 'n.x': -1 }, { unique: true, name: 'pair' });
  const error = await refused(collection.insertOne({ _id: 2, a: Long.fromNumber(1), n: { x: 'p' } }), 11000);
  assert.match(error.message, /^E11000 duplicate key error collection: \S+\.c index: pair dup key: /);
  assertSameBson(error['keyPattern'], { a: 1, 'n.x': -1 });
  assert.equal(JSON.stringify(error['keyValue']), '{"a":1,"n.x":"p"}');
  const same = await refused(collection.insertOne({ _id: 1 }), 11000);
  assert.match(same.message, /index: _id_ dup key: \{ _id: 1 \}/);
  assertSameBson([same['keyPattern'], same['keyValue']], [{ _id: 1 }, { _id: 1 }]);
  await collection.insertOne({ _id: 3, a: 1, n: { x: 'q' } });
  await refused(collection.updateOne({ _id: 3 }, { $set: { 'n.x': 'p' } }), 11000);
  await refused(collection.findOneAndUpdate({ _id: 3 }, { $set: { 'n.x': 'p' } }), 11000);
  assertSameBson(await byId(collection, 3), { _id: 3, a: 1, n: { x: 'q' } });
  assert.equal(await collection.countDocuments(), 2);
});

async function bulkFault(action: Promise<unknown>): Promise<mongoose.mongo.MongoBulkWriteError> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof mongoose.mongo.MongoBulkWriteError, String(error));
  return error;
}

const faultIndexes = (error: mongoose.mongo.MongoBulkWriteError): number[] =>
  [error.writeErrors].flat().map((fault) => fault.index);

async function numbered(count: number): Promise<Collection> {
  return store.collection(Array.from({ length: count }, (_, i) => ({ _id: i })));
}

test('an ordered insertMany stops at the fault, an unordered one goes on', async () => {
  const docs = [{ _id: 10 }, { _id: 0 }, { _id: 11 }, { _id: 1 }, { _id: 12 }];
  const first = await numbered(2);
  const ordered = await bulkFault(first.insertMany(docs));
  assert.deepEqual([ordered.code, faultIndexes(ordered), ordered.insertedCount], [11000, [1], 1]);
  assert.equal(await first.countDocuments(), 3);
  const second = await numbered(2);
  const unordered = await bulkFault(second.insertMany(docs, { ordered: false }));
  assert.deepEqual([faultIndexes(unordered), unordered.insertedCount], [[1, 3], 3]);
  assert.equal(await second.countDocuments(), 5);
});

test('a mixed bulk counts each kind and names the failing operation', async () => {
  const collection = await numbered(4);
  const bulk = [
    { insertOne: { document: { _id: 10 } } },
    { updateOne: { filter: { _id: 0 }, update: { $set: { a: 1 } } } },
    { updateMany: { filter: { _id: { $lt: 2 } }, update: { $set: { b: 1 } } } },
    { updateOne: { filter: { _id: 20 }, update: { $set: { a: 1 } }, upsert: true } },
    { deleteOne: { filter: { _id: 3 } } },
    { replaceOne: { filter: { _id: 2 }, replacement: { c: 1 } } },
  ];
  const done = await collection.bulkWrite(bulk);
  assert.deepEqual([done.insertedCount, done.matchedCount, done.modifiedCount], [1, 4, 4]);
  assert.deepEqual([done.deletedCount, done.upsertedCount, done.upsertedIds], [1, 1, { 3: 20 }]);
  const bad = [{ updateOne: { filter: { _id: 0 }, update: { $inc: { b: 1, 'a.x': 1 } } } }];
  const more = [{ deleteOne: { filter: { _id: 0 } } }];
  const ordered = await bulkFault(
    collection.bulkWrite([{ insertOne: { document: { _id: 30 } } }, ...bad, ...more]),
  );
  assert.deepEqual(
    [ordered.code, faultIndexes(ordered), ordered.insertedCount, ordered.deletedCount],
    [28, [1], 1, 0],
  );
  const unordered = await bulkFault(collection.bulkWrite([...bad, ...more], { ordered: false }));
  assert.deepEqual([faultIndexes(unordered), unordered.deletedCount], [[0], 1]);
});

test('write concern majority and j are accepted as they are, and 0 is not answered', async () => {
  const collection = await store.collection();
  await collection.insertOne(
    { _id: 1 },
    { writeConcern: { w: 'majority', journal: true, wtimeoutMS: 1000 } },
  );
  await collection.insertOne({ _id: 2 }, { writeConcern: { w: 1 } });
  const silent = await collection.insertOne({ _id: 3 }, { writeConcern: { w: 0 } });
  assert.equal(silent.acknowledged, false);
  await collection.insertOne({ _id: 4 });
  assert.equal(await collection.countDocuments({}, { readConcern: { level: 'majority' } }), 4);
});
