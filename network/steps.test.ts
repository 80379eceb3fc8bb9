import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartError } from '../src/supervisor/start-error.ts';
import { runSteps, type Step, type StepReport } from './steps.ts';

/** A step whose effect is a word in a set, as files and processes are in a network. */
function wordStep(world: Set<string>, word: string, run?: () => Promise<void>): Step {
  return {
    title: word,
    missing: () => Promise.resolve(world.has(word) ? null : `${word} is missing`),
    run: run ?? (() => Promise.resolve(void world.add(word))),
    withinMs: 200,
  };
}

test('a step whose effect is there is not run again', async () => {
  const world = new Set(['first']);
  const reports: StepReport[] = [];
  const mustNotRun = (): Promise<void> => Promise.reject(new Error('it ran'));
  await runSteps([wordStep(world, 'first', mustNotRun), wordStep(world, 'second')], (one) =>
    reports.push(one),
  );
  assert.deepEqual(
    reports.map(({ title, wasThere }) => [title, wasThere]),
    [
      ['first', true],
      ['second', false],
    ],
  );
});

test('after a crash at any step the next run goes on from there', async () => {
  const words = ['a', 'b', 'c', 'd'];
  for (const crashing of words) {
    const world = new Set<string>();
    const runs: string[] = [];
    const steps = (isFirstRun: boolean): Step[] =>
      words.map((word) =>
        wordStep(world, word, () => {
          if (isFirstRun && word === crashing) return Promise.reject(new Error('killed'));
          runs.push(word);
          world.add(word);
          return Promise.resolve();
        }),
      );
    await assert.rejects(
      runSteps(steps(true), () => undefined),
      /The step ".*" failed: killed/,
    );
    await runSteps(steps(false), () => undefined);
    assert.deepEqual(runs, words, 'each step ran once');
  }
});

test('a step that ends without its effect fails with what is missing', async () => {
  const steps = [wordStep(new Set(), 'never', () => Promise.resolve())];
  await assert.rejects(
    runSteps(steps, () => undefined),
    (error) =>
      error instanceof StartError && error.message.includes('ended without its effect: never is missing'),
  );
});

test('a step that fails at first is run again; a sentence for the person ends it at once', async () => {
  const world = new Set<string>();
  let tries = 0;
  const hesitant = wordStep(world, 'slow', () => {
    tries += 1;
    if (tries < 3) return Promise.reject(new Error('not yet'));
    world.add('slow');
    return Promise.resolve();
  });
  await runSteps([hesitant], () => undefined);
  assert.equal(tries, 3);
  const final = wordStep(world, 'never', () => Promise.reject(new StartError('No such thing.')));
  await assert.rejects(
    runSteps([final], () => undefined),
    /^StartError: No such thing\.$/,
  );
});

test('an effect that comes a little later is waited for', async () => {
  const world = new Set<string>();
  let looks = 0;
  const step: Step = {
    title: 'late',
    missing: () => Promise.resolve((looks += 1) > 3 ? null : 'not yet'),
    run: () => Promise.resolve(),
  };
  await runSteps([step, wordStep(world, 'after')], () => undefined);
  assert.ok(world.has('after'));
});
