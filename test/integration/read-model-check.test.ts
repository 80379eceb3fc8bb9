import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Connection } from 'mongoose';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import { openDocumentStore } from '../../src/models/connection.ts';
import { checkReadModel } from '../../src/models/read-model/check.ts';
import { describeDifference } from '../../src/models/read-model/check-report.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { nativeCollection } from '../../src/models/read-model/write-batch.ts';
import { startDocumentStore } from '../support/document-store.ts';
import type { TestDocumentStore } from '../support/document-store.ts';
import { FakeLedger } from '../support/fake-ledger.ts';
import {
  alertRecord,
  draftRecord,
  flowRecord,
  outcomeRecord,
  projectRecord,
  write,
} from '../support/ledger-records.ts';

let store: TestDocumentStore;
before(async () => {
  store = await startDocumentStore();
});
after(async () => store.stop());

const flow = flowRecord('S1');

async function withProjected(
  name: string,
  use: (connection: Connection, ledger: FakeLedger) => Promise<void>,
): Promise<void> {
  const ledger = new FakeLedger();
  ledger.append([
    {
      id: 't0',
      writes: [
        write.project(projectRecord('p1', { state: 'APPROVED', draftId: 'd1' })),
        write.draft(draftRecord('d1')),
      ],
    },
  ]);
  ledger.append([
    { id: 't1', writes: [write.flow(flow), write.outcome(flow, outcomeRecord(flowKeyOf(flow)))] },
    { id: 't2', writes: [write.alert(alertRecord('a1'))] },
  ]);
  const connection = await openDocumentStore(store.otherDatabase(name));
  try {
    await createProjector({ ledger, target: new ReadModelStore({ connection, channel: 'fupin' }) }).catchUp();
    await use(connection, ledger);
  } finally {
    await connection.close();
  }
}

test('a read model as the projector left it is clean', async () => {
  await withProjected('clean', async (connection, ledger) => {
    const report = await checkReadModel({ ledger, connection, graceMs: 0 });
    assert.deepEqual(report.differences, []);
    assert.equal(report.height, 2);
    assert.ok(report.documents >= 11);
  });
});

test('an altered document is found with the field, the expected and the stored value', async () => {
  await withProjected('altered', async (connection, ledger) => {
    await nativeCollection(connection, 'draft').updateOne(
      { _id: 'd1' },
      { $set: { amountFen: 1_000_000_001n, 'record.Status': 'SETTLED' } },
    );
    const { differences } = await checkReadModel({ ledger, connection, graceMs: 0 });
    assert.deepEqual(differences, [
      {
        kind: 'altered',
        model: 'draft',
        id: 'd1',
        fields: [
          { path: 'amountFen', expected: '1000000000n', found: '1000000001n' },
          { path: 'record.Status', expected: '"ISSUED"', found: '"SETTLED"' },
        ],
      },
    ]);
    assert.match(describeDifference(differences[0]!).join('\n'), /draft d1\n {2}amountFen: the ledger says/);
  });
});

test('a document with a forged version is found', async () => {
  await withProjected('forged', async (connection, ledger) => {
    await nativeCollection(connection, 'alert').updateOne(
      { _id: 'a1' },
      { $set: { ver: 999_900_000, open: false } },
    );
    const { differences } = await checkReadModel({ ledger, connection, graceMs: 0 });
    assert.deepEqual(
      differences.map((one) => one.kind),
      ['altered'],
    );
  });
});

test('a missing document and one too many are found', async () => {
  await withProjected('missing', async (connection, ledger) => {
    const flows = nativeCollection(connection, 'flow');
    const row = await flows.findOne({ _id: flowKeyOf(flow) });
    assert.ok(row !== null);
    await flows.insertOne({ ...row, _id: 'forged' });
    await nativeCollection(connection, 'leg').deleteOne({ _id: 'd1~D1' });
    const { differences } = await checkReadModel({ ledger, connection, graceMs: 0 });
    assert.deepEqual(differences, [
      { kind: 'surplus', model: 'flow', id: 'forged' },
      { kind: 'missing', model: 'leg', id: 'd1~D1' },
    ]);
  });
});

test('a read model that is behind, and one of another ledger, are told', async () => {
  await withProjected('stale', async (connection, ledger) => {
    ledger.append([{ id: 't9', writes: [write.alert(alertRecord('a2'))] }]);
    const behind = await checkReadModel({ ledger, connection, graceMs: 0 });
    assert.deepEqual(behind.differences, [{ kind: 'stale', shown: 2, ledger: 3 }]);
    const other = new FakeLedger('other');
    other.append([{ id: 't0' }]);
    other.append([{ id: 't1' }]);
    const foreign = await checkReadModel({ ledger: other, connection, graceMs: 0 });
    assert.deepEqual(foreign.differences, [{ kind: 'foreign', shown: 2, ledger: 2 }]);
  });
});
