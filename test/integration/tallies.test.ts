/** The counts and sums that pages show are those of the documents, whatever happened and wherever the projector died. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Connection } from 'mongoose';
import type { Role } from '#kernel/records/common.ts';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import { openDocumentStore } from '../../src/models/connection.ts';
import { HomeService } from '../../src/models/home/home.service.ts';
import { todoRulesOf } from '../../src/models/home/todo.rules.ts';
import type { LegDoc } from '../../src/models/leg/leg.schema.ts';
import type { Person } from '../../src/models/member/person.ts';
import { withinScope } from '../../src/models/member/scope.rules.ts';
import { checkReadModel } from '../../src/models/read-model/check.ts';
import { deriveBlock } from '../../src/models/read-model/derive.ts';
import { Facts } from '../../src/models/read-model/facts.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { ensureReadModelIndexes, readModels } from '../../src/models/read-model/read-models.ts';
import type { DocumentWrite } from '../../src/models/read-model/record-projections.ts';
import { writeDocuments } from '../../src/models/read-model/write-batch.ts';
import { TallyKeeper, tallyRows } from '../../src/models/tally/tally-keeper.ts';
import {
  countsFor,
  CountsOfPerson,
  sumOf,
  totalWithin,
  townshipsFor,
  type Counts,
} from '../../src/models/tally/tally.service.ts';
import { startDocumentStore, type TestDocumentStore } from '../support/document-store.ts';
import type { FakeLedger } from '../support/fake-ledger.ts';
import { chanceOf, oneOf, randomLedger, type Chance } from '../support/tally-story.ts';

let store: TestDocumentStore;
before(async () => {
  store = await startDocumentStore();
});
after(async () => store.stop());

const person = (role: Role, orgId: string, division: string): Person => ({
  ...{
    userId: `${orgId}-1`,
    name: '',
    orgId,
    orgName: '',
    role,
    posts: ['handle', 'check', 'decide'],
    division,
    level: 'province',
  },
});
const people = [
  person('auditor', 'aud', '52'),
  person('local-finance', 'lfb', '5226'),
  person('county-command', 'cph', '522634'),
  person('bank-investor', 'icbc', '52'),
  person('partnership', 'lpf', '52'),
  person('county-fund-company', 'cpc', '522634'),
  person('implementing-unit', 'unit2', '522634'),
];

/** Runs on a database of its own. */
async function withConnection(name: string, use: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await openDocumentStore(store.otherDatabase(name));
  try {
    await ensureReadModelIndexes(connection);
    await use(connection);
  } finally {
    await connection.close();
  }
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`kept sums are the sums of all documents after crashes at random places (seed ${seed})`, async () => {
    await withConnection(`random${seed}`, async (connection) => {
      const chance = chanceOf(seed);
      const ledger = randomLedger(chance, 60);
      const left = await blocksOf(ledger);
      while (left.length > 0) {
        while (chance() < 0.4) await crash(connection, left.slice(0, 1 + Math.floor(chance() * 12)), chance);
        const batch = left.splice(0, 1 + Math.floor(chance() * 8)).flat();
        await new TallyKeeper(connection, false).count(batch);
        await writeDocuments(connection, batch);
      }
      await compareAll(connection);
      const target = new ReadModelStore({ connection, channel: ledger.channel });
      await createProjector({ ledger, target }).catchUp();
      await compareAll(connection);
      assert.deepEqual((await checkReadModel({ ledger, connection, graceMs: 0 })).differences, []);
    });
  });
}

/** What each block writes. */
async function blocksOf(ledger: FakeLedger): Promise<(readonly DocumentWrite[])[]> {
  const facts = new Facts();
  const { height } = await ledger.info();
  const blocks: (readonly DocumentWrite[])[] = [];
  for (let number = 0; number < height; number += 1) {
    const block = await ledger.block(number);
    if (block !== null) blocks.push(deriveBlock(block, facts).writes);
  }
  return blocks;
}

/** A batch that ends somewhere: among its tallies, or among its documents. */
async function crash(
  connection: Connection,
  blocks: readonly (readonly DocumentWrite[])[],
  chance: Chance,
): Promise<void> {
  const rows = tallyRows(connection);
  const former = await rows.find({}, { useBigInt64: true }).toArray();
  await new TallyKeeper(connection, false).count(blocks.flat());
  if (chance() < 0.5) {
    const stored = await rows.find({}, { useBigInt64: true }).toArray();
    for (const { _id } of stored.filter(() => chance() < 0.5)) {
      await rows.deleteOne({ _id });
      const was = former.find((one) => one._id === _id);
      if (was !== undefined) await rows.insertOne(was);
    }
  } else {
    // The store writes the last version of each document, and a batch is cut short among documents, not among versions.
    const last = new Map(blocks.flat().map((one) => [`${one.model} ${one.id}`, one]));
    await writeDocuments(
      connection,
      [...last.values()].filter(() => chance() < 0.5),
    );
  }
}

async function compareAll(connection: Connection): Promise<void> {
  const models = readModels(connection);
  for (const one of people) {
    const legs = await models.leg.find(withinScope(one, 'leg', {})).lean<LegDoc[]>();
    const counts = await countsFor(models, one, 'leg');
    const label = `${one.role} ${one.orgId}`;
    const by = (key: (leg: LegDoc) => string | null): Map<string, bigint[]> => groups(legs, key);
    assert.deepEqual(
      cells(counts, 'leg', [0, 1, 2]),
      by(({ kind, state }) => `leg|${kind}|${state}`),
      label,
    );
    const matchedOn = by(({ state, decidedAt }) =>
      state === 'MATCHED' && decidedAt !== null ? `day|${dayOf(decidedAt)}` : null,
    );
    assert.deepEqual(
      cells(counts, 'day', [0]),
      new Map([...matchedOn].flatMap(([key, [, , fen = 0n]]) => (fen === 0n ? [] : [[key, [fen]]]))),
      label,
    );
    assert.equal(
      sumOf(counts.of('fund', 'fund1', 'paid'), 1),
      sum(legs.filter(({ kind, state }) => 'FB'.includes(kind) && state !== 'CANCELLED')),
    );
    await compareRest(connection, one);
  }
  const paid = await models.leg.find({ payerOrgId: 'lpf' }).lean<LegDoc[]>();
  assert.equal(sumOf((await new CountsOfPerson(models, people[4]!).own('leg')).of('payer'), 2), sum(paid));
}

/** Drafts by status and township, flows, totals of lists. */
async function compareRest(connection: Connection, one: Person): Promise<void> {
  const models = readModels(connection);
  const drafts = await models.draft.find(withinScope(one, 'draft', {})).lean();
  const kept = await countsFor(models, one, 'draft');
  const raised = (list: typeof drafts): bigint => list.reduce((all, draft) => all + draft.raisedFen, 0n);
  assert.equal(kept.sum(2, 'draft'), raised(drafts));
  assert.equal(
    Number(kept.sum(0, 'draft', 'RAISED')),
    drafts.filter((draft) => draft.status === 'RAISED').length,
  );
  for (const { townshipCode, values } of await townshipsFor(models, one)) {
    const there = drafts.filter((draft) => draft.townshipCode === townshipCode);
    assert.deepEqual([Number(values[0]), values[2]], [there.length, raised(there)]);
  }
  const found = await new HomeService(models).todos(one);
  for (const { kind, filter, key } of todoRulesOf(one)) {
    const model = models[kind] as unknown as { countDocuments(filter: object): Promise<number> };
    const waiting = await model.countDocuments(withinScope(one, kind, filter(one)));
    assert.equal(found.find((row) => row.key === key)?.count ?? 0, waiting, `${one.orgId} ${key}`);
  }
  const flows = await models.flow.find(withinScope(one, 'flow', { state: 'WAITING' })).lean();
  const waiting = await countsFor(models, one, 'flow');
  assert.equal(Number(waiting.sum(0, 'flow', 'WAITING')), flows.length);
  for (const [kind, own] of [
    ['draft', { status: { $in: ['RAISED', 'FROZEN'] } }],
    ['project', { state: 'APPROVED', category: 'road' }],
    ['project', { townshipCode: '522634101' }],
    ['alert', { open: true, level: 'red' }],
    ['alert', { open: false }],
    ['alert', { open: { $in: [true, false] }, level: 'yellow' }],
  ] as const) {
    const model = models[kind] as unknown as { countDocuments(filter: object): Promise<number> };
    assert.equal(
      await totalWithin(models, one, { kind, own }),
      await model.countDocuments(withinScope(one, kind, own)),
      `${one.role} ${kind} ${JSON.stringify(own)}`,
    );
  }
}

function dayOf(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}

function sum(legs: readonly LegDoc[]): bigint {
  return legs.reduce((total, leg) => total + leg.matchedFen, 0n);
}

function groups(legs: readonly LegDoc[], keyOf: (leg: LegDoc) => string | null): Map<string, bigint[]> {
  const found = new Map<string, bigint[]>();
  for (const leg of legs) {
    const key = keyOf(leg);
    if (key === null) continue;
    const [count = 0n, planned = 0n, matched = 0n] = found.get(key) ?? [];
    found.set(key, [count + 1n, planned + leg.amountFen, matched + leg.matchedFen]);
  }
  return found;
}

/** Values at these positions by cell; the same cell of one's own legs and of the rest together. */
function cells(counts: Counts, kind: string, at: readonly number[]): Map<string, bigint[]> {
  const found = new Map<string, bigint[]>();
  for (const { parts, values } of counts.of(kind)) {
    const key = parts.join('|');
    const known = found.get(key) ?? at.map(() => 0n);
    found.set(
      key,
      at.map((position, index) => (known[index] ?? 0n) + (values[position] ?? 0n)),
    );
  }
  return found;
}

test('a tally that was altered, one that is missing and one too many are found by the check', async () => {
  await withConnection('altered', async (connection) => {
    const ledger = randomLedger(chanceOf(9), 40);
    const target = new ReadModelStore({ connection, channel: ledger.channel });
    await createProjector({ ledger, target }).catchUp();
    const rows = tallyRows(connection);
    await rows.updateOne({ _id: 'all' }, { $set: { 'cells.0.values.0': 77n } });
    await rows.deleteOne({ _id: 'o~lpf' });
    await rows.insertOne({ _id: 'o~forged', ver: 1, cells: [{ name: 'payer|OPEN', values: [1n, 1n, 1n] }] });
    await rows.updateOne({ _id: 'd~522634' }, { $set: { ver: 999_900_000 } });
    const { differences } = await checkReadModel({ ledger, connection, graceMs: 0 });
    const found = differences.map((one) => ('id' in one ? `${one.kind} ${one.model} ${one.id}` : one.kind));
    assert.deepEqual(found.sort(), [
      'altered tally all',
      'altered tally d~522634',
      'missing tally o~lpf',
      'surplus tally o~forged',
    ]);
  });
});

test('a tally keeps the newest days alone', async () => {
  await withConnection('days', async (connection) => {
    const chance = chanceOf(3);
    const legs = (at: number): Record<string, unknown> => ({
      ...{ parties: ['pfd'], draftParties: [], divisions: ['52'], kind: 'F', state: 'MATCHED', fundId: 'f' },
      ...{ payerOrgId: 'pfd', amountFen: 5n, matchedFen: 5n, decidedAt: new Date(at * 86_400_000) },
    });
    const keeper = new TallyKeeper(connection, true);
    const writes = Array.from({ length: 80 }, (_, at) => {
      const doc = { _id: `l${at}`, ver: at, ...legs(at + (oneOf(chance, [0, 1]) === 0 ? 0 : 100)) };
      return { model: 'leg', id: doc._id, ver: at, doc } as unknown as DocumentWrite;
    });
    await keeper.count(writes);
    const days = (await countsFor(readModels(connection), person('auditor', 'aud', '52'), 'leg')).of('day');
    const named = days.map(({ parts }) => parts[1] ?? '').sort();
    assert.equal(named.length, 45);
    const all = writes.map(({ doc }) => dayOf((doc as unknown as LegDoc).decidedAt ?? new Date(0)));
    assert.deepEqual(named, [...new Set(all)].sort().slice(-45));
  });
});
