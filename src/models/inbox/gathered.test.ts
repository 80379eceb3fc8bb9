/** Work goes at once when its lane is idle, and together behind work that is on its way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gathered, type Settled } from './gathered.ts';

/** Batches as they left, each open until it is let go. */
class Road {
  readonly left: string[] = [];
  readonly #gates: (() => void)[] = [];

  readonly carry = async (lane: string, items: readonly number[]): Promise<Settled<number>[]> => {
    this.left.push(`${lane} ${items.join(' ')}`);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#gates.push(() => {
      resolve(undefined);
    });
    await promise;
    return items.map((item): Settled<number> =>
      item < 0
        ? { status: 'rejected', reason: new Error(`no ${item}`) }
        : { status: 'fulfilled', value: 2 * item },
    );
  };

  /** Lets the first batch that is open come to its end. */
  arrive(): void {
    this.#gates.shift()?.();
  }
}

const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

async function turns(): Promise<void> {
  for (let at = 0; at < 4; at += 1) await turn();
}

test('an idle lane waits for nobody; behind a batch on its way everything gathers, in order, up to the largest', async () => {
  const road = new Road();
  const bring = gathered({ largest: 3, abreast: 1 }, road.carry);
  const first = bring('a', 1);
  await turns();
  const others = [2, 3, 4, 5].map((item) => bring('a', item));
  await turns();
  assert.deepEqual(road.left, ['a 1']);
  road.arrive();
  assert.equal(await first, 2);
  await turns();
  assert.deepEqual(road.left, ['a 1', 'a 2 3 4']);
  road.arrive();
  await turns();
  road.arrive();
  assert.deepEqual(await Promise.all(others), [4, 6, 8, 10]);
  assert.deepEqual(road.left, ['a 1', 'a 2 3 4', 'a 5']);
});

test('what comes in one turn leaves together; lanes do not wait for each other; several batches go abreast', async () => {
  const road = new Road();
  const bring = gathered({ largest: 10, abreast: 2 }, road.carry);
  const all = [bring('a', 1), bring('b', 2), bring('a', 3)];
  await turns();
  assert.deepEqual(road.left, ['a 1 3', 'b 2']);
  all.push(bring('a', 4));
  await turns();
  all.push(bring('a', 5));
  await turns();
  assert.deepEqual(road.left, ['a 1 3', 'b 2', 'a 4']);
  for (let at = 0; at < 4; at += 1) {
    road.arrive();
    await turns();
  }
  assert.deepEqual(await Promise.all(all), [2, 4, 6, 8, 10]);
});

test('each item has its own end; a batch that breaks fails with all of its items, and the lane goes on', async () => {
  const road = new Road();
  const bring = gathered({ largest: 10, abreast: 1 }, road.carry);
  const mixed = Promise.allSettled([bring('a', 1), bring('a', -2)]);
  await turns();
  road.arrive();
  assert.deepEqual(
    (await mixed).map((one) => one.status),
    ['fulfilled', 'rejected'],
  );
  const broken = gathered<number, number>({ largest: 10, abreast: 1 }, (_, items) =>
    items.includes(1)
      ? Promise.reject(new Error('broken'))
      : Promise.resolve(items.map((value) => ({ status: 'fulfilled', value }))),
  );
  const both = await Promise.allSettled([broken('a', 1), broken('a', 2)]);
  assert.deepEqual(
    both.map((one) => one.status),
    ['rejected', 'rejected'],
  );
  assert.equal(await broken('a', 3), 3);
});
