/** explain: which shapes of query an index answers, and that the answer does not depend on it. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type mongoose from 'mongoose';
import { makeIndex } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { openStore } from './support/store.ts';
import type { Collection } from './support/store.ts';

const store = await openStore();
after(() => store.close());

interface Stage {
  readonly stage: string;
  readonly indexName?: string;
  readonly inputStage?: Stage;
  readonly inputStages?: readonly Stage[];
  readonly queryPlan?: Stage;
}

/** Every stage of a plan, outermost first. */
function stages(plan: Stage): Stage[] {
  const inner = [plan.inputStage, plan.queryPlan, ...(plan.inputStages ?? [])].filter(
    (each) => each !== undefined,
  );
  return [plan, ...inner.flatMap(stages)];
}

/** Name of the index that a query uses, 'COLLSCAN' for a scan, and ' + SORT' when it sorts in memory. */
async function plan(
  collection: Collection,
  filter: Plain,
  options: mongoose.mongo.FindOptions = {},
): Promise<string> {
  const answer = await collection.find(filter, options).explain('queryPlanner');
  const all = stages(answer['queryPlanner'].winningPlan as Stage);
  const leaf = all.find((each) => /^(IXSCAN|COLLSCAN|IDHACK|EXPRESS_IXSCAN|COUNT_SCAN)$/.test(each.stage));
  const name = leaf?.stage === 'IDHACK' ? '_id_' : (leaf?.indexName ?? leaf?.stage ?? JSON.stringify(answer));
  return all.some((each) => each.stage === 'SORT') ? `${name} + SORT` : name;
}

const flows = await store.collection(
  Array.from({ length: 400 }, (_, i) => ({
    _id: i,
    bank: `B${i % 4}`,
    serial: `S${String(i).padStart(4, '0')}`,
    state: i % 50 === 0 ? 'open' : 'matched',
    at: new Date(i * 1000),
    amount: i * 7,
    tags: [`t${i % 3}`, 'all'],
    party: { code: String(520000 + (i % 20)) },
  })),
);
await makeIndex(flows, { bank: 1, serial: 1 }, { unique: true, name: 'serial' });
await makeIndex(flows, { bank: 1, at: -1, _id: -1 }, { name: 'page' });
await makeIndex(flows, { at: 1 }, { name: 'open', partialFilterExpression: { state: 'open' } });
await makeIndex(flows, { tags: 1 }, { name: 'tags' });
await makeIndex(flows, { 'party.code': 1 }, { name: 'code' });
await makeIndex(flows, { amount: -1 }, { name: 'amount' });

const cases: readonly [
  name: string,
  filter: Plain,
  options: mongoose.mongo.FindOptions,
  used: string,
  count: number,
][] = [
  ['_id', { _id: 7 }, {}, '_id_', 1],
  ['_id by $in', { _id: { $in: [1, 2, 999] } }, {}, '_id_', 2],
  ['a range of _id', { _id: { $gte: 390 } }, {}, '_id_', 10],
  ['the unique key', { bank: 'B1', serial: 'S0001' }, {}, 'serial', 1],
  ['the unique key in the other order', { serial: 'S0002', bank: 'B2' }, {}, 'serial', 1],
  ['equality and sort by the rest', { bank: 'B3' }, { sort: { at: -1, _id: -1 }, limit: 20 }, 'page', 20],
  ['the same backwards', { bank: 'B3' }, { sort: { at: 1, _id: 1 }, limit: 20 }, 'page', 20],
  [
    'equality, range and sort',
    { bank: 'B3', at: { $lt: new Date(200_000) } },
    { sort: { at: -1 } },
    'page',
    50,
  ],
  ['a prefix of a serial', { bank: 'B0', serial: /^S00/ }, {}, 'serial', 25],
  [
    'the partial index when the filter implies it',
    { state: 'open', at: { $gte: new Date(0) } },
    {},
    'open',
    8,
  ],
  ['an element of an array', { tags: 't1' }, {}, 'tags', 133],
  ['a dotted path', { 'party.code': '520003' }, {}, 'code', 20],
  ['a prefix of a dotted path', { 'party.code': { $regex: '^52000' } }, {}, 'code', 200],
  ['a descending index and a range', { amount: { $gt: 2700 } }, {}, 'amount', 14],
  ['sort alone', {}, { sort: { amount: 1 }, limit: 5 }, 'amount', 5],
  ['$in and another field', { bank: { $in: ['B0', 'B1'] }, serial: 'S0000' }, {}, 'serial', 1],
  ['a field without an index', { state: 'open' }, {}, 'COLLSCAN', 8],
  ['a sort without an index', {}, { sort: { state: 1, _id: 1 } }, 'COLLSCAN + SORT', 400],
  ['a regular expression without an anchor has no bounds', { state: /pen/ }, {}, 'COLLSCAN', 8],
  ['$natural forces the scan', { bank: 'B1', serial: 'S0001' }, { hint: { $natural: 1 } }, 'COLLSCAN', 1],
];

for (const [name, filter, options, used, count] of cases) {
  test(`plan: ${name}`, async () => {
    assert.equal(await plan(flows, filter, options), used);
    const found = await flows.find(filter, options).toArray();
    assert.equal(found.length, count);
    const scan = await flows.find(filter, { ...options, hint: { $natural: 1 } }).toArray();
    const key = (doc: { _id: unknown }): string => String(doc._id);
    assert.deepEqual(found.map(key).sort(), scan.map(key).sort());
    if (options.sort && used !== 'COLLSCAN + SORT') assert.deepEqual(found.map(key), scan.map(key));
  });
}

test('the partial index is not used for what lies outside', async () => {
  assert.notEqual(await plan(flows, { at: { $gte: new Date(0) } }), 'open');
  assert.equal(await flows.countDocuments({ at: { $gte: new Date(0) } }), 400);
});

test('$or of indexed branches uses their indexes', async () => {
  const filter = { $or: [{ 'party.code': '520001' }, { amount: 14 }] };
  const answer = await flows.find(filter).explain('queryPlanner');
  const all = stages(answer['queryPlanner'].winningPlan as Stage).map((each) => each.stage);
  assert.ok(!all.includes('COLLSCAN'), all.join(' '));
  assert.equal((await flows.find(filter).toArray()).length, 21);
});

test('executionStats count what was returned and looked at', async () => {
  const answer = await flows.find({ bank: 'B1', serial: 'S0001' }).explain('executionStats');
  const stats = answer['executionStats'] as Record<string, number>;
  assert.equal(stats['nReturned'], 1);
  assert.ok(stats['totalDocsExamined']! <= 1);
  const scan = await flows.find({ state: 'open' }).explain('executionStats');
  assert.equal((scan['executionStats'] as Record<string, number>)['totalDocsExamined'], 400);
});

test('count, update, delete, findAndModify and aggregate explain themselves and change nothing', async () => {
  const db = store.client.db(flows.dbName);
  const q = { bank: 'B1', serial: 'S0001' };
  const commands = [
    { count: 'c', query: q },
    { update: 'c', updates: [{ q, u: { $set: { state: 'x' } } }] },
    { delete: 'c', deletes: [{ q, limit: 1 }] },
    { findAndModify: 'c', query: q, update: { $set: { state: 'x' } } },
    { aggregate: 'c', pipeline: [{ $match: q }], cursor: {} },
    { distinct: 'c', key: 'state', query: q },
  ];
  for (const explain of commands) {
    const answer = JSON.stringify(await db.command({ explain, verbosity: 'queryPlanner' }));
    assert.match(answer, /IXSCAN|COUNT_SCAN/, Object.keys(explain)[0]);
  }
  assert.equal(await flows.countDocuments({ ...q, state: 'matched' }), 1);
});
