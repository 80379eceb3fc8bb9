/** Tests of a running transaction: own writes are seen, nothing is written early, keys cannot run into each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventEnvelope } from '#kernel/records/events.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Organisation } from '#kernel/records/member.ts';
import type { StateStub } from './context.ts';
import { Refusal } from './refusal.ts';
import { Tx } from './tx.ts';

const caller = {
  userId: 'u',
  orgId: 'o',
  role: 'sys-admin',
  posts: [],
  mspId: 'ProvinceMSP',
  division: '52',
} as const;
const org = (id: string): Organisation => ({
  ...{
    id,
    name: id,
    roles: ['auditor'],
    mspId: 'ProvinceMSP',
    division: '52',
    level: 'province',
    uscc: null,
  },
  ...{ issuerPublicKey: null, state: 'ACTIVE' },
  registered: { by: 'u', orgId: 'o', at: '2026-11-20T00:00:00.000Z', txId: 't' },
});

function stubOver(state: Map<string, string>): { stub: StateStub; events: string[] } {
  const events: string[] = [];
  const stub: StateStub = {
    getTxID: () => 'tx',
    getTxTimestamp: () => ({ seconds: { toNumber: () => 1_795_000_000 }, nanos: 5_000_000 }),
    getFunctionAndParameters: () => ({ fcn: 'x:y' }),
    getState: (key) => Promise.resolve(Buffer.from(state.get(key) ?? '')),
    putState: (key, value) => Promise.resolve(void state.set(key, Buffer.from(value).toString())),
    getStateByPartialCompositeKey: (type) => {
      const found = [...state].filter(([key]) => key.startsWith(`\u0000${type}\u0000`));
      return Promise.resolve({
        next: () => {
          const entry = found.shift();
          return Promise.resolve(
            entry ? { value: { key: entry[0], value: Buffer.from(entry[1]) } } : { done: true },
          );
        },
        close: () => Promise.resolve(),
      });
    },
    setEvent: (_name, payload) => void events.push(Buffer.from(payload).toString()),
  };
  return { stub, events };
}

test('a transaction sees its own writes by key and in ranges; the ledger gets them at the end', async () => {
  const state = new Map<string, string>();
  const first = new Tx(stubOver(state).stub, caller);
  first.put('ORG', keyParts.ORG('b'), org('b'));
  await first.flush();
  const tx = new Tx(stubOver(state).stub, caller);
  tx.put('ORG', keyParts.ORG('a'), org('a'));
  tx.put('ORG', keyParts.ORG('b'), { ...org('b'), state: 'DISABLED' });
  assert.equal((await tx.get('ORG', keyParts.ORG('a')))?.id, 'a');
  const seen = (await tx.range('ORG', [])).map((one) => `${one.id} ${one.state}`);
  assert.deepEqual(seen, ['a ACTIVE', 'b DISABLED']);
  await assert.rejects(tx.create('ORG', keyParts.ORG('a'), org('a')), Refusal);
  assert.equal(state.size, 1);
  await tx.flush();
  assert.equal(state.size, 2);
});

test('the stored text does not depend on the order in which a value was put together', async () => {
  const texts = [org('a'), Object.fromEntries(Object.entries(org('a')).reverse()) as Organisation].map(
    async (value) => {
      const state = new Map<string, string>();
      const tx = new Tx(stubOver(state).stub, caller);
      tx.put('ORG', keyParts.ORG('a'), value);
      await tx.flush();
      return [...state.values()].join();
    },
  );
  const [one, other] = await Promise.all(texts);
  assert.equal(one, other);
});

test('a record that breaks its schema is not written', () => {
  const tx = new Tx(stubOver(new Map()).stub, caller);
  assert.throws(() => tx.put('ORG', keyParts.ORG('a'), { ...org('a'), division: '5' }));
});

test('key parts cannot hold a separator', async () => {
  const tx = new Tx(stubOver(new Map()).stub, caller);
  for (const part of ['', 'a\u0000b', 'a\uffff']) await assert.rejects(tx.get('DRAFT', [part]), Refusal);
});

test('all domain events go out in one envelope; none when there is none', async () => {
  const { stub, events } = stubOver(new Map());
  const tx = new Tx(stub, caller);
  tx.emit({ type: 'a', subject: { id: '1' } });
  tx.emit({ type: 'b', subject: {}, orgIds: ['o'], division: '52' });
  await tx.flush();
  assert.equal(events.length, 1);
  const { events: sent } = eventEnvelope.parse(JSON.parse(events.join()));
  assert.deepEqual(
    sent.map((event) => event.type),
    ['a', 'b'],
  );
  const silent = stubOver(new Map());
  await new Tx(silent.stub, caller).flush();
  assert.equal(silent.events.length, 0);
});

test('the transaction time is recorded in UTC to the millisecond', () => {
  const tx = new Tx(stubOver(new Map()).stub, caller);
  assert.equal(tx.at, new Date(1_795_000_000_005).toISOString());
  assert.deepEqual(tx.act(), { by: 'u', orgId: 'o', at: tx.at, txId: 'tx' });
});
