import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Processes, startTicks } from './processes.ts';

const sleeper = {
  name: 'sleeper',
  command: process.execPath,
  args: ['-e', 'console.log("here"); setInterval(() => {}, 1000)'],
  env: {},
};

function newFolder(t: TestContext): string {
  const folder = mkdtempSync('/tmp/fn-');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a program goes on by its record and is stopped by it', async (t) => {
  const folder = newFolder(t);
  new Processes(folder).start(sleeper);
  const later = new Processes(folder);
  const record = later.running('sleeper');
  assert.ok(record);
  later.start(sleeper);
  assert.equal(later.running('sleeper')?.pid, record.pid, 'it is not started twice');
  assert.deepEqual(later.names(), ['sleeper']);
  assert.equal(await later.stop('sleeper'), true);
  assert.equal(startTicks(record.pid), null);
  assert.equal(await later.stop('sleeper'), false);
});

test('a program that does not end when asked is killed', async (t) => {
  const processes = new Processes(newFolder(t));
  const code = 'process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000)';
  processes.start({ ...sleeper, args: ['-e', code] });
  while (!readFileSync(processes.logPath('sleeper'), 'utf8').includes('deaf'));
  assert.equal(await processes.stop('sleeper', 50), true);
  assert.equal(processes.running('sleeper'), null);
});

test('another program that got the recorded id is left alone', async (t) => {
  const folder = newFolder(t);
  const processes = new Processes(folder);
  const own = { pid: process.pid, startedTicks: '1', startedAt: new Date().toISOString() };
  writeFileSync(join(folder, 'run/stranger.json'), JSON.stringify(own));
  assert.equal(processes.running('stranger'), null);
  assert.equal(await processes.stop('stranger'), false);
});
