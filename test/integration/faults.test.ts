/** The real platform under faults: killed as a whole at random moments, without its Redis data, without its document server. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { banks } from '../../src/commands/demo/organisations.ts';
import { Installation } from '../support/faults/installation.ts';
import { assertNothingLost } from '../support/faults/proof.ts';
import { PushingBank, type Entry, type Refusal } from '../support/faults/pushing-bank.ts';
import { seeded } from '../support/faults/random.ts';
import type { FaultSetup, WaitingLeg } from '../support/faults/setup.ts';
import { until } from '../support/start-run.ts';
import { entryOf } from '../support/web.ts';

const rounds = Number(process.env['FAULT_ROUNDS'] ?? '2');
const seed = Number(process.env['FAULT_SEED'] ?? randomInt(2 ** 31));
const flowsPerRound = 250;

test('what a bank was told is kept survives kill -9, a wiped Redis and a lost document server', async (t) => {
  t.diagnostic(`replay: FAULT_SEED=${seed} FAULT_ROUNDS=${rounds}`);
  const installation = await Installation.create(t);
  const setup = installation.setup();
  const bank = new PushingBank({
    port: installation.port,
    bankId: banks.investor,
    secret: setup.secrets[banks.investor] ?? '',
  });
  const paid: WaitingLeg[] = [];
  const waiting = [...setup.legs];
  const payLeg = (): Entry[] => {
    const leg = waiting.shift();
    assert.ok(leg, 'the small demonstration has too few legs');
    paid.push(leg);
    return [legEntry(leg)];
  };
  const proof = async (): Promise<void> => {
    assert.deepEqual(bank.wrong, []);
    await assertNothingLost(installation, bank.acknowledged, paid);
  };
  const scene: Scene = { installation, bank, entries: unregistered(setup), payLeg, proof };

  await t.test(`${rounds} times kill -9 of every process at a random moment`, () => killRounds(scene));
  await t.test('Redis emptied while flows wait: the sweep matches them', () => emptyRunningRedis(scene));
  await t.test('files of Redis deleted while stopped: nothing is lost', () => deleteRedisFiles(scene));
  await t.test('no document server: 503 with Retry-After, then all is well', () => loseDocumentServer(scene));
});

interface Scene {
  readonly installation: Installation;
  readonly bank: PushingBank;
  /** New entries that no leg waits for. */
  readonly entries: (count: number) => Entry[];
  /** The entry that pays the next registered leg. */
  readonly payLeg: () => Entry[];
  readonly proof: () => Promise<void>;
}

async function killRounds({ installation, bank, entries, payLeg, proof }: Scene): Promise<void> {
  const random = seeded(seed);
  for (let round = 0; round < rounds; round += 1) {
    const pushed = entries(flowsPerRound);
    if (round === 0) pushed.splice(random(flowsPerRound), 0, ...payLeg());
    const killAfter = bank.acknowledged.size + random(flowsPerRound);
    const killDelayMs = random(300);
    const stop = new AbortController();
    const pushing = bank.pushAll(pushed, 1 + random(9), stop.signal);
    try {
      await until('the moment to kill', () => bank.acknowledged.size >= killAfter);
      await delay(killDelayMs);
      await installation.killAll();
      await installation.start();
      await pushing;
    } finally {
      stop.abort();
    }
    for (const { serialNo } of pushed) assert.ok(bank.acknowledged.has(serialNo), serialNo);
    await proof();
  }
}

async function emptyRunningRedis({ installation, bank, entries, payLeg, proof }: Scene): Promise<void> {
  installation.signal('src/worker.ts', 'SIGSTOP');
  await bank.pushAll([...entries(30), ...payLeg()], 10, AbortSignal.timeout(120_000));
  const redis = new Redis(installation.environment()['REDIS_URL'] ?? '');
  await redis.flushall();
  redis.disconnect();
  installation.signal('src/worker.ts', 'SIGCONT');
  await proof();
}

async function deleteRedisFiles({ installation, bank, entries, payLeg, proof }: Scene): Promise<void> {
  installation.signal('src/worker.ts', 'SIGSTOP');
  await bank.pushAll([...entries(30), ...payLeg()], 10, AbortSignal.timeout(120_000));
  await installation.killAll();
  rmSync(join(installation.folder, 'redis'), { recursive: true });
  await installation.start();
  await proof();
}

async function loseDocumentServer({ installation, bank, entries, payLeg, proof }: Scene): Promise<void> {
  const flows = [...entries(30), ...payLeg()];
  await bank.pushAll(flows.splice(0, 10), 5, AbortSignal.timeout(120_000));
  const [folder, away] = [installation.documents(), `${installation.documents()}-away`];
  // A file where its folder should be keeps every restart of the server from succeeding.
  renameSync(folder, away);
  writeFileSync(folder, '');
  installation.signal('documents', 'SIGKILL');
  const told: (Refusal | null)[] = [];
  try {
    for (let tries = 0; tries < 3; tries += 1) told.push(await bank.pushOnce(flows.slice(0, 1)));
  } finally {
    rmSync(folder);
    renameSync(away, folder);
  }
  assert.deepEqual(told, [unavailable, unavailable, unavailable]);
  await bank.pushAll(flows, 5, AbortSignal.timeout(240_000));
  for (const { serialNo } of flows) assert.ok(bank.acknowledged.has(serialNo), serialNo);
  await until('the return of the document server', () =>
    installation.complaints().includes('document-store is back'),
  );
  await proof();
}

const unavailable: Refusal = { status: 503, retryAfter: '5' };

/** Makes entries between two accounts of the demonstration whose payment nobody registered. */
function unregistered({ legs, today }: FaultSetup): (count: number) => Entry[] {
  let serial = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      serial += 1;
      const serialNo = `U${String(serial).padStart(8, '0')}`;
      const { payerAccount = '', payeeAccount = '' } = legs[0] ?? {};
      return entryOf({ serialNo, bookingDate: today, payerAccount, payeeAccount, amountFen: '100' }) as Entry;
    });
}

function legEntry(leg: WaitingLeg): Entry {
  return entryOf(leg) as Entry;
}
