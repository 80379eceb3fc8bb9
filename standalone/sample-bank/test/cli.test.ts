/** The command line of the bank, as a person uses it. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { accounts, openTown } from './town.ts';

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const CLI = join(import.meta.dirname, '../src/cli.ts');

function run(env: Record<string, string>, args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

async function cliOf(t: TestContext): Promise<(line: string) => Promise<Said>> {
  const town = await openTown(t);
  const dataDir = mkdtempSync('/tmp/bank-cli-');
  t.after(() => rmSync(dataDir, { recursive: true }));
  symlinkSync(town.folder, join(dataDir, 'sample-bank'));
  const env = { DATA_DIR: dataDir, BANK_PORT: new URL(town.url()).port };
  return (line) => run(env, line.split(' '));
}

test('transfer prints what to register, and the lists show it', async (t) => {
  const cli = await cliOf(t);
  const made = await cli(
    `transfer --from ${accounts.finance} --to ${accounts.fund} --yuan 400,000.00 --date 2026-11-20`,
  );
  assert.equal(made.out, 'serial T202611200000001  bank bank-a  booking date 2026-11-20\n');
  assert.match(
    (await cli('accounts')).out,
    new RegExp(`${accounts.fund}  bank-b +400,000\\.00  基金合伙企业`),
  );
  assert.match(
    (await cli('transfers')).out,
    /^T202611200000001 {2}2026-11-20 {2}.* {2}400,000\.00 {2}none\n {4}debit: /,
  );
  assert.match((await cli('reverse T202611200000001')).out, /^serial T\d{15} {2}bank bank-a/);
});

test('keys prints the secret to share and the public key, never the private one', async (t) => {
  const cli = await cliOf(t);
  const { out } = await cli('keys');
  assert.match(
    out,
    /^bank-a {2}甲银行\n {4}HMAC secret +whsec_\S+\nbank-b {2}乙银行\n {4}Ed25519 public key {2}\S{44}\n$/,
  );
});

test('clock, silence and push answer what now holds', async (t) => {
  const cli = await cliOf(t);
  assert.match((await cli('clock 3')).out, /"offsetDays":3/);
  assert.match((await cli('silence bank-a on')).out, /"silent":true/);
  const made = await cli(
    `transfer --from ${accounts.finance} --to ${accounts.fund} --yuan 1 --misbehave silent`,
  );
  const serial = /T\d{15}/.exec(made.out)?.[0] ?? '';
  assert.match((await cli(`push ${serial}`)).out, /"pushes":2/);
});

test('what cannot be done ends with a sentence and code 1', async (t) => {
  const cli = await cliOf(t);
  const cases: [string, RegExp][] = [
    ['nonsense', /npm run bank -- transfer/],
    ['reverse T1', /没有流水号 T1/],
    ['silence bank-a maybe', /Say: silence BANK on/],
    ['transfer --from 1 --to 2', /--from, --to and --yuan are needed/],
    [`transfer --from ${accounts.fund} --to ${accounts.finance} --yuan 1`, /余额不足/],
  ];
  for (const [line, words] of cases) {
    const said = await cli(line);
    assert.equal(said.code, 1);
    assert.match(said.err, words);
  }
});

test('without a running bank the person is told what to do', async () => {
  const said = await run({ BANK_PORT: '1', DATA_DIR: '/nowhere' }, ['accounts']);
  assert.match(said.err, /^No sample bank answers at http:\/\/127\.0\.0\.1:1: run npm start first/);
  assert.match((await run({ DATA_DIR: '/nowhere' }, ['keys'])).err, /does not exist: run npm start first/);
});
