/** Items that come together are carried together, each with its own result. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joined } from './joined.ts';

test('what comes in one turn goes together, each gets its own result, and nothing waits for a batch on its way', async () => {
  const batches: number[][] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<undefined>();
  const carry = joined<number, number>(10, async (items) => {
    batches.push([...items]);
    if (items.includes(1)) await gate;
    return items.map((item) => item * 2);
  });
  const held = [1, 2].map(carry);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await Promise.all([3, 4].map(carry)), [6, 8], 'while the first are under way');
  open(undefined);
  assert.deepEqual(await Promise.all(held), [2, 4]);
  assert.deepEqual(batches, [
    [1, 2],
    [3, 4],
  ]);
});

test('a batch is no larger than it may be, and one that fails takes no other with it', async () => {
  const sizes: number[] = [];
  const carry = joined<number, number>(2, (items) => {
    sizes.push(items.length);
    return items.includes(3) ? Promise.reject(new Error('no')) : Promise.resolve(items);
  });
  const settled = await Promise.allSettled([1, 2, 3, 4, 5].map(carry));
  assert.deepEqual(sizes, [2, 2, 1]);
  assert.deepEqual(
    settled.map((one) => one.status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
});
