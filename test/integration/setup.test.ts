/** What the commands do to a bare machine before Node 24 takes over, on a copy of the scripts with stand-ins for npm and apt-get. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { asNobody, NOBODY } from '../support/unprivileged.ts';

const LOCK = JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } });
const INSTALLED = 'node_modules/.package-lock.json';
const asRoot = { skip: process.getuid?.() !== 0 };

interface Machine {
  readonly folder: string;
  readonly calls: () => string;
  program(name: string, script: string): void;
  write(file: string, text: string, ageSeconds?: number): void;
  run(args: readonly string[], wrap?: readonly string[]): { status: number | null; out: string; err: string };
}

function machine(t: TestContext): Machine {
  const folder = mkdtempSync('/tmp/setup-test-');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  cpSync('bin', join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'calls'), '');
  chmodSync(join(folder, 'calls'), 0o666);
  symlinkSync(process.execPath, join(programs, 'node'));
  const self: Machine = {
    folder,
    calls: () => readFileSync(join(folder, 'calls'), 'utf8'),
    program: (name, script) => {
      writeFileSync(join(programs, name), `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${script}\n`, {
        mode: 0o755,
      });
    },
    write: (file, text, ageSeconds = 0) => {
      const path = join(folder, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      const time = Date.now() / 1000 - ageSeconds;
      utimesSync(path, time, time);
    },
    run: (args, wrap = []) => {
      // The wrapper is found on the real PATH; what it runs gets the poor one.
      const command = [...wrap, '/usr/bin/env', `PATH=${programs}`, process.execPath, ...args];
      const result = spawnSync(command[0] ?? '', command.slice(1), { cwd: folder, encoding: 'utf8' });
      return { status: result.status, out: result.stdout, err: result.stderr };
    },
  };
  self.write('package-lock.json', LOCK);
  self.write('hello.js', 'console.log("hello", process.argv[2]);');
  self.program('npm', `mkdir -p node_modules && cp package-lock.json ${INSTALLED}`);
  // The stand-in for npm needs these two.
  for (const name of ['mkdir', 'cp']) symlinkSync(`/bin/${name}`, join(programs, name));
  return self;
}

test('npm ci runs when node_modules is missing, and not a second time', (t) => {
  const it = machine(t);
  const first = it.run(['bin/node24.js', 'hello.js', 'you']);
  assert.equal(first.status, 0, first.err);
  assert.match(first.out, /^ +\d+\.\d s {2}npm packages installed \(npm ci\)\nhello you\n$/);
  const second = it.run(['bin/node24.js', 'hello.js', 'again']);
  assert.equal(second.out, 'hello again\n');
  assert.equal(it.calls().match(/^npm ci/gm)?.length, 1);
});

test('npm ci runs when the lock file is newer and names other versions', (t) => {
  const it = machine(t);
  it.write(INSTALLED, LOCK.replace('1.0.0', '0.9.0'), 60);
  assert.equal(it.run(['bin/node24.js', 'hello.js']).status, 0);
  assert.match(it.calls(), /^npm ci /);
});

test('a lock file that is newer but names the same versions installs nothing', (t) => {
  const it = machine(t);
  it.write(INSTALLED, LOCK, 60);
  assert.equal(it.run(['bin/node24.js', 'hello.js']).status, 0);
  assert.equal(it.calls(), '');
});

test('npm ci that fails is told with what it said, and nothing is started', (t) => {
  const it = machine(t);
  it.program('npm', 'echo "no network" >&2; exit 1');
  const run = it.run(['bin/node24.js', 'hello.js']);
  assert.equal(run.status, 1);
  assert.match(run.err, /^npm ci did not succeed in .*:\nno network\n$/);
  assert.doesNotMatch(run.out, /hello/);
});

test('root gets the missing Debian packages, without recommended ones', asRoot, (t) => {
  const it = machine(t);
  it.write(INSTALLED, LOCK);
  it.program(
    'apt-get',
    `case "$*" in *install*) cp ${it.folder}/programs/node ${it.folder}/programs/redis-server;; esac`,
  );
  it.write('src/supervisor.ts', 'console.log("supervisor", process.argv[2]);');
  const run = it.run(['bin/start.js']);
  assert.equal(run.status, 0, run.err);
  assert.match(run.out, /Debian packages installed: redis-server/);
  assert.match(run.out, /supervisor demo/);
  assert.match(it.calls(), /apt-get -q update\napt-get -q install -y --no-install-recommends redis-server\n/);
});

test('anybody else is told the one command to run', asNobody, (t) => {
  const it = machine(t);
  it.write(INSTALLED, LOCK);
  it.program('apt-get', 'exit 0');
  const run = it.run(['bin/start.js'], NOBODY);
  assert.equal(run.status, 1);
  assert.match(run.err, /sudo apt-get install -y --no-install-recommends redis-server\n$/);
  assert.equal(it.calls(), '');
});

test('the tests ask for the browser and its fonts as well', asNobody, (t) => {
  const it = machine(t);
  it.write(INSTALLED, LOCK);
  it.program('apt-get', 'exit 0');
  const run = it.run(['bin/test.js'], NOBODY);
  assert.equal(run.status, 1);
  assert.match(run.err, /install -y --no-install-recommends redis-server chromium fonts-noto-cjk\n$/);
});

test('a machine without apt-get is told what to install', (t) => {
  const it = machine(t);
  it.write(INSTALLED, LOCK);
  const run = it.run(['bin/start.js']);
  assert.equal(run.status, 1);
  assert.match(run.err, /^Not found on this machine: redis-server\. Install it/);
});

test('the exit code of the script is the exit code of the command', (t) => {
  const it = machine(t);
  it.write(INSTALLED, LOCK);
  it.write('seven.js', 'process.exit(7);');
  assert.equal(it.run(['bin/node24.js', 'seven.js']).status, 7);
});

test('a command on the platform gets the addresses of the one that runs; another script does not', (t) => {
  const it = machine(t);
  it.write(INSTALLED, LOCK);
  it.write('data/run.json', JSON.stringify({ pid: process.pid, env: { LEDGER_SOCKET: '/x' } }));
  it.write('src/commands/show.js', 'console.log(process.env.LEDGER_SOCKET);');
  it.write('show.js', 'console.log(process.env.LEDGER_SOCKET);');
  assert.equal(it.run(['bin/node24.js', 'src/commands/show.js']).out, '/x\n');
  assert.equal(it.run(['bin/node24.js', 'show.js']).out, 'undefined\n');
});

for (const [name, answer, gone] of [
  ['yes', 'yes\n', true],
  ['no', 'no\n', false],
  ['nothing', '', false],
] as const) {
  test(`reset asks, and after "${name}" the data ${gone ? 'is gone' : 'is still there'}`, (t) => {
    const dataDir = mkdtempSync('/tmp/reset-test-');
    t.after(() => rmSync(dataDir, { recursive: true, force: true }));
    writeFileSync(join(dataDir, 'installation.json'), '{"kind":"demo"}');
    const env = { ...process.env, DATA_DIR: dataDir };
    const run = spawnSync(process.execPath, ['bin/reset.js'], { env, input: answer, encoding: 'utf8' });
    assert.match(run.stdout, /Delete everything in .* \(demonstration data\)\?/);
    assert.equal(existsSync(join(dataDir, 'installation.json')), !gone);
    assert.equal(run.status, gone ? 0 : 1);
  });
}

test('reset --yes does not ask, and a folder of somebody else is left alone', (t) => {
  const dataDir = mkdtempSync('/tmp/reset-test-');
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const file = join(dataDir, 'letter.txt');
  writeFileSync(file, 'dear');
  const run = (): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, ['bin/reset.js', '--yes'], {
      env: { ...process.env, DATA_DIR: dataDir },
      encoding: 'utf8',
    });
  assert.match(String(run().stderr), /holds no data of the platform; nothing was deleted/);
  assert.equal(existsSync(file), true);
  writeFileSync(join(dataDir, 'installation.json'), '{"kind":"demo"}');
  assert.equal(run().status, 0);
  assert.equal(existsSync(file), false);
});
