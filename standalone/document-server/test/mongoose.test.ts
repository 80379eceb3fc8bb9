/** Mongoose 9 as the platform uses it: schemas with BigInt and indexes, lean reads, upserts, arrays, bulk, cursors. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import mongoose from 'mongoose';
import { freshName, openStore } from './support/store.ts';

const store = await openStore();
const connection = await mongoose.createConnection(store.uri, { dbName: freshName() }).asPromise();
after(async () => {
  await connection.dropDatabase();
  await connection.close();
  await store.close();
});

const flowSchema = new mongoose.Schema(
  {
    bank: { type: String, required: true },
    serial: { type: String, required: true },
    fen: { type: BigInt, required: true },
    rate: { type: mongoose.Schema.Types.Decimal128 },
    state: { type: String, enum: ['new', 'matched'], default: 'new' },
    booked: Date,
    tries: [{ at: Date, ok: Boolean, _id: false }],
    party: { code: String, name: String },
    extra: { type: Map, of: String },
  },
  { timestamps: true, optimisticConcurrency: true },
);
flowSchema.index({ bank: 1, serial: 1 }, { unique: true });
flowSchema.index({ state: 1, booked: -1 });
flowSchema.index({ booked: 1 }, { partialFilterExpression: { state: 'new' } });
flowSchema.index({ createdAt: 1 }, { expireAfterSeconds: 86_400 });
flowSchema.path('fen').validate((value: bigint) => value >= 0n, 'negative');

const Flow = connection.model('Flow', flowSchema);
await Flow.init();

const flow = (serial: string, fen: bigint, more: object = {}): object => ({
  bank: 'icbc',
  serial,
  fen,
  ...more,
});

test('init makes the indexes of the schema, and again changes nothing', async () => {
  const names = (await Flow.listIndexes()).map((index: { name?: string }) => index.name);
  assert.deepEqual(names.sort(), ['_id_', 'bank_1_serial_1', 'booked_1', 'createdAt_1', 'state_1_booked_-1']);
  assert.deepEqual(await Flow.diffIndexes(), { toDrop: [], toCreate: [] });
  assert.deepEqual(await Flow.syncIndexes(), []);
});

test('a document goes in and comes back with its types', async () => {
  const fen = 9_007_199_254_740_993n;
  const made = await Flow.create(
    flow('types', fen, { rate: '0.10', booked: new Date('2026-01-31T16:00:00Z'), extra: { k: 'v' } }),
  );
  const read = await Flow.findById(made._id).orFail();
  assert.equal(read.fen, fen);
  assert.equal(String(read.rate), '0.10');
  assert.equal(read.state, 'new');
  assert.equal(read.extra?.get('k'), 'v');
  assert.equal(read.booked?.toISOString(), '2026-01-31T16:00:00.000Z');
  assert.equal(read.get('createdAt').getTime(), made.get('createdAt').getTime());
  const raw = await Flow.collection.findOne({ _id: made._id }, { promoteLongs: false });
  assert.equal(raw?.['fen']._bsontype, 'Long');
  assert.equal(await Flow.countDocuments({ fen: { $gt: fen - 1n, $lt: fen + 1n } }), 1);
  await Flow.updateOne({ _id: made._id }, { $inc: { fen: 2n } });
  assert.equal(String((await Flow.findById(made._id).lean())?.fen), String(fen + 2n));
});

test('save writes only what changed, and a stale save is told', async () => {
  const made = await Flow.create(flow('stale', 1n));
  const [mine, theirs] = [await Flow.findById(made._id).orFail(), await Flow.findById(made._id).orFail()];
  mine.state = 'matched';
  mine.tries.push({ at: new Date(1), ok: true });
  await mine.save();
  theirs.set('party.code', '520000');
  await assert.rejects(theirs.save(), mongoose.Error.VersionError);
  const now = await Flow.findById(made._id).orFail();
  assert.equal(now.tries[0]?.ok, true);
  now.tries.pull(now.tries[0]);
  now.set('party', { code: '52', name: 'x' });
  await now.save();
  assert.deepEqual((await Flow.findById(made._id).lean())?.tries, []);
});

test('a duplicate is error 11000 with its key', async () => {
  await Flow.create(flow('twice', 1n));
  await assert.rejects(Flow.create(flow('twice', 2n)), (error: { code?: number; keyValue?: object }) => {
    assert.equal(error.code, 11000);
    assert.deepEqual(error.keyValue, { bank: 'icbc', serial: 'twice' });
    return true;
  });
});

test('findOneAndUpdate with upsert makes once and then finds', async () => {
  const upsert = async (): Promise<{
    value: { state: string } | null;
    lastErrorObject?: { updatedExisting?: boolean };
  }> =>
    Flow.findOneAndUpdate(
      { bank: 'icbc', serial: 'once' },
      { $setOnInsert: { fen: 5n } },
      { upsert: true, returnDocument: 'after', includeResultMetadata: true },
    );
  assert.equal((await upsert()).lastErrorObject?.updatedExisting, false);
  const second = await upsert();
  assert.equal(second.lastErrorObject?.updatedExisting, true);
  assert.equal(second.value?.state, 'new');
});

test('pages, cursors, distinct, exists, aggregate', async () => {
  const docs = Array.from({ length: 120 }, (_, i) => ({
    bank: 'abc',
    serial: `p${i}`,
    fen: BigInt(i),
    state: i % 3 ? 'matched' : 'new',
    booked: new Date(i),
  }));
  await Flow.insertMany(docs);
  const page = await Flow.find({ bank: 'abc', state: 'new' }).sort({ booked: -1 }).skip(5).limit(10).lean();
  assert.deepEqual(
    page.map((doc) => Number(doc.fen)),
    [102, 99, 96, 93, 90, 87, 84, 81, 78, 75],
  );
  let walked = 0;
  for await (const doc of Flow.find({ bank: 'abc' }).batchSize(7).cursor())
    walked += doc.serial.length > 0 ? 1 : 0;
  assert.equal(walked, 120);
  assert.deepEqual((await Flow.distinct('state', { bank: 'abc' })).sort(), ['matched', 'new']);
  assert.ok(await Flow.exists({ bank: 'abc', serial: 'p7' }));
  assert.equal(await Flow.exists({ bank: 'abc', serial: 'none' }), null);
  const sums = await Flow.aggregate<{ _id: string; fen: unknown; n: number }>([
    { $match: { bank: 'abc' } },
    { $group: { _id: '$state', fen: { $sum: '$fen' }, n: { $sum: 1 } } },
    { $sort: { _id: 1 } },
  ]);
  assert.deepEqual(
    sums.map((sum) => [sum._id, Number(sum.fen), sum.n]),
    [
      ['matched', 4800, 80],
      ['new', 2340, 40],
    ],
  );
  const explained = JSON.stringify(await Flow.find({ bank: 'abc', serial: 'p7' }).explain());
  assert.match(explained, /bank_1_serial_1/);
});

test('bulkWrite and bulkSave', async () => {
  const operations: object[] = [
    { insertOne: { document: flow('b1', 1n) as never } },
    { updateOne: { filter: { bank: 'icbc', serial: 'b2' }, update: { $set: { fen: 2n } }, upsert: true } },
    {
      updateMany: {
        filter: { serial: { $in: ['b1', 'b2'] } },
        update: { $push: { tries: { $each: [{ ok: true }, { ok: false }], $slice: -1 } } },
      },
    },
    { deleteOne: { filter: { serial: 'b1' } } },
  ];
  const result = await Flow.bulkWrite(operations as never);
  assert.deepEqual(
    [result.insertedCount, result.upsertedCount, result.modifiedCount, result.deletedCount],
    [1, 1, 2, 1],
  );
  assert.equal((await Flow.findOne({ serial: 'b2' }).lean())?.tries[0]?.ok, false);
  const found = await Flow.find({ serial: 'b2' });
  for (const doc of found) doc.state = 'matched';
  await Flow.bulkSave(found);
  assert.equal((await Flow.findOne({ serial: 'b2' }).lean())?.state, 'matched');
});

test('array filters and positional updates of subdocuments', async () => {
  const tries = [
    { at: new Date(1), ok: false },
    { at: new Date(2), ok: false },
  ];
  const made = await Flow.create(flow('filters', 1n, { tries }));
  await Flow.updateOne(
    { _id: made._id },
    { $set: { 'tries.$[t].ok': true } },
    { arrayFilters: [{ 't.at': new Date(2) }] },
  );
  assert.deepEqual(
    (await Flow.findById(made._id).lean())?.tries.map((each) => each.ok),
    [false, true],
  );
});

test('populate by reference', async () => {
  const Town = connection.model('Town', new mongoose.Schema({ name: String }));
  const Draft = connection.model(
    'Draft',
    new mongoose.Schema({ town: { type: mongoose.Schema.Types.ObjectId, ref: 'Town' } }),
  );
  const town = await Town.create({ name: '石门乡' });
  await Draft.create({ town: town._id });
  const draft = await Draft.findOne().populate<{ town: { name: string } }>('town').orFail();
  assert.equal(draft.town.name, '石门乡');
});

test('deleteMany and a collection dropped through the model', async () => {
  assert.ok((await Flow.deleteMany({ bank: 'abc' })).deletedCount === 120);
  const Gone = connection.model('Gone', new mongoose.Schema({ a: Number }));
  await Gone.create({ a: 1 });
  await Gone.collection.drop();
  assert.equal(await Gone.countDocuments(), 0);
});
