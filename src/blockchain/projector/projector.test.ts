import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeLedger } from '../../../test/support/fake-ledger.ts';
import type { Checkpoint, ProjectionTarget } from './projection.port.ts';
import { createProjector } from './projector.ts';

/** A target that only counts. */
function target(): ProjectionTarget & { readonly sizes: number[]; readonly at: () => Checkpoint } {
  let stored: Checkpoint = { height: 0, hash: '', epoch: 0 };
  const sizes: number[] = [];
  return {
    sizes,
    at: () => stored,
    checkpoint: () => Promise.resolve(stored),
    open: () => Promise.resolve(),
    apply: (blocks) => {
      sizes.push(blocks.length);
      return Promise.resolve(blocks.map(() => []));
    },
    advance: (checkpoint) => {
      stored = checkpoint;
      return Promise.resolve(true);
    },
  };
}

const limits = { maxBlocks: 1, maxTransactions: 100 };
/** A pause that no test outlives. */
const paceMs = 3_600_000;

test('catching up makes no pause between batches', async () => {
  const ledger = new FakeLedger();
  for (let number = 0; number < 3; number += 1) ledger.append([{ id: `t${number}` }]);
  const stored = target();
  await createProjector({ ledger, target: stored, limits, paceMs }).catchUp();
  assert.deepEqual(stored.sizes, [1, 1, 1]);
});

test('a large batch is followed by the next at once, a small one by a pause that ends with the signal', async () => {
  const ledger = new FakeLedger();
  ledger.append(Array.from({ length: 60 }, (_, at) => ({ id: `t${at}` })));
  ledger.append([{ id: 'small' }]);
  ledger.append([{ id: 'later' }]);
  const stop = new AbortController();
  const stored = target();
  const publish = ({ height }: { readonly height: number }): void => {
    if (height === 2) setImmediate(() => stop.abort());
  };
  await createProjector({ ledger, target: stored, limits, paceMs, publish }).run(stop.signal);
  assert.equal(stored.at().height, 2);
});
