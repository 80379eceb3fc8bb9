/** What becomes of flows whose transaction is shared: each keeps its own end, and one that is at fault stops no other. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import mongoose from 'mongoose';
import { InboxFlowModel, type Delivery } from '../../src/models/inbox/inbox.schema.ts';
import type { IngestEntry, Ingested } from '../../src/models/inbox/ingest.ledger.ts';
import { IngestService, maxAttempts } from '../../src/models/inbox/ingest.service.ts';
import { DomainError, InfrastructureError } from '../../src/models/kernel/errors.ts';
import { failureKind } from '../../src/models/ledger-action/failure-kind.rules.ts';
import { startDocumentStore, type TestDocumentStore } from '../support/document-store.ts';

let store: TestDocumentStore;
before(async () => {
  store = await startDocumentStore();
  await mongoose.connect(store.uri);
});
after(async () => {
  await mongoose.disconnect();
  await store.stop();
});
beforeEach(async () => {
  await InboxFlowModel.deleteMany({});
});

const moment = new Date('2026-03-10T02:00:00Z');
const names = ['f1', 'f2', 'f3', 'f4', 'f5'];

/** What the ledger was asked for, and what is wrong with some flows. */
class Contract {
  readonly calls: string[] = [];
  readonly faults = new Map<string, Error>();

  readonly submit = (feedUserId: string, entries: readonly IngestEntry[]): Promise<Ingested[]> => {
    const flows = entries.map(({ flow }) => (flow as { name: string }).name);
    this.calls.push(`${feedUserId} ${flows.join(' ')}`);
    for (const name of flows) {
      const fault = this.faults.get(name);
      if (fault !== undefined) return Promise.reject(fault);
    }
    const transactionId = `tx-${this.calls.length}`;
    return Promise.resolve(flows.map((name) => ({ transactionId, outcome: `${name} taken in` })));
  };
}

function serviceOf({ submit }: Contract): IngestService {
  return new IngestService({ submit, kindOf: failureKind, now: () => moment });
}

async function waiting(name: string, feedUserId: string, deliveries = [name]): Promise<void> {
  await InboxFlowModel.create({
    _id: name,
    ...{ bankId: 'bank', feedUserId, serialNo: name, bookingDate: '2026-03-10', contentHash: name },
    ...{ status: 'BOOK', state: 'open', receivedAt: moment, nextAttemptAt: moment },
    deliveries: deliveries.map(deliveryOf),
  });
}

function deliveryOf(name: string): Delivery {
  const flow = JSON.stringify({ name });
  const open = { drop: false, state: 'new', txId: null, outcome: null } as const;
  return { kind: 'flow', entryHash: name, messageId: 'm', flow, ...open };
}

async function ended(service: IngestService, flows = names): Promise<string[]> {
  return Promise.all(flows.map(async (name) => service.ingest(name)));
}

test('flows that wait at the same moment share a transaction for each bank; each notes what became of it', async () => {
  const contract = new Contract();
  for (const name of names) await waiting(name, name === 'f3' ? 'feed-b' : 'feed-a');
  assert.deepEqual(await ended(serviceOf(contract)), ['done', 'done', 'done', 'done', 'done']);
  assert.deepEqual(contract.calls.toSorted(), ['feed-a f1 f2 f4 f5', 'feed-b f3']);
  for (const { _id, state, deliveries } of await InboxFlowModel.find().lean()) {
    const [only] = deliveries;
    assert.deepEqual([state, only?.state, only?.outcome], ['done', 'done', `${_id} taken in`]);
    assert.equal(contract.calls[Number(only?.txId?.slice(3)) - 1]?.includes(_id), true);
  }
});

test('one flow that is refused, or breaks something, stops no other', async () => {
  const contract = new Contract();
  contract.faults.set('f2', new DomainError('REQUEST_REUSED', 'refused'));
  contract.faults.set('f5', new TypeError('broken'));
  for (const name of names) await waiting(name, 'feed');
  const service = serviceOf(contract);
  assert.deepEqual(await ended(service), ['done', 'failed', 'done', 'done', 'retry-later']);
  for (let tries = 2; tries <= maxAttempts; tries += 1) await service.ingest('f5');
  const states = await InboxFlowModel.find({}, { state: 1 }).sort({ _id: 1 }).lean();
  assert.deepEqual(
    states.map((one) => one.state),
    ['done', 'failed', 'done', 'done', 'failed'],
  );
});

test('while the ledger is away every flow of the transaction waits for its next time', async () => {
  const contract = new Contract();
  contract.faults.set('f4', new InfrastructureError('the ledger is away', 'not-applied'));
  for (const name of names) await waiting(name, 'feed');
  const service = serviceOf(contract);
  const all = await ended(service);
  assert.deepEqual(new Set(all), new Set(['retry-later']));
  assert.equal(contract.calls.length, 1, 'it is not asked again for each');
  contract.faults.clear();
  assert.deepEqual(new Set(await ended(service)), new Set(['done']));
  const attempts = await InboxFlowModel.find({}, { attempts: 1, state: 1 }).lean();
  assert.ok(attempts.every((one) => one.attempts === 1 && one.state === 'done'));
});

test('what the bank said about one flow comes in its order', async () => {
  const contract = new Contract();
  await waiting('f1', 'feed', ['first', 'second', 'third']);
  await waiting('f2', 'feed');
  assert.deepEqual(await ended(serviceOf(contract), ['f1', 'f2']), ['done', 'done']);
  assert.deepEqual(contract.calls, ['feed first f2', 'feed second', 'feed third']);
});
