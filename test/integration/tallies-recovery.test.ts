/** Kept counts and sums are right again after another projector was ahead, or somebody spoilt a document. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import { rebuildReadModel } from '../../src/blockchain/projector/rebuild.ts';
import { checkReadModel } from '../../src/models/read-model/check.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { nativeCollection } from '../../src/models/read-model/write-batch.ts';
import { startDocumentStore } from '../support/document-store.ts';
import type { TestDocumentStore } from '../support/document-store.ts';
import { draftRecord, outcomeRecord, write } from '../support/ledger-records.ts';
import { flow, flowKey, withBench as openBench, type Bench } from '../support/projection-bench.ts';

let store: TestDocumentStore;
before(async () => {
  store = await startDocumentStore();
});
after(async () => store.stop());

const withBench = (name: string, use: (bench: Bench) => Promise<void>): Promise<void> =>
  openBench(store, name, use);

test('counts are right when a projector goes on where another one was ahead', async () => {
  await withBench('ahead', async (bench) => {
    const { connection, ledger, target } = bench;
    await bench.projector().catchUp();
    ledger.append([{ id: 't5', writes: [write.draft(draftRecord('d2'))] }]);
    ledger.append([{ id: 't6', writes: [write.draft(draftRecord('d2', { Status: 'RAISING' }))] }]);
    ledger.append([{ id: 't7', writes: [write.draft(draftRecord('d3'))] }]);
    const blocks = await Promise.all([2, 3, 4, 5].map((number) => ledger.block(number)));
    const [last, ...rest] = blocks.filter((block) => block !== null).toReversed();
    assert.ok(last !== undefined);
    const behind = new ReadModelStore({ connection, channel: ledger.channel });
    await behind.open({ height: 2, hash: '', epoch: 0 }, () => ledger.blocks(0, AbortSignal.abort()));
    const [first, ...others] = rest.toReversed();
    assert.ok(first !== undefined);
    await behind.apply([first]);
    await target.apply(others);
    for (const block of [...others, last]) await behind.apply([block]);
    await bench.projector().catchUp();
    assert.deepEqual((await checkReadModel({ ledger, connection })).differences, []);
  });
});

test('a stored document that somebody spoilt does not stop the projector, and the check tells what it did', async () => {
  await withBench('spoilt', async (bench) => {
    const { connection, ledger, models } = bench;
    await bench.projector().catchUp();
    await nativeCollection(connection, 'flow').updateOne({ _id: flowKey }, { $unset: { parties: 1 } });
    ledger.append([
      { id: 't5', writes: [write.outcome(flow, outcomeRecord(flowKey, { state: 'PENDING' }))] },
    ]);
    const target = new ReadModelStore({ connection, channel: ledger.channel });
    await createProjector({ ledger, target }).catchUp();
    assert.equal((await models.flow.findById(flowKey).lean())?.state, 'PENDING');
    const { differences } = await checkReadModel({ ledger, connection });
    assert.deepEqual(new Set(differences.map((one) => 'model' in one && one.model)), new Set(['tally']));
  });
});

test('kept sums that somebody spoilt are refused with a sentence, and a rebuild mends them', async () => {
  await withBench('sums', async (bench) => {
    const { connection, ledger } = bench;
    await bench.projector().catchUp();
    await connection.collection('tallies').updateMany({}, { $unset: { cells: 1 } });
    ledger.append([
      { id: 't5', writes: [write.outcome(flow, outcomeRecord(flowKey, { state: 'PENDING' }))] },
    ]);
    const target = new ReadModelStore({ connection, channel: ledger.channel, settleMs: 0 });
    await assert.rejects(
      createProjector({ ledger, target }).catchUp(),
      /sums "\S+" are spoilt. Run "npm run rebuild"/,
    );
    await rebuildReadModel({ ledger, target });
    assert.deepEqual((await checkReadModel({ ledger, connection })).differences, []);
  });
});
