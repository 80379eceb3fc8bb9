import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BlockFile, bytesAt } from './block-file.ts';
import { createCompositeKey, LAST_CODE_POINT } from './composite-key.ts';
import { KeyFilter } from './key-filter.ts';
import { decodeRow, encodeRow, encodeVersion } from './state-row.ts';
import { StateStore } from './state-store.ts';

const KEYS = 2500;
const keyOf = (at: number): string => createCompositeKey('FLOW', [`bank-${at % 5}`, String(at)]);

const valueOf = (at: number): string => String(at).repeat(1 + (at % 300));

interface Opened {
  readonly store: StateStore;
  readonly filter: KeyFilter;
  readonly chain: BlockFile;
  readonly close: () => Promise<void>;
}

async function openIn(folder: string): Promise<Opened> {
  const chain = await BlockFile.open(join(folder, 'chain'));
  const filter = new KeyFilter();
  const store = await StateStore.open(join(folder, 'state'), { shared: false, filter, chain });
  const close = async (): Promise<void> => {
    await store.close();
    await chain.close();
  };
  return { store, filter, chain, close };
}

/** One block whose transactions write one value each, some of them large. */
async function fill(folder: string): Promise<void> {
  const { store, chain, close } = await openIn(folder);
  const body = Buffer.from(Array.from({ length: KEYS }, (_, at) => valueOf(at)).join(''));
  const [place = { offset: -1, size: 0 }] = await chain.append([body]);
  let from = 0;
  const transactions = Array.from({ length: KEYS }, (_, at) => {
    const value = body.subarray(from, (from += valueOf(at).length));
    const writes = [{ key: keyOf(at), value }];
    return {
      transactionId: `transaction-${at}`,
      index: at,
      codeByte: 0,
      body,
      bodyAt: bytesAt(place),
      writes,
    };
  });
  await store.apply({ block: 0, place, savepoint: { height: 1, end: 13, lastHash: '' }, transactions });
  await close();
}

test('a store that is opened again knows what is absent once it has looked through, and loses nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'state-'));
  await fill(folder);
  const { store, filter, close } = await openIn(folder);
  store.teach(filter);
  while (filter.mayHold('absent')) await turn();
  const snapshot = store.snapshot();
  for (let at = 0; at < KEYS; at++) {
    const { value, version } = store.get(keyOf(at), snapshot) ?? assert.fail();
    assert.equal(value.toString(), valueOf(at));
    assert.deepEqual(version, [0, at]);
    assert.equal(store.transaction(`transaction-${at}`)?.index, at);
  }
  assert.equal(store.get('absent'), null);
  const rowsOf = async (type: string, parts: readonly string[]): Promise<number> => {
    const start = createCompositeKey(type, parts);
    const walk = store.range(start, start + LAST_CODE_POINT, snapshot);
    const rows = await walk.next(KEYS);
    await walk.close();
    for (const { key, version, value } of rows) {
      assert.equal(key, keyOf(version[1]));
      assert.equal(value.toString(), valueOf(version[1]));
    }
    return rows.length;
  };
  assert.equal(await rowsOf('FLOW', ['bank-3']), KEYS / 5);
  assert.equal(await rowsOf('FLOW', ['bank-5']), 0);
  assert.equal(await rowsOf('CLAIM', []), 0);
  await snapshot.close();
  await close();
  await rm(folder, { recursive: true });
});

test('a store that is closed while it looks through closes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'state-'));
  await fill(folder);
  const { store, filter, close } = await openIn(folder);
  store.teach(filter);
  await close();
  assert.equal(filter.mayHold('absent'), true);
  await rm(folder, { recursive: true });
});

test('a large value that an earlier program kept in its row is read from there', () => {
  const large = Buffer.from('金'.repeat(1000));
  const row = Buffer.concat([Buffer.from('00000000000700000003', 'hex'), large]);
  const chain = { readPart: (): Buffer => assert.fail('the chain was read') };
  assert.deepEqual(decodeRow(row, chain), { version: [7, 3], value: large });
});

test('a large value whose bytes on the disk changed is never given to anybody', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'state-'));
  await fill(folder);
  const { store, chain, close } = await openIn(folder);
  const key = keyOf(2398);
  assert.equal(store.get(key)?.value.toString(), valueOf(2398));
  const before = await chain.read({ offset: 0, size: chain.end - bytesAt({ offset: 0, size: 0 }) });
  const at = bytesAt({ offset: 0, size: 0 }) + before.indexOf(valueOf(2398));
  const file = await open(join(folder, 'chain'), 'r+');
  await file.write('x', at + 3);
  await file.close();
  assert.throws(() => store.get(key), { name: 'ChainDamaged', message: new RegExp(`value at byte ${at} `) });
  await close();
  await rm(folder, { recursive: true });
});

test('the place of a large value that an earlier program noted without a checksum is read', () => {
  const body = Buffer.from('金'.repeat(1000));
  const row = encodeRow(encodeVersion(7, 3), body, { body, bodyAt: 50 }).subarray(0, 20);
  const chain = { readPart: (offset: number, size: number): Buffer => body.subarray(offset - 50, size) };
  assert.deepEqual(decodeRow(row, chain), { version: [7, 3], value: body });
});
