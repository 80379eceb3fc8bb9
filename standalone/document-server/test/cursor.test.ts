/** Cursors: batches, getMore, killCursors, time limits and what happens to a cursor under writes. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Long } from 'bson';
import { makeIndex, refused } from './support/expect.ts';
import { openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const numbers = await store.collection(Array.from({ length: 250 }, (_, i) => ({ _id: i, k: i % 10 })));
const db = store.client.db(numbers.dbName);

interface Batch {
  readonly cursor: { id: Long | number; firstBatch?: unknown[]; nextBatch?: unknown[]; ns: string };
}

async function open(batchSize: number | undefined, more: object = {}): Promise<Batch> {
  return (await db.command(
    { find: 'c', ...(batchSize !== undefined && { batchSize }), ...more },
    { promoteLongs: false },
  )) as unknown as Batch;
}

async function next(id: Long | number, batchSize?: number): Promise<Batch> {
  const command = { getMore: Long.fromString(String(id)), collection: 'c', ...(batchSize && { batchSize }) };
  return (await db.command(command, { promoteLongs: false })) as unknown as Batch;
}

test('the first batch has 101 documents unless told', async () => {
  const { cursor } = await open(undefined);
  assert.equal(cursor.firstBatch?.length, 101);
  assert.notEqual(String(cursor.id), '0');
  assert.equal(cursor.ns, `${numbers.dbName}.c`);
  const rest = await next(cursor.id);
  assert.equal(rest.cursor.nextBatch?.length, 149);
  assert.equal(String(rest.cursor.id), '0');
});

test('batches have the size asked for, and nothing is lost or repeated between them', async () => {
  const seen = await numbers.find({}, { batchSize: 7, sort: { k: 1, _id: 1 } }).toArray();
  assert.equal(new Set(seen.map((doc) => doc._id)).size, 250);
  const { cursor } = await open(0);
  assert.deepEqual(cursor.firstBatch, []);
  const rest = await next(cursor.id, 9);
  assert.equal(rest.cursor.nextBatch?.length, 9);
});

test('singleBatch closes the cursor', async () => {
  const { cursor } = await open(5, { singleBatch: true });
  assert.equal(cursor.firstBatch?.length, 5);
  assert.equal(String(cursor.id), '0');
});

test('a limit is kept across batches', async () => {
  assert.equal((await numbers.find({}, { batchSize: 10, limit: 25 }).toArray()).length, 25);
});

test('aggregate answers in batches', async () => {
  const cursor = numbers.aggregate([{ $match: { k: { $lt: 5 } } }], { batchSize: 10 });
  assert.equal((await cursor.toArray()).length, 125);
});

test('killCursors ends a cursor, and an unknown one is said to be unknown', async () => {
  const { cursor } = await open(2);
  const unknown = Long.fromString('1234567890123456789');
  const answer = await db.command(
    { killCursors: 'c', cursors: [cursor.id, unknown] },
    { promoteLongs: false },
  );
  assert.deepEqual((answer['cursorsKilled'] as Long[]).map(String), [String(cursor.id)]);
  assert.deepEqual((answer['cursorsNotFound'] as Long[]).map(String), [String(unknown)]);
  const gone = await refused(next(cursor.id), 43);
  assert.equal(gone.codeName, 'CursorNotFound');
  await refused(next(unknown), 43);
});

test('a cursor belongs to its collection', async () => {
  const { cursor } = await open(2);
  const command = { getMore: Long.fromString(String(cursor.id)), collection: 'other' };
  await refused(db.command(command), 13, 43);
});

test('closing a cursor of the driver early leaves the server whole', async () => {
  for (let i = 0; i < 50; i += 1) {
    const cursor = numbers.find({}, { batchSize: 2 });
    await cursor.next();
    await cursor.close();
  }
  assert.equal(await numbers.countDocuments(), 250);
});

test('a cursor goes on while the collection changes, each untouched document exactly once', async () => {
  const busy = await store.collection(Array.from({ length: 300 }, (_, i) => ({ _id: i, k: i })));
  await makeIndex(busy, { k: 1 });
  const cursor = busy.find({ k: { $gte: 0 } }, { batchSize: 20, sort: { k: 1 } });
  const seen: unknown[] = [];
  for await (const doc of cursor) {
    seen.push(doc._id);
    if (seen.length === 50) await busy.deleteMany({ _id: { $gte: 100, $lt: 150 } });
    if (seen.length === 60)
      await busy.insertMany(Array.from({ length: 50 }, (_, i) => ({ _id: 1000 + i, k: -1 })));
  }
  const untouched = seen.filter((id) => Number(id) < 100 || (Number(id) >= 150 && Number(id) < 300));
  assert.equal(untouched.length, 250);
  assert.equal(new Set(untouched).size, 250);
});

test('a cursor of a dropped collection ends with an error or its end, not with another answer', async () => {
  const doomed = await store.collection(Array.from({ length: 50 }, (_, i) => ({ _id: i })));
  const cursor = doomed.find({}, { batchSize: 5 });
  await cursor.next();
  await doomed.drop();
  await doomed.insertOne({ _id: 'new' });
  const rest = await cursor.toArray().catch((error: unknown) => error);
  if (rest instanceof Error)
    assert.ok([43, 175, 237].includes(Number((rest as { code?: unknown }).code)), rest.message);
  else assert.ok((rest as { _id: unknown }[]).every((doc) => doc._id !== 'new'));
});

test('a time limit stops a scan and leaves the server whole', async () => {
  const big = await store.collection();
  const text = 'a'.repeat(200);
  for (let part = 0; part < 10; part += 1) {
    await big.insertMany(
      Array.from({ length: 2000 }, (_, i) => ({ _id: part * 2000 + i, text: `${text}${i}` })),
    );
  }
  const slow = { $or: Array.from({ length: 60 }, (_, i) => ({ text: { $regex: `b${i}$` } })) };
  const error = await refused(big.find(slow, { maxTimeMS: 5 }).toArray(), 50);
  assert.equal(error.codeName, 'MaxTimeMSExpired');
  assert.equal(await big.countDocuments({ _id: { $lt: 10 } }), 10);
});

test('a long scan holds up no write', async () => {
  const big = await store.collection();
  for (let part = 0; part < 10; part += 1) {
    await big.insertMany(
      Array.from({ length: 2000 }, (_, i) => ({ _id: part * 2000 + i, text: 'a'.repeat(300) })),
    );
  }
  const slow = { $or: Array.from({ length: 80 }, (_, i) => ({ text: { $regex: `b${i}$` } })) };
  const ended = new AbortController();
  const scan = big
    .find(slow)
    .toArray()
    .finally(() => ended.abort());
  let written = 0;
  for (; !ended.signal.aborted && written < 20; written += 1)
    await numbers.insertOne({ _id: `during ${written}` });
  assert.deepEqual(await scan, []);
  assert.equal(written, 20, 'writes were answered while the scan ran');
  await numbers.deleteMany({ _id: /^during/ });
});

test('wrong sizes are refused', async () => {
  await refused(db.command({ find: 'c', batchSize: -1 }), 2, 51024, 9);
  await refused(db.command({ find: 'c', skip: -1 }), 2, 51024, 9);
  await refused(db.command({ find: 'c', limit: 'x' }), 14);
});

test('documents under one value of an array come once each, in order, in batches, and are counted', async () => {
  const places = await store.collection(
    Array.from({ length: 60 }, (_, i) => ({
      _id: i,
      under: ['52', i % 2 === 0 ? '5226' : '5205'],
      at: 60 - i,
    })),
  );
  await makeIndex(places, { under: 1, at: 1 });
  const found = await places.find({ under: '5226' }, { batchSize: 4, sort: { at: 1 } }).toArray();
  assert.deepEqual(
    found.map((doc) => doc._id),
    Array.from({ length: 30 }, (_, i) => 58 - 2 * i),
  );
  assert.equal(await places.countDocuments({ under: '5226' }), 30);
  assert.equal(await places.countDocuments({ under: { $in: ['52', '5205'] } }), 60);
  const both = await places.find({ under: { $in: ['52', '5205'] } }, { batchSize: 7 }).toArray();
  assert.equal(new Set(both.map((doc) => doc._id)).size, 60);
  assert.equal(both.length, 60);
});
