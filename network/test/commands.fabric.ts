/** The commands as people type them: up from any crash, down, status, revocation, organisations, upgrades. */
import assert from 'node:assert/strict';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  globSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { LedgerRefusal } from '../../src/blockchain/ledger.port.ts';
import { CLERK, toy } from '../../test/support/ledger-under-test.ts';
import { openAdapter } from './adapter.ts';
import { codeFiles, repositoryCode } from '../chaincode-package.ts';
import { runCommand, type CommandEnd } from './command.ts';
import { freeBasePort, passingFolder } from './test-network.ts';
import { toyPackage } from './toy-package.ts';
import { assertNothingLostOrDoubled, startWorkload } from './workload.ts';

const dataDir = mkdtempSync('/tmp/fn-');
let basePort = 0;
let code = '';
before(async () => {
  basePort = await freeBasePort({ orgs: 5 });
  code = toyPackage();
});
after(async () => {
  await fabric('down');
  rmSync(dataDir, { recursive: true, force: true });
});

const fabric = (...args: string[]): Promise<CommandEnd> => runCommand(args, { dataDir, basePort });
const connectionFile = join(dataDir, 'fabric/connection.json');

async function succeeds(...args: string[]): Promise<string> {
  const { code: exit, out, err } = await fabric(...args);
  assert.equal(exit, 0, `${args.join(' ')}: ${err}${out}`);
  return out;
}

test('fabric:up that is killed again and again goes on where it was', async (t) => {
  let end: CommandEnd | null = null;
  let kills = 0;
  for (let ms = 400; end?.code !== 0; ms += 400) {
    assert.ok(kills < 60, `still not up: ${end?.err ?? ''}`);
    end = await runCommand(['up', '--code', code], { dataDir, basePort, killAfterMs: ms });
    if (end.code !== 0) kills += 1;
    if (end.code !== null && end.code !== 0) assert.fail(`${end.err}${end.out}`);
  }
  t.diagnostic(`${kills} kills`);
  assert.match(end.out, /The network is up after/);
});

test('keys are readable by their owner alone', () => {
  const keys = globSync('organisations/**/*.key', { cwd: join(dataDir, 'fabric') });
  const pems = globSync('organisations/**/keystore/*', { cwd: join(dataDir, 'fabric') });
  assert.ok(keys.length >= 10 && pems.length >= 7);
  for (const path of [...keys, ...pems])
    assert.equal(statSync(join(dataDir, 'fabric', path)).mode & 0o777, 0o600, path);
});

test('down, status and up: everything is recorded, and restarts are quick', async (t) => {
  assert.match(await succeeds('status'), /bank-peer0-contracts-1 +well/);
  assert.match(await succeeds('down'), /7 processes stopped/);
  assert.equal((await fabric('status')).code, 1);
  assert.match(await succeeds('down'), /Nothing of the network was running/);
  const { seconds, out } = await fabric('up');
  assert.match(out, /committed through the gateway/);
  t.diagnostic(`restart in ${seconds.toFixed(1)} s`);
});

test('another shape than the one that is there is refused', async () => {
  const { code: exit, err } = await fabric('up', '--orgs', '4');
  assert.equal(exit, 1);
  assert.match(err, /has 3 organisations, not 4/);
});

test('a revoked certificate is refused by the channel', async (t) => {
  const { ledger, authorities } = await openAdapter({ connectionFile, dataDir });
  t.after(() => ledger.close());
  const leaver = await authorities.identity({ ...CLERK, cn: 'leaver' });
  await ledger.submit(toy('put', 'leaver', '1'), leaver);
  const file = join(dataDir, 'leaver.pem');
  writeFileSync(file, leaver.certificate);
  t.diagnostic((await succeeds('revoke', file)).trim());
  await assert.rejects(
    ledger.submit(toy('put', 'leaver', '2'), leaver),
    (error) => error instanceof LedgerRefusal && error.code === 'REVOKED_CERTIFICATE',
  );
  assert.match(await succeeds('revoke', file), /was revoked before/);
});

test('an organisation comes and goes by signatures while work goes on', async (t) => {
  const { ledger, authorities } = await openAdapter({ connectionFile, dataDir });
  t.after(() => ledger.close());
  const load = startWorkload(ledger, await authorities.identity(CLERK), 2);
  t.after(() => load.stop());
  await succeeds('org', 'propose', 'admit', 'audit');
  const early = await fabric('org', 'submit', 'admit-audit');
  assert.match(early.err, /Not enough signatures.*2 of 3 organisations are needed/);
  await succeeds('org', 'sign', 'admit-audit', '--org', 'province');
  await succeeds('org', 'sign', 'admit-audit', '--org', 'bank');
  t.diagnostic(`admitted: ${lastLine(await succeeds('org', 'submit', 'admit-audit'))}`);
  assert.match(await succeeds('status'), /audit-peer0 +well/);
  await load.more(5);
  await succeeds('org', 'propose', 'remove', 'audit');
  await succeeds('org', 'sign', 'remove-audit', '--org', 'all');
  t.diagnostic(`removed: ${lastLine(await succeeds('org', 'submit', 'remove-audit'))}`);
  assert.doesNotMatch(await succeeds('status'), /audit/);
  await load.more(5);
  const told = await load.stop();
  assert.ok(told.every(({ error }) => error === null));
  await assertNothingLostOrDoubled(ledger, await authorities.identity(CLERK), told);
});

test('an organisation that the contracts need cannot leave', async () => {
  const { err } = await fabric('org', 'propose', 'remove', 'bank');
  assert.match(err, /bank cannot leave/);
});

test('new contracts come into force by approvals while work goes on', async (t) => {
  const next = newContracts(code);
  const { ledger, authorities } = await openAdapter({ connectionFile, dataDir });
  t.after(() => ledger.close());
  const clerk = await authorities.identity(CLERK);
  const load = startWorkload(ledger, clerk, 2);
  t.after(() => load.stop());
  assert.match(await succeeds('upgrade', 'propose', '--code', next), /functions: \+ toy:greet/);
  assert.match((await fabric('upgrade', 'commit')).err, /0 of 3 organisations have approved; 2 are needed/);
  await assert.rejects(ledger.evaluate(toy('greet'), clerk), /greet/);
  await succeeds('upgrade', 'approve', '--org', 'county');
  await succeeds('upgrade', 'approve', '--org', 'bank');
  t.diagnostic(lastLine(await succeeds('upgrade', 'commit')));
  assert.equal(await ledger.evaluate(toy('greet'), clerk), 'hello');
  await load.more(5);
  const told = await load.stop();
  await assertNothingLostOrDoubled(ledger, clerk, told);
  t.diagnostic(
    `${told.filter(({ error }) => error !== null).length} of ${told.length} told as failed meanwhile`,
  );
});

/** The same package with one function more. */
function newContracts(before: string): string {
  const folder = passingFolder();
  for (const path of codeFiles(before)) cpSync(join(before, path), join(folder, path));
  symlinkSync(resolve(repositoryCode, '../node_modules'), join(folder, 'node_modules'));
  const index = join(folder, 'src/index.ts');
  const text = readFileSync(index, 'utf8');
  const greet = "  async greet(): Promise<string> {\n    return Promise.resolve('hello');\n  }\n";
  writeFileSync(index, text.replace(/(super\('toy'\);\n {2}\}\n)/, `$1\n${greet}`));
  return folder;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
