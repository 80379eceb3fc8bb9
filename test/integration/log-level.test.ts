/** Every process of the platform keeps to LOG_LEVEL: only the line that says it is ready is always written. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

interface Ended {
  readonly lines: readonly { readonly level: number; readonly msg: string }[];
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs a process until it says that it listens, or ends by itself, then asks it to stop. */
async function run(t: TestContext, args: (folder: string) => string[], level: string): Promise<Ended> {
  const folder = mkdtempSync('/tmp/ll-');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const child = spawn(process.execPath, args(folder), {
    env: { PATH: process.env['PATH'], LOG_LEVEL: level },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const told = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    told.out += chunk.toString();
    if (told.out.includes('"listening"')) child.kill('SIGTERM');
  });
  child.stderr.on('data', (chunk: Buffer) => (told.err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = told.out.trim() === '' ? [] : told.out.trim().split('\n');
  return { lines: lines.map((line) => JSON.parse(line) as Ended['lines'][number]), stderr: told.err, code };
}

const processes: Readonly<Record<string, (folder: string) => string[]>> = {
  ledger: (folder) => ['src/ledger.ts', '--data', join(folder, 'd'), '--socket', join(folder, 'l.sock')],
  'document server': (folder) => [
    ...['standalone/document-server/src/main.ts', '--data', join(folder, 'd')],
    ...['--socket', join(folder, 'm.sock')],
  ],
};

for (const [name, args] of Object.entries(processes)) {
  test(`${name}: LOG_LEVEL=info tells its life, LOG_LEVEL=error its readiness alone`, async (t) => {
    const info = await run(t, args, 'info');
    assert.ok(info.lines.length > 1, JSON.stringify(info));
    const error = await run(t, args, 'error');
    assert.deepEqual(
      error.lines.map((line) => line.msg),
      ['listening'],
      error.stderr,
    );
  });
}

test('ledger: a wrong setting ends it with the sentence of the configuration', async (t) => {
  const { code, stderr, lines } = await run(t, processes['ledger'] ?? (() => []), 'loud');
  assert.equal(code, 1);
  assert.deepEqual(lines, []);
  assert.match(stderr, /^LOG_LEVEL holds "loud"; it may hold trace, debug/);
});
