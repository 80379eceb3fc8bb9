import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeLedger } from '../../../test/support/fake-ledger.ts';
import { blockBatches } from './block-batches.ts';
import { blocksBetween } from './block-stream.ts';

function ledgerOf(blocks: number): FakeLedger {
  const ledger = new FakeLedger();
  for (let number = 0; number < blocks; number += 1)
    ledger.append([{ id: `a${number}` }, { id: `b${number}` }]);
  return ledger;
}

async function batchesOf(ledger: FakeLedger, until: number, maxBlocks: number, maxTransactions: number) {
  const open = (signal: AbortSignal) => blocksBetween(ledger, { from: 0, until, signal });
  const sizes: number[] = [];
  const numbers: number[] = [];
  for await (const batch of blockBatches(
    open,
    { maxBlocks, maxTransactions },
    new AbortController().signal,
  )) {
    sizes.push(batch.length);
    numbers.push(...batch.map((block) => block.number));
  }
  return { sizes, numbers };
}

test('every block comes once, in order, in batches within both limits', async () => {
  const byBlocks = await batchesOf(ledgerOf(10), 10, 3, 1000);
  assert.deepEqual(byBlocks.numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(byBlocks.sizes.every((size) => size <= 3));
  const byTransactions = await batchesOf(ledgerOf(10), 10, 100, 5);
  assert.ok(byTransactions.sizes.every((size) => size <= 2));
  assert.equal(byTransactions.numbers.length, 10);
});

test('a block with more transactions than the limit is a batch of its own', async () => {
  const { sizes } = await batchesOf(ledgerOf(3), 3, 100, 1);
  assert.deepEqual(sizes, [1, 1, 1]);
});

test('a batch holds no more writes than the limit, whatever its transactions are', async () => {
  const ledger = new FakeLedger();
  const records = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ type: 'FLOW' as const, parts: [`f${at}`], value: {} }));
  for (const count of [3, 3, 3, 9, 1]) ledger.append([{ id: `t${count}`, writes: records(count) }]);
  const open = (signal: AbortSignal) => blocksBetween(ledger, { from: 0, until: 5, signal });
  const limits = { maxBlocks: 100, maxTransactions: 100, maxWrites: 6 };
  const numbers: number[] = [];
  for await (const batch of blockBatches(open, limits, new AbortController().signal)) {
    const writes = batch.flatMap(({ transactions }) => transactions.flatMap((tx) => tx.writes));
    assert.ok(writes.length <= 6 || batch.length === 1);
    numbers.push(...batch.map((block) => block.number));
  }
  assert.deepEqual(numbers, [0, 1, 2, 3, 4]);
});

test('leaving the loop closes the source; so does the signal while nothing comes', async () => {
  const ledger = ledgerOf(2);
  const stop = new AbortController();
  let closed = 0;
  const open = async function* (signal: AbortSignal) {
    try {
      yield* ledger.blocks(0, signal);
    } finally {
      closed += 1;
    }
  };
  for await (const batch of blockBatches(open, { maxBlocks: 1, maxTransactions: 10 }, stop.signal)) {
    assert.equal(batch[0]?.number, 0);
    break;
  }
  assert.equal(closed, 1);
  const seen: number[] = [];
  for await (const batch of blockBatches(open, { maxBlocks: 5, maxTransactions: 10 }, stop.signal)) {
    seen.push(...batch.map((block) => block.number));
    if (seen.length === 2) setImmediate(() => stop.abort());
  }
  assert.deepEqual(seen, [0, 1]);
  assert.equal(closed, 2);
});

test('what the source throws comes after the blocks before it', async () => {
  const ledger = ledgerOf(1);
  const open = async function* (signal: AbortSignal) {
    for await (const block of ledger.blocks(0, signal)) {
      yield block;
      throw new Error('the ledger is away');
    }
  };
  const seen: number[] = [];
  await assert.rejects(async () => {
    const limits = { maxBlocks: 5, maxTransactions: 10 };
    for await (const batch of blockBatches(open, limits, new AbortController().signal))
      seen.push(batch.length);
  }, /the ledger is away/);
  assert.deepEqual(seen, [1]);
});
