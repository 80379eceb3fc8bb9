/** What a person sees who starts the platform when the machine stands in the way, and how a run ends. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { claimPort, freePort } from '../../src/supervisor/ports.ts';

const FAKE = ['--disable-warning=ExperimentalWarning', 'test/support/fake-platform/run.ts'];
const REAL = ['bin/start.js'];

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}

function folder(t: TestContext): string {
  const path = mkdtempSync('/tmp/start-test-');
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function portPair(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (
      await claimPort(port + 100, 'BANK_PORT').then(
        () => true,
        () => false,
      )
    )
      return port;
  }
}

interface RunOptions {
  readonly dataDir: string;
  readonly port?: number;
  readonly env?: Record<string, string>;
  /** Program that runs Node, with its arguments. */
  readonly wrap?: readonly string[];
}

async function start(t: TestContext, args: readonly string[], options: RunOptions): Promise<Run> {
  const port = options.port ?? (await portPair());
  const env = { PATH: process.env['PATH'], DATA_DIR: options.dataDir, PORT: String(port), ...options.env };
  const [program = '', ...rest] = [...(options.wrap ?? []), process.execPath, ...args];
  const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { child, out: () => text.out, err: () => text.err, ended };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ready = (run: Run): Promise<void> => until('Ready', () => run.out().includes('Ready after'));

/** One sentence: one line, ended by a full stop, no stack. */
function assertOneSentence(run: Run, sentence: RegExp): void {
  const lines = run.err().trim().split('\n');
  assert.equal(lines.length, 1, run.err());
  assert.match(lines[0] ?? '', sentence);
}

async function page(port: number, path = '/'): Promise<string> {
  return fetch(`http://127.0.0.1:${port}${path}`).then(
    (answer) => answer.text(),
    () => '',
  );
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

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

test('a disk that fills up during a run ends it with one sentence', async (t) => {
  const port = await portPair();
  const run = await start(t, [...FAKE, 'demo'], { dataDir: folder(t), port });
  await ready(run);
  execFileSync('prlimit', ['--fsize=65536', `--pid=${run.child.pid}`]);
  await page(port, '/die');
  assert.equal(await run.ended, 1);
  assert.match(run.err().trim().split('\n').at(-1) ?? '', /^The disk has no room for .*\.$/);
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

test(
  'an unreadable data folder is told to an unprivileged user',
  { skip: process.getuid?.() !== 0 },
  async (t) => {
    const dataDir = folder(t);
    chmodSync(dataDir, 0o700);
    const wrap = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const run = await start(t, REAL, { dataDir, wrap });
    assert.equal(await run.ended, 1);
    assertOneSentence(run, /cannot be read and written by this user \(user id 65534\): .*\.$/);
  },
);

test(
  'one unreadable file in the data folder is told by its name',
  { skip: process.getuid?.() !== 0 },
  async (t) => {
    const dataDir = folder(t);
    const first = await start(t, [...FAKE, 'demo'], { dataDir });
    await ready(first);
    first.child.kill('SIGTERM');
    await first.ended;
    chmodSync(dataDir, 0o777);
    const wrap = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const run = await start(t, REAL, { dataDir, wrap });
    assert.equal(await run.ended, 1);
    assertOneSentence(run, /start-test-.+\/.+ cannot be read and written by this user \(user id 65534\)/);
  },
);

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
