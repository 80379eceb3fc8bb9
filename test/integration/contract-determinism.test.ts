/** Endorsing peers must agree: the same calls read, write, tell and answer the same wherever and however the contracts run. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { advance, issuerKeys } from '../../chaincode/test/application.ts';
import { MemoryLedger, type TestChannel } from '../../chaincode/test/memory-ledger.ts';
import { acceptMilestone, payLeg, requestRedemption } from '../../chaincode/test/whole-life.ts';
import { openFund, person, populate } from '../../chaincode/test/world.ts';
import { contracts } from '../../chaincode/src/index.ts';
import { contractFiles, type CallTrace, type RecordedCall } from '../support/replay-contracts.ts';

interface Replay {
  readonly timeZone: string;
  readonly locale: string;
  readonly traces: readonly CallTrace[];
}

/** A project from application to close, and some refusals, as a list of calls. */
async function recordLife(): Promise<RecordedCall[]> {
  const ledger = new MemoryLedger(contracts);
  const calls: RecordedCall[] = [];
  const channel: TestChannel = {
    submit: (fn, args, who) => {
      calls.push({ fn, args, who });
      return ledger.submit(fn, args, who);
    },
    query: (fn, args, who) => ledger.query(fn, args, who),
  };
  await populate(channel, issuerKeys.publicKey);
  await openFund(channel);
  await advance(channel, 'decide');
  for (const legId of ['F1', 'F2', 'B1', 'B2', 'D1']) await payLeg(channel, legId, '2026-11-30');
  for (const no of [1, 2]) {
    await acceptMilestone(channel, no);
    await requestRedemption(channel, no);
    await payLeg(channel, `M${no}`, '2026-12-15');
  }
  await channel.submit('project:close', { id: 'p-1', opinion: '完结。' }, person('plo', 3));
  const again = channel.submit('project:close', { id: 'p-1', opinion: '再结。' }, person('plo', 3));
  await assert.rejects(again);
  return calls;
}

async function replay(calls: readonly RecordedCall[], env: Record<string, string>): Promise<Replay> {
  const script = join(import.meta.dirname, '../support/replay-contracts.ts');
  const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(calls));
  return JSON.parse(await text(child.stdout)) as Replay;
}

test('three processes in other time zones, locales and load orders agree on every read and write', async () => {
  const calls = await recordLife();
  const files = contractFiles();
  const turned = [...files.slice(3), ...files.slice(0, 3)];
  const places = [
    { TZ: 'UTC', LC_ALL: 'en_US.UTF-8', LOAD_ORDER: files.join(',') },
    { TZ: 'Asia/Shanghai', LC_ALL: 'zh_CN.UTF-8', LOAD_ORDER: files.toReversed().join(',') },
    { TZ: 'America/St_Johns', LC_ALL: 'tr_TR.UTF-8', LOAD_ORDER: turned.join(',') },
  ];
  const replays = await Promise.all(places.map((env) => replay(calls, env)));
  assert.deepEqual(
    replays.map(({ timeZone, locale }) => [timeZone, locale]),
    [
      ['UTC', 'en-US'],
      ['Asia/Shanghai', 'zh-CN'],
      ['America/St_Johns', 'tr-TR'],
    ],
    'the processes did run under these settings',
  );
  const [first, ...others] = replays.map(({ traces }) => traces);
  assert.ok(first && first.length === calls.length && calls.length > 60, `${calls.length} calls`);
  assert.ok(first.some(({ writes }) => writes.length > 5));
  for (const other of others) assert.deepEqual(other, first);
});
