/** What driver and tools send by themselves: hello in both forms, sessions, buildInfo, serverStatus, catalogue commands. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import mongoose from 'mongoose';
import { makeIndex, refused } from './support/expect.ts';
import { freshName, openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const admin = store.client.db('admin');

test('hello gives the limits, and no replica set', async () => {
  for (const name of ['hello', 'isMaster', 'ismaster']) {
    const hello = await admin.command({ [name]: 1 });
    assert.equal(hello['ok'], 1);
    assert.equal(hello['maxBsonObjectSize'], 16 * 1024 * 1024);
    assert.equal(hello['maxMessageSizeBytes'], 48_000_000);
    assert.equal(hello['maxWriteBatchSize'], 100_000);
    assert.ok(hello['minWireVersion'] <= 9 && hello['maxWireVersion'] >= 17);
    assert.equal(hello['readOnly'], false);
    assert.ok(hello['localTime'] instanceof Date);
    assert.equal(hello[name === 'hello' ? 'isWritablePrimary' : 'ismaster'], true);
    if (store.server) assert.equal(hello['setName'], undefined);
  }
});

test('ping, buildInfo, serverStatus', async () => {
  assert.equal((await admin.command({ ping: 1 }))['ok'], 1);
  const build = await admin.command({ buildInfo: 1 });
  assert.match(String(build['version']), /^\d+\.\d+\.\d+/);
  assert.ok(Array.isArray(build['versionArray']));
  const status = await admin.command({ serverStatus: 1 });
  assert.ok(Number(status['connections'].current) >= 1);
  assert.ok(Number(status['opcounters'].command) >= 1);
  assert.ok(Number(status['uptime']) >= 0);
});

test('serverStatus counts operations', async () => {
  const collection = await store.collection([{ _id: 1 }]);
  const counters = async (): Promise<Record<string, number>> =>
    (await admin.command({ serverStatus: 1 }))['opcounters'] as Record<string, number>;
  const before = await counters();
  await collection.insertOne({ _id: 2 });
  await collection.find({}).toArray();
  await collection.updateOne({ _id: 1 }, { $set: { a: 1 } });
  await collection.deleteOne({ _id: 1 });
  const later = await counters();
  for (const kind of ['insert', 'query', 'update', 'delete']) assert.ok(later[kind]! > before[kind]!, kind);
});

test('a session is given, used and ended', async () => {
  const session = store.client.startSession();
  const collection = await store.collection();
  await collection.insertOne({ _id: 1 }, { session });
  assert.equal((await collection.find({}, { session }).toArray()).length, 1);
  await session.endSession();
  assert.equal((await admin.command({ endSessions: [] }))['ok'], 1);
});

test('create, listCollections, drop', async () => {
  const db = store.database();
  await db.createCollection('one');
  await db.createCollection('two');
  await db.collection('three').insertOne({});
  const listed = await db.listCollections().toArray();
  assert.deepEqual(listed.map((each) => each.name).sort(), ['one', 'three', 'two']);
  assert.ok(listed.every((each) => each.type === 'collection'));
  const named = await db.listCollections({ name: 'two' }, { nameOnly: true }).toArray();
  assert.deepEqual(
    named.map((each) => each.name),
    ['two'],
  );
  assert.equal(await db.collection('one').drop(), true);
  assert.deepEqual(
    (await db.listCollections({}, { nameOnly: true }).toArray()).map((each) => each.name).sort(),
    ['three', 'two'],
  );
  const again = await db.command({ create: 'two' }).catch((error: unknown) => error);
  if (again instanceof Error) await refused(Promise.reject(again), 48);
});

test('a dropped collection is empty with its indexes gone', async () => {
  const collection = await store.collection([{ _id: 1, a: 1 }]);
  await makeIndex(collection, { a: 1 }, { unique: true });
  await collection.drop();
  assert.equal(await collection.countDocuments(), 0);
  await collection.insertMany([
    { _id: 1, a: 1 },
    { _id: 2, a: 1 },
  ]);
  assert.equal((await collection.indexes()).length, 1);
});

test('dropDatabase drops everything in it and nothing else', async () => {
  const kept = await store.collection([{ _id: 1 }]);
  const db = store.database();
  await db.collection('a').insertOne({});
  await db.collection('b').insertOne({});
  assert.equal(await db.dropDatabase(), true);
  assert.deepEqual(await db.listCollections().toArray(), []);
  assert.equal(await kept.countDocuments(), 1);
  assert.equal(await store.database().dropDatabase(), true);
});

test('names of databases and collections keep their case and their signs', async () => {
  const db = store.database();
  for (const name of ['Case', 'case', 'with.dots', '资金', "quo'te", 'with space', 'x'.repeat(100)]) {
    await db.collection(name).insertOne({ name });
    assert.deepEqual(await db.collection(name).distinct('name'), [name]);
  }
  assert.equal((await db.listCollections().toArray()).length, 7);
  await refused(db.command({ insert: 'a$b', documents: [{}] }), 73);
  await refused(store.client.db(freshName()).command({ insert: '.a', documents: [{}] }), 73);
});

test('a client that reconnects finds its data', async () => {
  const collection = await store.collection([{ _id: 1 }]);
  const other = await new mongoose.mongo.MongoClient(store.uri, { maxPoolSize: 1 }).connect();
  try {
    assert.equal(await other.db(collection.dbName).collection('c').countDocuments(), 1);
  } finally {
    await other.close();
  }
});
