/** Work goes at once when its lane is idle, and together behind work that is on its way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gathered, type Settled } from './gathered.ts';

const patient = 2 ** 30;

/** Batches as they left, each on its way until it is let go. */
class Road {
  readonly left: string[] = [];
  readonly #underWay: (() => void)[] = [];

  readonly carry = async (lane: string, items: readonly number[]): Promise<Settled<number>[]> => {
    this.left.push(`${lane} ${items.join(' ')}`);
    await new Promise<void>((resolve) => this.#underWay.push(resolve));
    if (items.includes(0)) throw new Error('no way');
    return items.map((item): Settled<number> =>
      item < 0
        ? { status: 'rejected', reason: new Error(`no ${item}`) }
        : { status: 'fulfilled', value: 2 * item },
    );
  };

  /** Lets the first batch that is on its way come to its end, and whatever follows from it. */
  async arrive(): Promise<void> {
    this.#underWay.shift()?.();
    await this.rest();
  }

  /** Nothing moves any more until the next batch arrives. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async until(batches: number): Promise<void> {
    while (this.left.length < batches) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('an idle lane waits for nobody; behind a batch on its way everything gathers, in order, up to the largest', async () => {
  const road = new Road();
  const bring = gathered({ largest: 3, patienceMs: patient }, road.carry);
  const first = bring('a', 1);
  await road.rest();
  const others = [2, 3, 4, 5].map((item) => bring('a', item));
  await road.rest();
  assert.deepEqual(road.left, ['a 1']);
  await road.arrive();
  assert.equal(await first, 2);
  assert.deepEqual(road.left, ['a 1', 'a 2 3 4']);
  await road.arrive();
  await road.arrive();
  assert.deepEqual(await Promise.all(others), [4, 6, 8, 10]);
  assert.deepEqual(road.left, ['a 1', 'a 2 3 4', 'a 5']);
});

test('what comes in one turn leaves together; a lane does not wait for another; who is slow leaves his place', async () => {
  const road = new Road();
  const bring = gathered({ largest: 10, patienceMs: 1 }, road.carry);
  const all = [bring('a', 1), bring('b', 2), bring('a', 3)];
  await road.rest();
  assert.deepEqual(road.left, ['a 1 3', 'b 2']);
  all.push(bring('a', 4));
  await road.until(3);
  assert.deepEqual(road.left.slice(2), ['a 4']);
  for (const _ of road.left) await road.arrive();
  assert.deepEqual(await Promise.all(all), [2, 4, 6, 8]);
});

test('each item has its own end', async () => {
  const road = new Road();
  const bring = gathered({ largest: 10, patienceMs: patient }, road.carry);
  const mixed = Promise.allSettled([bring('a', 1), bring('a', -2)]);
  await road.rest();
  await road.arrive();
  const ends = (await mixed).map((one) => one.status);
  assert.deepEqual(ends, ['fulfilled', 'rejected']);
});

test('a batch that throws fails with all of its items; the next are half as large until one arrives', async () => {
  const road = new Road();
  const bring = gathered({ largest: 4, patienceMs: patient }, road.carry);
  const ends = Promise.allSettled([0, 0, 0, 0, 0, 6, 7, 8, 9, 10, 11, 12].map((item) => bring('a', item)));
  await road.rest();
  for (let batch = 0; batch < 6; batch += 1) await road.arrive();
  assert.deepEqual(road.left, ['a 0 0 0 0', 'a 0 6', 'a 7', 'a 8 9', 'a 10 11 12']);
  const failed = (await ends).flatMap((one, at) => (one.status === 'rejected' ? [at] : []));
  assert.deepEqual(failed, [0, 1, 2, 3, 4, 5]);
});
