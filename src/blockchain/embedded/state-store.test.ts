import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createCompositeKey, LAST_CODE_POINT } from './composite-key.ts';
import { KeyFilter } from './key-filter.ts';
import { StateStore } from './state-store.ts';

const KEYS = 2500;
const keyOf = (at: number): string => createCompositeKey('FLOW', [`bank-${at % 5}`, String(at)]);

async function fill(folder: string): Promise<void> {
  const store = await StateStore.open(folder, { shared: false });
  await store.apply({
    block: 0,
    place: { offset: 0, size: 1 },
    savepoint: { height: 1, end: 13, lastHash: '' },
    transactions: Array.from({ length: KEYS }, (_, at) => ({
      transactionId: `transaction-${at}`,
      index: at,
      codeByte: 0,
      writes: [{ key: keyOf(at), value: Buffer.from(String(at)) }],
    })),
  });
  await store.close();
}

test('a store that is opened again knows what is absent once it has looked through, and loses nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'state-'));
  await fill(folder);
  const filter = new KeyFilter();
  const store = await StateStore.open(folder, { shared: false, filter });
  store.teach(filter);
  while (filter.mayHold('absent')) await turn();
  const snapshot = store.snapshot();
  for (let at = 0; at < KEYS; at++) {
    assert.equal(store.get(keyOf(at), snapshot)?.value.toString(), String(at));
    assert.equal(store.transaction(`transaction-${at}`)?.index, at);
  }
  assert.equal(store.get('absent'), null);
  const rowsOf = async (type: string, parts: readonly string[]): Promise<number> => {
    const start = createCompositeKey(type, parts);
    const walk = store.range(start, start + LAST_CODE_POINT, snapshot);
    const rows = await walk.next(KEYS);
    await walk.close();
    return rows.length;
  };
  assert.equal(await rowsOf('FLOW', ['bank-3']), KEYS / 5);
  assert.equal(await rowsOf('FLOW', ['bank-5']), 0);
  assert.equal(await rowsOf('CLAIM', []), 0);
  await snapshot.close();
  await store.close();
  await rm(folder, { recursive: true });
});

test('a store that is closed while it looks through closes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'state-'));
  await fill(folder);
  const filter = new KeyFilter();
  const store = await StateStore.open(folder, { shared: false, filter });
  store.teach(filter);
  await store.close();
  assert.equal(filter.mayHold('absent'), true);
  await rm(folder, { recursive: true });
});
