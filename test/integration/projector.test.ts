import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { createProjectionHeight } from '../../src/blockchain/projector/projection-height.ts';
import { ProjectionError } from '../../src/blockchain/projector/projection.port.ts';
import type { LiveMessage } from '../../src/blockchain/projector/projection.port.ts';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import { rebuildReadModel, renewOutdated } from '../../src/blockchain/projector/rebuild.ts';
import { Checkpoints } from '../../src/models/read-model/checkpoints.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { startDocumentStore } from '../support/document-store.ts';
import type { TestDocumentStore } from '../support/document-store.ts';
import { FakeLedger } from '../support/fake-ledger.ts';
import { accountRecord, draftRecord, flowRecord, outcomeRecord, write } from '../support/ledger-records.ts';
import { flow, flowKey, story, withBench as openBench, type Bench } from '../support/projection-bench.ts';

let store: TestDocumentStore;
before(async () => {
  store = await startDocumentStore();
});
after(async () => store.stop());

const withBench = (name: string, use: (bench: Bench) => Promise<void>): Promise<void> =>
  openBench(store, name, use);

test('blocks become documents with typed amounts, height and checkpoint', async () => {
  await withBench('typed', async (bench) => {
    const { models, target } = bench;
    await bench.projector().catchUp();
    const draft = await models.draft.findById('d1').lean();
    assert.equal(draft?.amountFen, 1_000_000_000n);
    assert.equal(draft.block, 1);
    assert.equal(draft.record.Amount, '1000000000');
    assert.equal(await models.leg.countDocuments({ draftId: 'd1', open: true }), 3);
    assert.equal(await models.flow.countDocuments({ division: /^52/, state: 'WAITING' }), 1);
    assert.equal(await models.transaction.countDocuments({ valid: false }), 1);
    assert.equal(await models.block.countDocuments(), 3);
    assert.equal(await target.height(), 3);
  });
});

test('applying the same blocks again changes nothing', async () => {
  await withBench('again', async (bench) => {
    await bench.projector().catchUp();
    const once = await bench.dump();
    const checkpoint = { height: 0, hash: '', epoch: 0 };
    const again = new ReadModelStore({ connection: bench.connection, channel: 'other' });
    await again.open(checkpoint, () => bench.ledger.blocks(0, AbortSignal.abort()));
    for (let number = 0; number < 3; number += 1) {
      const block = await bench.ledger.block(number);
      assert.ok(block !== null);
      await again.apply([block]);
    }
    assert.deepEqual(await bench.dump(), once);
  });
});

test('an older write never replaces a newer document', async () => {
  await withBench('older', async (bench) => {
    bench.ledger.append([
      { id: 't5', writes: [write.draft(draftRecord('d1', { Status: 'FROZEN' }))] },
      { id: 't6', writes: [write.draft(draftRecord('d1', { Status: 'RAISING' }))] },
    ]);
    await bench.projector().catchUp();
    const old = await bench.ledger.block(1);
    assert.ok(old !== null);
    await bench.target.apply([old]);
    assert.equal((await bench.models.draft.findById('d1').lean())?.status, 'RAISING');
  });
});

test('a new projector goes on at the checkpoint and knows what earlier blocks said', async () => {
  await withBench('resume', async (bench) => {
    await bench.projector().catchUp();
    bench.ledger.append([
      {
        id: 't5',
        writes: [
          write.outcome(flow, outcomeRecord(flowKey, { state: 'MATCHED', draftId: 'd1', legId: 'F1' })),
        ],
      },
    ]);
    const fresh = new ReadModelStore({ connection: bench.connection, channel: bench.ledger.channel });
    const seen: number[] = [];
    const publish = (message: LiveMessage): void => void seen.push(message.block);
    await createProjector({ ledger: bench.ledger, target: fresh, publish }).catchUp();
    assert.deepEqual(seen, [3]);
    const doc = await bench.models.flow.findById(flowKey).lean();
    assert.deepEqual([doc?.state, doc?.projectId, doc?.payerOrgId], ['MATCHED', 'p1', 'pfd']);
  });
});

test('facts stored by a batch that was cut short are not taken for earlier ones', async () => {
  await withBench('cut', async (bench) => {
    const clean = bench.ledger;
    clean.append([
      { id: 't5', writes: [write.flow(flowRecord('S2'))] },
      { id: 't6', writes: [write.account(accountRecord('lpf', '20001'))] },
    ]);
    await bench.projector().catchUp(3);
    const block = await clean.block(3);
    assert.ok(block !== null);
    await bench.target.apply([block]);
    const fresh = new ReadModelStore({ connection: bench.connection, channel: clean.channel });
    await createProjector({ ledger: clean, target: fresh }).catchUp();
    const doc = await bench.models.flow.findById(flowKeyOf(flowRecord('S2'))).lean();
    assert.equal(doc?.payeeOrgId, null);
  });
});

test('a read model of another ledger is refused with a sentence', async () => {
  await withBench('foreign', async (bench) => {
    await bench.projector().catchUp();
    const other = createProjector({ ledger: story('other'), target: bench.target });
    await assert.rejects(other.run(new AbortController().signal), (error: unknown) => {
      assert.ok(error instanceof ProjectionError);
      assert.match(error.message, /made from another ledger/);
      return true;
    });
    const empty = createProjector({ ledger: new FakeLedger(), target: bench.target });
    await assert.rejects(empty.run(new AbortController().signal), /the ledger has fewer/);
  });
});

test('running, it shows new blocks, tells about them and ends with its signal; an outage is waited out', async () => {
  await withBench('run', async (bench) => {
    const stop = new AbortController();
    const height = createProjectionHeight({ read: () => bench.target.height() });
    let outages = 1;
    const failing = {
      checkpoint: () => bench.target.checkpoint(),
      open: bench.target.open.bind(bench.target),
      advance: bench.target.advance.bind(bench.target),
      apply: (blocks: Parameters<ReadModelStore['apply']>[0]) =>
        outages-- > 0 ? Promise.reject(new Error('store is away')) : bench.target.apply(blocks),
    };
    const events: string[] = [];
    const running = createProjector({
      ledger: bench.ledger,
      target: failing,
      retryDelayMs: () => 1,
      publish: (message) => {
        events.push(...message.events.map((event) => event.type));
        height.note(message.height);
      },
    }).run(stop.signal);
    assert.ok(await height.waitForHeight(3, 20_000));
    bench.ledger.append([
      { id: 't5', events: [{ type: 'leg.matched', subject: { draftId: 'd1', legId: 'F1' } }] },
    ]);
    assert.ok(await height.waitForHeight(4, 20_000));
    assert.deepEqual(events, ['draft.issued', 'leg.matched']);
    assert.equal((await bench.models.activity.findById('t5~0').lean())?.division, '522634');
    stop.abort();
    await running;
  });
});

test('a rebuild empties the read model, and a running projector leaves it alone meanwhile', async () => {
  await withBench('rebuild', async (bench) => {
    await bench.projector().catchUp();
    const before = await bench.dump();
    await bench.models.draft.updateOne({ _id: 'd1' }, { $set: { status: 'SETTLED' } });
    await bench.models.leg.create({ ...(await bench.models.leg.findOne().lean()), _id: 'd9~F1' });
    const { connection, ledger } = bench;
    const rebuilding = new ReadModelStore({ connection, channel: ledger.channel, settleMs: 0 });
    const displaced = await bench.target.checkpoint();
    assert.ok(displaced !== null);
    await rebuilding.beginRebuild();
    assert.equal(await bench.target.checkpoint(), null);
    assert.equal(await bench.target.advance({ ...displaced, height: 4 }), false);
    assert.equal(await rebuildReadModel({ ledger, target: rebuilding }), 3);
    assert.deepEqual(await bench.dump(), before);
    assert.equal((await bench.target.checkpoint())?.height, 3);
  });
});

test('documents of another version are made anew at the start, those of this one are left alone', async () => {
  await withBench('form', async (bench) => {
    const { connection, ledger } = bench;
    const target = new ReadModelStore({ connection, channel: ledger.channel, settleMs: 0 });
    assert.equal(await renewOutdated({ ledger, target }), false);
    await bench.projector().catchUp();
    const before = await bench.dump();
    assert.equal(await renewOutdated({ ledger, target }), false);
    await bench.models.project.updateMany({}, { $unset: { divisions: 1 } });
    await connection.collection('checkpoints').updateMany({}, { $unset: { form: 1 } });
    await new Checkpoints(connection, ledger.channel).beginRebuild();
    assert.equal(await target.isOutdated(), false, 'another process is about to drop them');
    const later = (): Date => new Date(Date.now() + 60_000);
    const next = new ReadModelStore({ connection, channel: ledger.channel, settleMs: 0, now: later });
    assert.equal(await renewOutdated({ ledger, target: next }), true, 'that process died before it did');
    assert.deepEqual(await bench.dump(), before);
    assert.equal(await renewOutdated({ ledger, target }), false);
  });
});
