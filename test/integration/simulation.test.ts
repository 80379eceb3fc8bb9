/** A slice of the simulation: runs under faults end as their story says, come again with their seed, and find every planted error. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

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

const traceOf = (text: string): string | undefined => /trace ([0-9a-f]+)/.exec(text)?.[1];

test('under kills, lost and doubled messages everything ends as the story says; the same seed runs the same way', async () => {
  const [first, again] = await Promise.all([
    simulate('--seed', '17', '--seeds', '2', '--flows', '60'),
    simulate('--seed', '17', '--flows', '60'),
  ]);
  assert.equal(first.code, 0, first.text);
  assert.match(first.text, /\b[1-9]\d* kills, 0 differences/);
  assert.ok(traceOf(first.text));
  assert.equal(traceOf(first.text), traceOf(again.text));
});

/** What names the planted error in the output. */
const plants: readonly (readonly [name: string, told: RegExp])[] = [
  ['double-match', /is not conserved|fen matched, must have/],
  ['lost-flow', /is not on the ledger|is not in the inbox/],
  ['float-amount', /has \d+ fen, must have \d+/],
  ['ignored-payee', /\(payee\) is MATCHED, must be MISMATCH/],
  ['forgotten-dependency', /is MATCHED, must be WAITING_PREDECESSOR|is matched before/],
  ['stale-projection', /pages show .* F1 as nothing/],
];

for (const [plant, told] of plants) {
  test(`the planted error ${plant} is found and named`, async () => {
    const { code, text } = await simulate('--seed', '5', '--flows', '40', '--plant', plant);
    assert.equal(code, 1, text);
    assert.match(text, told);
  });
}
