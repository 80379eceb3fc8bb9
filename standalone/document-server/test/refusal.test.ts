/** What lies outside the subset is refused with MongoDB's own code, loudly, and never answered wrongly. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import mongoose from 'mongoose';
import { refused } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const collection = await store.collection([{ _id: 1, a: 1, l: [1] }]);
const db = store.client.db(collection.dbName);

test('a command nobody knows', async () => {
  const error = await refused(db.command({ frobnicate: 1 }), 59);
  assert.equal(error.codeName, 'CommandNotFound');
  assert.match(error.message, /^no such command: 'frobnicate'/);
});

const pipelines: readonly [name: string, pipeline: unknown, ...codes: number[]][] = [
  ['an unknown stage', [{ $frobnicate: {} }], 40324],
  ['a stage of two fields', [{ $match: {}, $limit: 1 }], 40323],
  ['an empty stage', [{}], 40323],
  ['a stage that is no object', [5], 14],
  ['an unknown expression', [{ $project: { x: { $frobnicate: 1 } } }], 31325, 168],
  ['an unknown expression in $addFields', [{ $addFields: { x: { $frobnicate: 1 } } }], 168],
  ['an unknown accumulator', [{ $group: { _id: null, x: { $frobnicate: 1 } } }], 15952],
  ['$group without _id', [{ $group: { x: { $sum: 1 } } }], 15955],
  ['a field of $group that is no accumulator', [{ $group: { _id: 1, x: 5 } }], 40234],
  ['$limit 0', [{ $limit: 0 }], 15958],
  ['$limit of text', [{ $limit: 'x' }], 2107201, 5107201, 15957],
  ['$skip below 0', [{ $skip: -1 }], 5107200, 15956],
  ['$unwind without a dollar', [{ $unwind: 'l' }], 28818],
  ['$count of an empty name', [{ $count: '' }], 40156],
  ['$match of a scalar', [{ $match: 5 }], 15959],
  ['an unknown operator in $match', [{ $match: { a: { $frobnicate: 1 } } }], 2],
  ['$project of nothing', [{ $project: {} }], 51272, 40177],
  ['$sort of nothing', [{ $sort: {} }], 15976],
  ['a direction that is none', [{ $sort: { a: 7 } }], 15975],
  ['$facet in $facet', [{ $facet: { x: [{ $facet: { y: [] } }] } }], 40600],
  ['$add of text', [{ $project: { x: { $add: ['$a', 'x'] } } }], 14, 16554],
  ['$lookup without as', [{ $lookup: { from: 'c', localField: 'a', foreignField: 'a' } }], 9, 40414, 4572000],
  ['$dateToString of a number', [{ $project: { x: { $dateToString: { date: '$a' } } } }], 16006],
  [
    'an unknown time zone',
    [{ $project: { x: { $dateToString: { date: '$$NOW', timezone: 'Nowhere/X' } } } }],
    40485,
  ],
  [
    'an unknown unit of $dateTrunc',
    [{ $project: { x: { $dateTrunc: { date: '$$NOW', unit: 'blink' } } } }],
    9,
    5439013,
  ],
  ['$cond of two', [{ $project: { x: { $cond: [true, 1] } } }], 16020],
];

for (const [name, pipeline, ...codes] of pipelines) {
  test(`aggregate: ${name}`, async () => {
    await refused(db.command({ aggregate: 'c', pipeline, cursor: {} }), ...codes);
  });
}

const commands: readonly [name: string, command: Plain, ...codes: number[]][] = [
  ['aggregate without a cursor', { aggregate: 'c', pipeline: [] }, 9],
  ['aggregate whose pipeline is no array', { aggregate: 'c', pipeline: {}, cursor: {} }, 14],
  ['find with an unknown field', { find: 'c', frobnicate: 1 }, 40415, 9],
  ['find with a filter of text', { find: 'c', filter: 'x' }, 14],
  ['find in a collection of a number', { find: 5 }, 2, 14, 73],
  ['find in an empty name', { find: '' }, 73],
  ['a direction of sort that is none', { find: 'c', sort: { a: 'up' } }, 15974, 15975, 2],
  ['insert into an empty name', { insert: '', documents: [{}] }, 73],
  ['insert of nothing', { insert: 'c', documents: [] }, 16, 2, 21],
  ['insert without documents', { insert: 'c' }, 40414],
  ['insert of a number', { insert: 'c', documents: [5] }, 14],
  ['update without updates', { update: 'c' }, 40414],
  ['update without q', { update: 'c', updates: [{ u: { $set: { a: 1 } } }] }, 40414],
  ['delete without a limit', { delete: 'c', deletes: [{ q: {} }] }, 40414],
  ['delete with another limit', { delete: 'c', deletes: [{ q: {}, limit: 7 }] }, 9],
  ['create twice with other options', { create: 'c', capped: true, size: 4096 }, 48, 72, 40415, 2],
  ['distinct without a key', { distinct: 'c' }, 40414],
  ['explain of nothing known', { explain: { frobnicate: 1 } }, 59],
];

for (const [name, command, ...codes] of commands) {
  test(`command: ${name}`, async () => {
    await refused(db.command(command), ...codes);
  });
}

test('a multi-update by replacement', async () => {
  const command = { update: 'c', updates: [{ q: {}, u: { a: 1 }, multi: true }] };
  const answer = await db.command(command).catch((error: unknown) => error as Plain);
  const fault = answer['writeErrors'] as { code: number }[] | undefined;
  assert.equal(fault?.[0]?.code ?? answer['code'], 9);
});

test('transactions and change streams', async () => {
  if (!store.server) return;
  const session = store.client.startSession();
  try {
    session.startTransaction();
    await assert.rejects(collection.insertOne({ _id: 'tx' }, { session }), mongoose.mongo.MongoServerError);
  } finally {
    await session.endSession();
  }
  const stream = [{ $changeStream: {} }];
  await refused(db.command({ aggregate: 'c', pipeline: stream, cursor: {} }), 40573, 40324);
  assert.equal(await collection.countDocuments({ _id: 'tx' }), 0);
});

/** Things MongoDB knows and the subset leaves out: refused, or answered exactly as MongoDB does. */
const outside: readonly [name: string, run: () => Promise<unknown>, exact: unknown][] = [
  ['$mod', () => collection.find({ a: { $mod: [2, 1] } }).toArray(), [{ _id: 1, a: 1, l: [1] }]],
  ['$expr', () => collection.find({ $expr: { $eq: ['$a', 1] } }).toArray(), [{ _id: 1, a: 1, l: [1] }]],
  ['$expr that finds nothing', () => collection.find({ $expr: { $gt: ['$a', 5] } }).toArray(), []],
  ['$where', () => collection.find({ $where: 'false' }).toArray(), []],
  ['$comment', () => collection.find({ a: 1, $comment: 'x' }).toArray(), [{ _id: 1, a: 1, l: [1] }]],
  ['$bitsAllSet', () => collection.find({ a: { $bitsAllSet: [1] } }).toArray(), []],
  [
    '$slice in a projection',
    () => collection.find({}, { projection: { l: { $slice: 0 } } }).toArray(),
    [{ _id: 1, a: 1, l: [] }],
  ],
  [
    '$elemMatch in a projection',
    () => collection.find({}, { projection: { l: { $elemMatch: { $gt: 5 } } } }).toArray(),
    [{ _id: 1 }],
  ],
  [
    'a computed projection',
    () => collection.find({}, { projection: { x: '$a' } }).toArray(),
    [{ _id: 1, x: 1 }],
  ],
  [
    'collation',
    () => collection.find({ a: 1 }, { collation: { locale: 'zh' } }).toArray(),
    [{ _id: 1, a: 1, l: [1] }],
  ],
  [
    'min and max',
    () => collection.find({}, { min: { _id: 5 }, max: { _id: 9 }, hint: { _id: 1 } }).toArray(),
    [],
  ],
  ['$sample', () => collection.aggregate([{ $sample: { size: 1 } }]).toArray(), [{ _id: 1, a: 1, l: [1] }]],
  ['$sortByCount', () => collection.aggregate([{ $sortByCount: '$a' }]).toArray(), [{ _id: 1, count: 1 }]],
  [
    '$replaceRoot',
    () => collection.aggregate([{ $replaceRoot: { newRoot: { q: 1 } } }]).toArray(),
    [{ q: 1 }],
  ],
  ['$unset stage', () => collection.aggregate([{ $unset: 'l' }]).toArray(), [{ _id: 1, a: 1 }]],
  [
    '$reduce',
    () =>
      collection
        .aggregate([
          {
            $project: {
              x: { $reduce: { input: '$l', initialValue: 0, in: { $add: ['$$value', '$$this'] } } },
            },
          },
        ])
        .toArray(),
    [{ _id: 1, x: 1 }],
  ],
  [
    '$filter',
    () =>
      collection
        .aggregate([{ $project: { x: { $filter: { input: '$l', cond: { $gt: ['$$this', 5] } } } } }])
        .toArray(),
    [{ _id: 1, x: [] }],
  ],
];

for (const [name, run, exact] of outside) {
  test(`outside the subset, refused or exact: ${name}`, async () => {
    const answer = await run().catch((error: unknown) => error);
    if (answer instanceof Error)
      await refused(Promise.reject(answer), 2, 9, 59, 115, 168, 197, 238, 31325, 40324, 40415);
    else assert.deepEqual(answer, exact);
  });
}

const outsideUpdates: readonly [name: string, update: Plain | Plain[], exact: Plain][] = [
  ['$mul', { $mul: { a: 3 } }, { _id: 1, a: 3, l: [1, 2] }],
  ['$rename', { $rename: { a: 'b' } }, { _id: 1, l: [1, 2], b: 1 }],
  ['$pop', { $pop: { l: 1 } }, { _id: 1, a: 1, l: [1] }],
  ['$pullAll', { $pullAll: { l: [1] } }, { _id: 1, a: 1, l: [2] }],
  ['$bit', { $bit: { a: { or: 2 } } }, { _id: 1, a: 3, l: [1, 2] }],
  ['$push with $sort', { $push: { l: { $each: [0], $sort: 1 } } }, { _id: 1, a: 1, l: [0, 1, 2] }],
  ['$push with $position', { $push: { l: { $each: [0], $position: 0 } } }, { _id: 1, a: 1, l: [0, 1, 2] }],
  ['all elements', { $inc: { 'l.$[]': 1 } }, { _id: 1, a: 1, l: [2, 3] }],
  ['the matched element', { $set: { 'l.$': 9 } }, { _id: 1, a: 1, l: [1, 9] }],
  ['a pipeline', [{ $set: { a: { $add: ['$a', 1] } } }], { _id: 1, a: 2, l: [1, 2] }],
];

for (const [name, update, exact] of outsideUpdates) {
  test(`outside the subset, refused or exact: ${name}`, async () => {
    const target = await store.collection([{ _id: 1, a: 1, l: [1, 2] }]);
    const answer = await target.updateOne({ _id: 1, l: 2 }, update).catch((error: unknown) => error);
    const doc = await target.findOne({ _id: 1 });
    if (!(answer instanceof Error)) {
      assert.deepEqual(doc, exact);
      return;
    }
    await refused(Promise.reject(answer), 2, 9, 14, 115, 238, 40324);
    assert.deepEqual(doc, { _id: 1, a: 1, l: [1, 2] });
  });
}
