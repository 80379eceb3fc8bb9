/** Aggregation stages and accumulators, with the types and the order that MongoDB gives. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Double, Int32, Long } from 'bson';
import { aggregate, assertSameBson, makeIndex } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { exactly, openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const drafts = await store.collection([
  {
    _id: 1,
    town: 'a',
    fen: Long.fromString('9007199254740993'),
    n: 1,
    at: new Date('2026-01-31T17:00:00Z'),
    tags: ['x', 'y'],
  },
  { _id: 2, town: 'b', fen: Long.fromNumber(10), n: 2, at: new Date('2026-02-01T15:59:59Z'), tags: [] },
  { _id: 3, town: 'a', fen: Long.fromNumber(7), n: 3, at: new Date('2026-02-28T16:00:00Z'), tags: 'z' },
  { _id: 4, town: null, fen: Long.fromNumber(1), n: null, at: new Date('1969-12-31T16:00:00Z') },
  { _id: 5, fen: Long.fromNumber(2), n: 'text', at: new Date('2026-12-31T00:00:00Z'), tags: ['x', ['y']] },
]);
const typed = exactly(store, drafts);
const int = (value: number): Int32 => new Int32(value);

const cases: readonly [name: string, pipeline: Plain[], expected: unknown[]][] = [
  [
    '$group sums longs without loss and joins null with missing',
    [{ $group: { _id: '$town', fen: { $sum: '$fen' } } }, { $sort: { _id: 1 } }],
    [
      { _id: null, fen: Long.fromNumber(3) },
      { _id: 'a', fen: Long.fromString('9007199254741000') },
      { _id: 'b', fen: Long.fromNumber(10) },
    ],
  ],
  [
    '$sum leaves out what is no number, $avg too',
    [
      {
        $group: {
          _id: null,
          sum: { $sum: '$n' },
          avg: { $avg: '$n' },
          ones: { $sum: 1 },
          none: { $avg: '$nowhere' },
        },
      },
    ],
    [{ _id: null, sum: int(6), avg: new Double(2), ones: int(5), none: null }],
  ],
  [
    '$min and $max leave out null and missing and compare across types',
    [
      {
        $group: {
          _id: null,
          least: { $min: '$n' },
          most: { $max: '$n' },
          town: { $min: '$town' },
          none: { $max: '$q' },
        },
      },
    ],
    [{ _id: null, least: int(1), most: 'text', town: 'a', none: null }],
  ],
  [
    '$first and $last follow the order, missing is null',
    [{ $sort: { _id: -1 } }, { $group: { _id: null, first: { $first: '$town' }, last: { $last: '$town' } } }],
    [{ _id: null, first: null, last: 'a' }],
  ],
  [
    '$push keeps null and leaves out missing',
    [
      { $sort: { _id: 1 } },
      { $group: { _id: null, towns: { $push: '$town' }, pairs: { $push: { i: '$_id', t: '$town' } } } },
    ],
    [
      {
        _id: null,
        towns: ['a', 'b', 'a', null],
        pairs: [
          { i: int(1), t: 'a' },
          { i: int(2), t: 'b' },
          { i: int(3), t: 'a' },
          { i: int(4), t: null },
          { i: int(5) },
        ],
      },
    ],
  ],
  [
    '$count as accumulator',
    [{ $match: { town: 'a' } }, { $group: { _id: 1, n: { $count: {} } } }],
    [{ _id: int(1), n: int(2) }],
  ],
  [
    '$group by an object',
    [{ $match: { _id: 2 } }, { $group: { _id: { t: '$town', q: '$q' } } }],
    [{ _id: { t: 'b' } }],
  ],
  ['$count', [{ $match: { _id: { $gt: 2 } } }, { $count: 'n' }], [{ n: int(3) }]],
  ['$count of nothing', [{ $match: { _id: 99 } }, { $count: 'n' }], []],
  ['$group of nothing', [{ $match: { _id: 99 } }, { $group: { _id: null, n: { $sum: 1 } } }], []],
  [
    '$sort, $skip, $limit',
    [{ $sort: { _id: -1 } }, { $skip: 1 }, { $limit: 2 }, { $project: { _id: 1 } }],
    [{ _id: int(4) }, { _id: int(3) }],
  ],
  [
    '$limit before $sort',
    [{ $sort: { _id: 1 } }, { $limit: 2 }, { $sort: { _id: -1 } }, { $project: { n: 1 } }],
    [
      { _id: int(2), n: int(2) },
      { _id: int(1), n: int(1) },
    ],
  ],
  [
    '$project includes, computes, renames',
    [{ $match: { _id: 2 } }, { $project: { _id: 0, n: 1, place: '$town', twice: { $add: ['$n', '$n'] } } }],
    [{ n: int(2), place: 'b', twice: int(4) }],
  ],
  [
    '$project excludes',
    [{ $match: { _id: 2 } }, { $project: { at: 0, tags: 0, fen: 0 } }],
    [{ _id: int(2), town: 'b', n: int(2) }],
  ],
  [
    '$project of a missing field leaves it out',
    [{ $match: { _id: 5 } }, { $project: { x: '$town' } }],
    [{ _id: int(5) }],
  ],
  [
    '$addFields adds, replaces, nests',
    [{ $match: { _id: 2 } }, { $project: { n: 1 } }, { $addFields: { n: 'new', 'deep.x': '$n' } }],
    [{ _id: int(2), n: 'new', deep: { x: int(2) } }],
  ],
  [
    '$set is $addFields',
    [{ $match: { _id: 2 } }, { $project: { n: 1 } }, { $set: { m: '$n' } }],
    [{ _id: int(2), n: int(2), m: int(2) }],
  ],
  [
    '$unwind drops the empty and the missing, keeps a scalar',
    [{ $project: { tags: 1 } }, { $unwind: '$tags' }, { $sort: { _id: 1 } }],
    [
      { _id: int(1), tags: 'x' },
      { _id: int(1), tags: 'y' },
      { _id: int(3), tags: 'z' },
      { _id: int(5), tags: 'x' },
      { _id: int(5), tags: ['y'] },
    ],
  ],
  [
    '$unwind may keep them and say the position',
    [
      { $match: { _id: { $in: [1, 2, 3, 4] } } },
      { $project: { tags: 1 } },
      { $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } },
      { $sort: { _id: 1, i: 1 } },
    ],
    [
      { _id: int(1), tags: 'x', i: Long.ZERO },
      { _id: int(1), tags: 'y', i: Long.ONE },
      { _id: int(2), i: null },
      { _id: int(3), tags: 'z', i: null },
      { _id: int(4), i: null },
    ],
  ],
  [
    '$facet runs each on the same documents',
    [
      { $match: { town: 'a' } },
      {
        $facet: {
          all: [{ $count: 'n' }],
          ids: [{ $sort: { _id: -1 } }, { $project: { _id: 1 } }],
          none: [{ $match: { q: 1 } }],
        },
      },
    ],
    [{ all: [{ n: int(2) }], ids: [{ _id: int(3) }, { _id: int(1) }], none: [] }],
  ],
  [
    '$group over $unwind counts tags',
    [
      { $unwind: '$tags' },
      { $match: { tags: { $type: 'string' } } },
      { $group: { _id: '$tags', n: { $sum: 1 } } },
      { $sort: { n: -1, _id: 1 } },
      { $limit: 2 },
    ],
    [
      { _id: 'x', n: int(2) },
      { _id: 'y', n: int(1) },
    ],
  ],
];

for (const [name, pipeline, expected] of cases) {
  test(name, async () => assertSameBson(await aggregate(typed, pipeline), expected));
}

test('$addToSet joins equal values', async () => {
  const [sets] = await aggregate(drafts, [{ $group: { _id: null, towns: { $addToSet: '$town' } } }]);
  assert.deepEqual(new Set(sets?.['towns'] as unknown[]), new Set(['a', 'b', null]));
});

test('$lookup by equality: one, many, none, null and arrays', async () => {
  const left = await store.collection([
    { _id: 1, k: 'a' },
    { _id: 2, k: 'none' },
    { _id: 3, k: null },
    { _id: 4 },
    { _id: 5, k: ['a', 'b'] },
    { _id: 6, k: 1 },
  ]);
  const right = store.client.db(left.dbName).collection<{ _id: string; k?: unknown }>('right');
  await right.insertMany([
    { _id: 'p', k: 'a' },
    { _id: 'q', k: 'a' },
    { _id: 'r', k: null },
    { _id: 's' },
    { _id: 't', k: ['b', 'c'] },
    { _id: 'u', k: new Double(1) },
  ]);
  for (const indexed of [false, true]) {
    if (indexed) await makeIndex(right, { k: 1 });
    const rows = await aggregate(left, [
      { $lookup: { from: 'right', localField: 'k', foreignField: 'k', as: 'found' } },
      { $sort: { _id: 1 } },
    ]);
    const found = rows.map((row) =>
      (row['found'] as { _id: string }[])
        .map((each) => each._id)
        .sort()
        .join(''),
    );
    assert.deepEqual(found, ['pq', '', 'rs', 'rs', 'pqt', 'u']);
  }
  const [nowhere] = await aggregate(left, [
    { $match: { _id: 1 } },
    { $lookup: { from: 'nowhere', localField: 'k', foreignField: 'k', as: 'found' } },
  ]);
  assert.deepEqual(nowhere, { _id: 1, k: 'a', found: [] });
});

test('$match first uses an index', async () => {
  await makeIndex(drafts, { town: 1 });
  const explained = await drafts
    .aggregate([{ $match: { town: 'a' } }, { $group: { _id: null, n: { $sum: 1 } } }])
    .explain();
  assert.match(JSON.stringify(explained), /IXSCAN/);
});

test('a group over many documents is whole', async () => {
  const many = await store.collection(Array.from({ length: 5000 }, (_, i) => ({ _id: i, k: i % 700, v: i })));
  const groups = await many
    .aggregate<Plain>([{ $group: { _id: '$k', s: { $sum: '$v' }, n: { $sum: 1 } } }, { $sort: { _id: 1 } }], {
      batchSize: 100,
    })
    .toArray();
  assert.equal(groups.length, 700);
  assert.equal(
    groups.reduce((sum, group) => sum + Number(group['s']), 0),
    (4999 * 5000) / 2,
  );
  assert.deepEqual(groups[0], { _id: 0, s: 0 + 700 + 1400 + 2100 + 2800 + 3500 + 4200 + 4900, n: 8 });
});
