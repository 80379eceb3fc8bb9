/** A run of the platform from its first words to its end, however it ends. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alive, FAKE, folder, page, portPair, ready, start, until } from '../support/start-run.ts';

test('a start says address, accounts, data, how to stop and begin again, and keeps secrets to itself', async (t) => {
  const dataDir = folder(t);
  const port = await portPair();
  const run = await start(t, [...FAKE, 'demo'], { dataDir, port });
  await ready(run);
  const out = run.out();
  for (const words of [
    `http://localhost:${port}`,
    `http://localhost:${port + 100}`,
    'walker',
    'Walk-2026',
    dataDir,
  ]) {
    assert.ok(out.includes(words), `${words} is not in:\n${out}`);
  }
  assert.match(out, /Stop: Ctrl-C/);
  assert.match(out, /npm run reset/);
  assert.match(out, /^ +\d+\.\d s {2}redis$/m);
  assert.equal(statSync(join(dataDir, 'secrets.json')).mode & 0o777, 0o600);
  assert.equal(statSync(join(dataDir, 'run.json')).mode & 0o777, 0o600);
  run.child.kill('SIGINT');
  assert.equal(await run.ended, 0);
  assert.equal(await page(port), '');
  assert.equal(existsSync(join(dataDir, 'run.json')), false);
});

test('a process that dies is told and comes back', async (t) => {
  const port = await portPair();
  const run = await start(t, [...FAKE, 'demo'], { dataDir: folder(t), port });
  await ready(run);
  const first = await page(port);
  await page(port, '/die');
  await until('a second web process', async () => !['', first].includes(await page(port)));
  await until('the words', () => run.err().includes('web is back'));
  assert.match(run.err(), /web ended by SIGKILL; it starts again in 0\.5 s/);
});

test('children that do not listen to SIGTERM are ended all the same', async (t) => {
  const port = await portPair();
  const run = await start(t, [...FAKE, 'demo'], { dataDir: folder(t), port, env: { FAKE_STUBBORN: '1' } });
  await ready(run);
  const web = Number(await page(port));
  run.child.kill('SIGTERM');
  assert.equal(await run.ended, 0);
  assert.equal(alive(web), false);
});

test('when the supervisor is killed, every child ends', async (t) => {
  const dataDir = folder(t);
  const port = await portPair();
  const run = await start(t, [...FAKE, 'demo'], { dataDir, port, env: { FAKE_STUBBORN: '1' } });
  await ready(run);
  const web = Number(await page(port));
  const written = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as {
    children: Record<string, number>;
    socketFolder: string;
  };
  t.after(() => rmSync(written.socketFolder, { recursive: true, force: true }));
  const others = Object.values(written.children);
  run.child.kill('SIGKILL');
  for (const pid of [web, ...others]) await until('its end', () => !alive(pid));
});

for (const signal of ['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`when the command that was typed gets ${signal}, everything it started ends`, async (t) => {
    const dataDir = folder(t);
    const port = await portPair();
    const run = await start(t, ['test/support/fake-platform/start.js'], { dataDir, port });
    await ready(run);
    const web = Number(await page(port));
    run.child.kill(signal);
    await run.ended;
    await until('the end of web', () => !alive(web));
    await until('the end of the run', () => !existsSync(join(dataDir, 'run.json')));
  });
}

test('when npm is killed, everything it started ends', async (t) => {
  const dataDir = folder(t);
  const port = await portPair();
  // npm starts a script through a shell; the trailing command keeps this shell from becoming the script.
  const wrap = ['bash', '-c', 'sh -c \'"$@"; true\' sh "$@"; true', 'npm'];
  const env = { npm_lifecycle_event: 'start' };
  const run = await start(t, ['test/support/fake-platform/start.js'], { dataDir, port, wrap, env });
  await ready(run);
  const web = Number(await page(port));
  run.child.kill('SIGKILL');
  await until('the end of web', () => !alive(web));
  await until('the end of the run', () => !existsSync(join(dataDir, 'run.json')));
});

test('a killed run leaves nothing that stops the next one', async (t) => {
  const dataDir = folder(t);
  const port = await portPair();
  const first = await start(t, [...FAKE, 'demo'], { dataDir, port });
  await ready(first);
  first.child.kill('SIGKILL');
  await first.ended;
  await until('a free port', async () => (await page(port)) === '');
  const second = await start(t, [...FAKE, 'demo'], { dataDir, port });
  await ready(second);
  assert.doesNotMatch(second.out(), /demonstration data/);
});
