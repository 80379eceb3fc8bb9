/** Cheap answers are always of this moment; dear ones are shared, kept in proportion to their cost, and renewed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedAnswers } from './shared-answers.ts';

/** A question that costs so many ms and counts how often it was computed. */
function question(costMs: number) {
  const clock = { now: 1_000_000 };
  const answers = new SharedAnswers(() => clock.now);
  let computed = 0;
  const ask = () =>
    answers.get('sum', async () => {
      await Promise.resolve();
      clock.now += costMs;
      computed += 1;
      return computed;
    });
  return { clock, ask };
}

test('a cheap answer is computed each time', async () => {
  const { ask } = question(99);
  assert.deepEqual(await ask(), { value: 1, asOf: null });
  assert.deepEqual(await ask(), { value: 2, asOf: null });
});

test('a dear answer is given again with its moment, and renewed after ten times its cost', async () => {
  const { clock, ask } = question(1000);
  assert.deepEqual(await ask(), { value: 1, asOf: null });
  clock.now += 8_000;
  assert.deepEqual(await ask(), { value: 1, asOf: new Date(1_000_000) });
  clock.now += 2_000;
  assert.equal((await ask()).value, 1, 'nobody waits for the new one');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await ask()).value, 2);
});

test('an answer of more than a minute ago is not given', async () => {
  const { clock, ask } = question(10_000);
  await ask();
  clock.now += 61_000;
  assert.deepEqual(await ask(), { value: 2, asOf: null });
});

test('a failed renewal leaves the kept answer; a failed first computation is told', async () => {
  const clock = { now: 0 };
  const answers = new SharedAnswers(() => clock.now);
  const away = () => Promise.reject(new Error('away'));
  await assert.rejects(answers.get('sum', away), /away/);
  await answers.get('sum', async () => {
    await Promise.resolve();
    clock.now += 500;
    return 7;
  });
  clock.now += 20_000;
  assert.equal((await answers.get('sum', away)).value, 7);
  assert.equal((await answers.get('sum', away)).value, 7);
});
