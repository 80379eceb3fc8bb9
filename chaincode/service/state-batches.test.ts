import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peer as protos } from '@hyperledger/fabric-protos';
import {
  holdState,
  readPeerBatches,
  type AskPeer,
  type PeerBatches,
  type StateStub,
} from './state-batches.ts';

const { WRITE_BATCH_STATE, GET_STATE_MULTIPLE } = protos.ChaincodeMessage.Type;
const GENEROUS: PeerBatches = { writes: 1000, reads: 1000 };

interface Sent {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** A peer that answers batches from a state, and a stub that asks it key by key. */
function newPeer(state: Readonly<Record<string, string>> = {}): {
  sent: Sent[];
  single: string[];
  stub: StateStub;
  ask: AskPeer;
} {
  const sent: Sent[] = [];
  const single: string[] = [];
  const valueOf = (key: string): Buffer => Buffer.from(state[key] ?? '');
  const ask: AskPeer = (type, payload) => {
    sent.push({ type, payload });
    const result = new protos.GetStateMultipleResult();
    if (type === GET_STATE_MULTIPLE)
      result.setValuesList(protos.GetStateMultiple.deserializeBinary(payload).getKeysList().map(valueOf));
    return Promise.resolve(result.serializeBinary());
  };
  const stub: StateStub = {
    getState: (key) => {
      single.push(`get ${key}`);
      return Promise.resolve(valueOf(key));
    },
    putState: (key) => Promise.resolve(single.push(`put ${key}`)),
    deleteState: (key) => Promise.resolve(single.push(`delete ${key}`)),
  };
  return { sent, single, stub, ask };
}

async function textAt(stub: StateStub, key: string): Promise<string> {
  return Buffer.from(await stub.getState(key)).toString();
}

test('all writes of a transaction go to the peer in one message, in their order', async () => {
  const { sent, single, stub, ask } = newPeer();
  const writes = holdState(stub, GENEROUS, ask);
  const long = '长'.repeat(9000);
  await stub.putState('\u0000DRAFT\u0000一\u0000', long);
  await stub.putState('b', Buffer.from('x'));
  await stub.deleteState('c');
  assert.equal(sent.length, 0);
  await writes.flush();
  assert.deepEqual(
    sent.map(({ type }) => type),
    [WRITE_BATCH_STATE],
  );
  const records = protos.WriteBatchState.deserializeBinary(sent[0]?.payload ?? new Uint8Array()).getRecList();
  assert.deepEqual(
    records.map((one) => [one.getType(), one.getKey(), Buffer.from(one.getValue_asU8()).toString()]),
    [
      [protos.WriteRecord.Type.PUT_STATE, '\u0000DRAFT\u0000一\u0000', long],
      [protos.WriteRecord.Type.PUT_STATE, 'b', 'x'],
      [protos.WriteRecord.Type.DEL_STATE, 'c', ''],
    ],
  );
  await writes.flush();
  assert.equal(sent.length, 1, 'nothing is written twice');
  assert.deepEqual(single, []);
});

test('a batch holds no more than the peer takes', async () => {
  const { sent, stub, ask } = newPeer();
  const writes = holdState(stub, { writes: 2, reads: 2 }, ask);
  for (const key of ['a', 'b', 'c', 'd', 'e']) await stub.putState(key, key);
  await writes.flush();
  stub.expect?.(['a', 'b', 'c']);
  const counts = sent.map(({ type, payload }) =>
    type === WRITE_BATCH_STATE
      ? protos.WriteBatchState.deserializeBinary(payload).getRecList().length
      : protos.GetStateMultiple.deserializeBinary(payload).getKeysList().length,
  );
  assert.deepEqual(counts, [2, 2, 1, 2, 1]);
});

test('expected keys come in one message, and each key is asked for once', async () => {
  const { sent, single, stub, ask } = newPeer({ a: 'A', ü: '值' });
  holdState(stub, GENEROUS, ask);
  assert.equal(await textAt(stub, 'a'), 'A');
  stub.expect?.(['a', 'ü', 'none', 'ü']);
  assert.deepEqual(await Promise.all(['ü', 'none', 'a', 'ü'].map((key) => textAt(stub, key))), [
    '值',
    '',
    'A',
    '值',
  ]);
  const asked = sent.map(({ payload }) => protos.GetStateMultiple.deserializeBinary(payload).getKeysList());
  assert.deepEqual(asked, [['ü', 'none']]);
  assert.deepEqual(single, ['get a']);
});

test('an answer with too few values fails the reads that wait for it, and no other', async () => {
  const { stub } = newPeer({ z: 'Z' });
  holdState(stub, GENEROUS, () => Promise.resolve(new Uint8Array()));
  stub.expect?.(['a', 'b']);
  await assert.rejects(stub.getState('a'), /did not answer/);
  assert.equal(await textAt(stub, 'z'), 'Z');
});

test('a peer that refuses a batch of writes fails the flush', async () => {
  const { stub } = newPeer();
  const writes = holdState(stub, GENEROUS, () => Promise.reject(new Error('WRITE_BATCH_STATE failed')));
  await stub.putState('a', 'x');
  await assert.rejects(writes.flush(), /WRITE_BATCH_STATE failed/);
});

test('a peer that takes single keys gets single keys', async () => {
  const { sent, single, stub, ask } = newPeer({ a: 'A' });
  const writes = holdState(stub, { writes: 0, reads: 0 }, ask);
  stub.expect?.(['a', 'b']);
  assert.equal(await textAt(stub, 'a'), 'A');
  await stub.putState('b', 'B');
  await writes.flush();
  assert.deepEqual(sent, []);
  assert.deepEqual(single, ['get a', 'put b']);
});

test('what a peer takes is read from its READY message', () => {
  const said = new protos.ChaincodeAdditionalParams();
  assert.deepEqual(readPeerBatches(said.serializeBinary()), { writes: 0, reads: 0 });
  said.setMaxSizeWriteBatch(1000);
  said.setUseGetMultipleKeys(true);
  said.setMaxSizeGetMultipleKeys(300);
  assert.deepEqual(readPeerBatches(said.serializeBinary()), { writes: 0, reads: 300 });
  said.setUseWriteBatch(true);
  assert.deepEqual(readPeerBatches(said.serializeBinary()), { writes: 1000, reads: 300 });
});
