/** Items that come together are carried together, each with its own result. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joined } from './joined.ts';

test('the first goes alone, those that come meanwhile go together, each gets its own result', async () => {
  const batches: number[][] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<undefined>();
  const carry = joined<number, number>(10, async (items) => {
    batches.push([...items]);
    await gate;
    return items.map((item) => item * 2);
  });
  const results = [1, 2, 3].map(carry);
  open(undefined);
  assert.deepEqual(await Promise.all(results), [2, 4, 6]);
  assert.deepEqual(batches, [[1], [2, 3]]);
  assert.equal(await carry(4), 8);
});

test('a batch is no larger than it may be, and one that fails takes no other with it', async () => {
  const sizes: number[] = [];
  const carry = joined<number, number>(2, (items) => {
    sizes.push(items.length);
    return items.includes(3) ? Promise.reject(new Error('no')) : Promise.resolve(items);
  });
  const settled = await Promise.allSettled([1, 2, 3, 4, 5].map(carry));
  assert.deepEqual(sizes, [1, 2, 2]);
  assert.deepEqual(
    settled.map((one) => one.status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled', 'fulfilled'],
  );
});
