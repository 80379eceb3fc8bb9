import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { Processes, startTicks, type ProcessSpec } from './processes.ts';
import { Revival } from './revival.ts';

const spec = (name: string): ProcessSpec => ({
  name,
  command: process.execPath,
  args: ['-e', 'setInterval(() => {}, 1000)'],
  env: {},
});

interface Subject {
  readonly revival: Revival;
  readonly started: string[];
  readonly told: string[];
  readonly fallen: string[];
  readonly clock: { now: number };
}

/** Revival over programs that exist in the test alone. */
function newSubject(known: readonly string[] = ['a', 'b']): Subject {
  const [started, told, fallen, clock] = [[] as string[], [] as string[], [] as string[], { now: 0 }];
  const revival = new Revival({
    processes: { fallen: () => fallen, start: ({ name }) => void started.push(name), running: () => null },
    specs: () => new Map(known.map((name) => [name, spec(name)])),
    tell: (sentence) => void told.push(sentence),
    now: () => clock.now,
  });
  return { revival, started, told, fallen, clock };
}

test('what died is started at once, and later each time that it dies soon', () => {
  const { revival, started, told, fallen, clock } = newSubject();
  fallen.push('a');
  const at: number[] = [];
  for (; clock.now < 200_000; clock.now += 500) {
    const before = started.length;
    revival.revive();
    if (started.length > before) at.push(clock.now / 1000);
  }
  assert.deepEqual(at.slice(0, 8), [0, 1, 3, 7, 15, 31, 63, 123]);
  assert.equal(told[0], 'a had ended and was started again.');
  assert.match(told[5] ?? '', /6 times in a row\); its reason: npm run fabric:logs -- a\.$/);
});

test('one that ran for long begins anew', () => {
  const { revival, started, told, fallen, clock } = newSubject();
  fallen.push('a');
  revival.revive();
  clock.now += 1000;
  revival.revive();
  clock.now += 121_000;
  revival.revive();
  assert.deepEqual(started, ['a', 'a', 'a']);
  assert.equal(told[2], 'a had ended and was started again.');
});

test('programs of contracts or organisations that are gone are left alone', () => {
  const { revival, started, fallen } = newSubject(['a']);
  fallen.push('old-contracts-1');
  revival.revive();
  assert.deepEqual([revival.due(), started], [[], []]);
});

test('a program that cannot be started is told and tried again later; the others are started all the same', (t) => {
  const processes = new Processes(newFolder(t));
  const { clock, told, fallen, started } = newSubject();
  fallen.push('gone', 'b');
  const revival = new Revival({
    processes: {
      fallen: () => fallen,
      start: (one) =>
        one.name === 'gone'
          ? processes.start({ ...one, command: '/no/such/peer' })
          : void started.push(one.name),
      running: () => null,
    },
    specs: () => new Map(['gone', 'b'].map((name) => [name, spec(name)])),
    tell: (sentence) => void told.push(sentence),
    now: () => clock.now,
  });
  revival.revive();
  assert.deepEqual(started, ['b']);
  assert.match(told[0] ?? '', /^gone had ended and cannot be started again: .*\/no\/such\/peer/);
  assert.deepEqual(revival.due(), [], 'not at once');
  clock.now += 1000;
  assert.deepEqual(revival.due(), ['gone', 'b']);
});

function newFolder(t: TestContext): string {
  const folder = mkdtempSync('/tmp/fn-');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a real program that was killed runs again; one that was stopped stays stopped', async (t) => {
  const processes = new Processes(newFolder(t));
  t.after(async () => {
    await processes.stop('one');
  });
  const specs = new Map([spec('one'), spec('two')].map((one) => [one.name, one]));
  const revival = new Revival({ processes, specs: () => specs, tell: () => undefined, now: Date.now });
  for (const one of specs.values()) processes.start(one);
  revival.revive();
  const before = processes.running('one');
  assert.ok(before);
  process.kill(before.pid, 'SIGKILL');
  while (startTicks(before.pid) !== null) await new Promise(setImmediate);
  await processes.stop('two');
  assert.deepEqual(revival.due(), ['one']);
  revival.revive();
  const after = processes.running('one');
  assert.ok(after && after.pid !== before.pid);
  assert.deepEqual(processes.names(), ['one']);
});
