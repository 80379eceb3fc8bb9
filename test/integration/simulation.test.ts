/** A slice of the simulation: runs under faults end as their story says, come again with their seed, and find every planted error. */
import '../simulation/hooks.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { RunResult } from '../simulation/run.ts';

async function simulate(...args: string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'test/simulation/main.ts', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

// Loaded after the hooks, which give the platform's own code the clock of the simulation.
const { Documents } = await import('../simulation/documents.ts');
const { People } = await import('../simulation/people.ts');
const { plants } = await import('../simulation/plants.ts');
const { runOnce } = await import('../simulation/run.ts');

let run: (seed: number, flows: number, plant?: string) => Promise<RunResult>;
let close: () => Promise<void>;
before(async () => {
  const documents = await Documents.open();
  const people = await People.create();
  run = (seed, flows, plant) =>
    runOnce(documents, people, { seed, flows, plant: plant === undefined ? undefined : plants[plant] });
  close = () => documents.close();
});
after(() => close());

test('under kills, lost and doubled messages everything ends as the story says', async () => {
  let kills = 0;
  for (const seed of [11, 12, 13]) {
    const result = await run(seed, 80);
    assert.deepEqual(result.differences, [], `seed ${seed}`);
    kills += result.kills;
  }
  assert.ok(kills > 0);
});

test('the same seed runs the same way, in another process too, and another seed another way', async () => {
  const [first, other] = [await run(21, 60), await run(22, 60)];
  // What ran before in this process must not matter.
  const again = await simulate('--seed', '21', '--flows', '60');
  assert.equal(again.code, 0, again.text);
  assert.match(again.text, /6\d flows over 1 seeds, \d+ kills, 0 differences/);
  assert.equal(/trace ([0-9a-f]+)/.exec(again.text)?.[1], first.trace.slice(0, 16));
  assert.notEqual(first.trace, other.trace);
});

/** What names the planted error in the output. */
const told: Readonly<Record<string, RegExp>> = {
  'double-match': /is not conserved|fen matched, must have/,
  'lost-flow': /is not on the ledger|is not in the inbox/,
  'float-amount': /has \d+ fen, must have \d+/,
  'ignored-payee': /\(payee\) is MATCHED, must be MISMATCH/,
  'forgotten-dependency': /is MATCHED, must be WAITING_PREDECESSOR|is matched before/,
  'stale-projection': /pages show .* F1 as nothing/,
};

for (const [plant, words] of Object.entries(told)) {
  test(`the planted error ${plant} is found and named`, async () => {
    const { differences } = await run(5, 40, plant);
    assert.match(differences.join('\n'), words);
  });
}

test('every plant has its test; the command ends with 1 for a difference and with 2 for a plant that is not there', async () => {
  assert.deepEqual(Object.keys(plants), Object.keys(told));
  const found = await simulate('--seed', '5', '--flows', '40', '--plant', 'double-match');
  assert.equal(found.code, 1, found.text);
  assert.match(found.text, told['double-match'] as RegExp);
  assert.equal((await simulate('--plant', 'none')).code, 2);
});
