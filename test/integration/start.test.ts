/** What a person sees who starts the platform when the machine, the data or a setting stands in the way. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { asNobody, NOBODY } from '../support/unprivileged.ts';
import { assertOneSentence, FAKE, folder, page, portPair, ready, REAL, start } from '../support/start-run.ts';

test('a disk that fills up during a run ends it with one sentence', async (t) => {
  const port = await portPair();
  const run = await start(t, [...FAKE, 'demo'], { dataDir: folder(t), port });
  await ready(run);
  execFileSync('prlimit', ['--fsize=65536', `--pid=${run.child.pid}`]);
  await page(port, '/die');
  assert.equal(await run.ended, 1);
  assert.match(run.err().trim().split('\n').at(-1) ?? '', /^The disk has no room for .*\.$/);
});

test('two starts on the same data: the second is told who uses it', async (t) => {
  const dataDir = folder(t);
  const first = await start(t, [...FAKE, 'demo'], { dataDir });
  await ready(first);
  const second = await start(t, REAL, { dataDir });
  assert.equal(await second.ended, 1);
  assertOneSentence(
    second,
    /is already in use by process \d+, at http:\/\/localhost:\d+: stop that one first.*\.$/,
  );
});

test('a port in use is told with the variable that moves it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const run = await start(t, REAL, { dataDir: folder(t), port });
  assert.equal(await run.ended, 1);
  assertOneSentence(run, new RegExp(`^Port ${port} is already in use: set PORT to another one.*\\.$`));
});

test('an unreadable data folder is told to an unprivileged user', asNobody, async (t) => {
  const dataDir = folder(t);
  chmodSync(dataDir, 0o700);
  const run = await start(t, REAL, { dataDir, wrap: NOBODY });
  assert.equal(await run.ended, 1);
  assertOneSentence(run, /cannot be read and written by this user \(user id 65534\): .*\.$/);
});

test('one unreadable file in the data folder is told by its name', asNobody, async (t) => {
  const dataDir = folder(t);
  const first = await start(t, [...FAKE, 'demo'], { dataDir });
  await ready(first);
  first.child.kill('SIGTERM');
  await first.ended;
  chmodSync(dataDir, 0o777);
  const run = await start(t, REAL, { dataDir, wrap: NOBODY });
  assert.equal(await run.ended, 1);
  assertOneSentence(run, /start-test-.+\/.+ cannot be read and written by this user \(user id 65534\)/);
});

for (const blocks of [0, 64, 20_000]) {
  test(`a disk that takes no more than ${blocks} blocks of a file is told`, async (t) => {
    const wrap = ['bash', '-c', `ulimit -f ${blocks} && exec "$@"`, 'limited'];
    const run = await start(t, REAL, { dataDir: folder(t), wrap });
    assert.equal(await run.ended, 1);
    assertOneSentence(run, /^The disk has no room for .*\.$/);
  });
}

test('a wrong setting is told before anything starts', async (t) => {
  const run = await start(t, REAL, { dataDir: folder(t), env: { LEDGER: 'cloud' } });
  assert.equal(await run.ended, 1);
  assertOneSentence(run, /^LEDGER holds "cloud"; it may hold embedded or fabric\.$/);
});

test('a real installation shows its first passwords once, and refuses demonstration data', async (t) => {
  const dataDir = folder(t);
  const first = await start(t, [...FAKE, 'real'], { dataDir });
  await ready(first);
  assert.match(first.out(), /one-time-password/);
  first.child.kill('SIGTERM');
  await first.ended;
  const second = await start(t, [...FAKE, 'real'], { dataDir });
  await ready(second);
  assert.doesNotMatch(second.out(), /one-time-password/);
  second.child.kill('SIGTERM');
  await second.ended;
  const demo = await start(t, REAL, { dataDir });
  assert.equal(await demo.ended, 1);
  assertOneSentence(demo, /belongs to a real installation/);
});

test('a real installation does not start on demonstration data', async (t) => {
  const dataDir = folder(t);
  const demo = await start(t, [...FAKE, 'demo'], { dataDir });
  await ready(demo);
  demo.child.kill('SIGTERM');
  await demo.ended;
  const real = await start(t, ['bin/serve.js'], { dataDir });
  assert.equal(await real.ended, 1);
  assertOneSentence(real, /holds demonstration data, which a real installation must not start on/);
});
