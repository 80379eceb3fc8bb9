/** The check in slices finds what the whole check finds, in bounded pieces, and goes round without a false alarm. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Connection } from 'mongoose';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import { openDocumentStore } from '../../src/models/connection.ts';
import { checkSlice, firstPosition, type SliceSize } from '../../src/models/read-model/check-slices.ts';
import type { ReadModelDifference } from '../../src/models/read-model/check-report.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { nativeCollection } from '../../src/models/read-model/write-batch.ts';
import { startDocumentStore, type TestDocumentStore } from '../support/document-store.ts';
import { FakeLedger } from '../support/fake-ledger.ts';
import {
  alertRecord,
  draftRecord,
  flowRecord,
  organisationRecord,
  outcomeRecord,
  progressRecord,
  projectRecord,
  write,
} from '../support/ledger-records.ts';

let store: TestDocumentStore;
before(async () => {
  store = await startDocumentStore();
});
after(async () => store.stop());

const flow = flowRecord('S1');
const size = { blocks: 1, documents: 2 };
/** Several blocks, and no further one after a single write. */
const fewWrites = { blocks: 3, documents: 40, writes: 1 };

async function withProjected(
  name: string,
  use: (connection: Connection, ledger: FakeLedger) => Promise<void>,
): Promise<void> {
  const ledger = new FakeLedger();
  const draft = draftRecord('d1');
  ledger.append([{ id: 't0', writes: [write.organisation(organisationRecord('plo'))] }]);
  ledger.append([
    {
      id: 't1',
      writes: [write.project(projectRecord('p1', { state: 'APPROVED', draftId: 'd1' })), write.draft(draft)],
    },
  ]);
  ledger.append([
    { id: 't2', writes: [write.flow(flow), write.outcome(flow, outcomeRecord(flowKeyOf(flow)))] },
    { id: 't3', writes: [write.alert(alertRecord('a1'))] },
  ]);
  // One leg moves on: the others keep the version of the first block.
  const legs = draft.legs.map((one, at) =>
    at === 0 ? progressRecord(one.legId, { state: 'REGISTERED', serialNo: 'S1' }) : one,
  );
  ledger.append([{ id: 't4', writes: [write.draft({ ...draft, legs })] }]);
  const connection = await openDocumentStore(store.otherDatabase(name));
  try {
    await createProjector({ ledger, target: new ReadModelStore({ connection, channel: 'fupin' }) }).catchUp();
    await use(connection, ledger);
  } finally {
    await connection.close();
  }
}

/** All slices until the walk over the documents has come round, and what they found, each once. */
async function goRound(
  connection: Connection,
  ledger: FakeLedger,
  bounds: SliceSize = size,
): Promise<ReadModelDifference[]> {
  const found = new Map<string, ReadModelDifference>();
  let position = firstPosition;
  for (let slices = 0; slices < 200; slices += 1) {
    const report = await checkSlice({ ledger, connection, size: bounds }, position);
    assert.ok(report.documents <= bounds.documents && report.blocks <= bounds.blocks);
    for (const one of report.differences) found.set(JSON.stringify(one), one);
    position = report.next;
    if (slices > 10 && position.model === firstPosition.model && position.lastId === '') break;
  }
  return [...found.values()];
}
const summary = (differences: readonly ReadModelDifference[]): string[] =>
  differences.map((one) => `${one.kind} ${'model' in one ? `${one.model} ${one.id}` : ''}`).sort();

test('a read model as the projector left it is clean all the way round', async () => {
  await withProjected('clean', async (connection, ledger) => {
    assert.deepEqual(await goRound(connection, ledger), []);
    assert.deepEqual(await goRound(connection, ledger, fewWrites), []);
  });
});

test('altered, forged, surplus, missing and set back documents are found', async () => {
  await withProjected('broken', async (connection, ledger) => {
    const collection = (
      name: 'draft' | 'alert' | 'flow' | 'leg' | 'project',
    ): ReturnType<typeof nativeCollection> => nativeCollection(connection, name);
    const [row] = await collection('flow').find().toArray();
    assert.ok(row !== undefined);
    await collection('flow').insertOne({ ...row, _id: 'invented' });
    await collection('alert').updateOne(
      { _id: 'a1' },
      { $set: { ver: 999_900_000, block: 9_999, open: false } },
    );
    await collection('leg').deleteOne({ _id: 'd1~D1' });
    await collection('project').updateOne({ _id: 'p1' }, { $set: { name: 'another' } });
    const [leg] = draftRecord('d1').legs;
    await collection('leg').updateOne(
      { _id: `d1~${leg!.legId}` },
      { $set: { state: 'OPEN', ver: 100_000, block: 1 } },
    );
    const expected = [
      'altered alert a1',
      `altered leg d1~${leg!.legId}`,
      'altered project p1',
      'missing leg d1~D1',
      'surplus flow invented',
    ];
    assert.deepEqual(summary(await goRound(connection, ledger)), expected);
    assert.deepEqual(summary(await goRound(connection, ledger, fewWrites)), expected);
  });
});

test('blocks that the projector has not reached are nobody’s fault', async () => {
  await withProjected('behind', async (connection, ledger) => {
    ledger.append([{ id: 't9', writes: [write.alert(alertRecord('a2'))] }]);
    assert.deepEqual(await goRound(connection, ledger), []);
  });
});
