/** The platform's own processes are killed while they use a network: what they had under way comes to its end, once. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { InFlightJournal } from '../../src/blockchain/fabric/in-flight.journal.ts';
import { CLERK, toy } from '../../test/support/ledger-under-test.ts';
import { folder, page, portPair, ready, start, until } from '../../test/support/start-run.ts';
import { openAdapter } from './adapter.ts';
import { openTestNetwork, type TestNetwork } from './test-network.ts';
import { toyPackage } from './toy-package.ts';
import { webProcess } from './web-process.ts';

const repository = resolve(import.meta.dirname, '../..');

test('a process killed between submit and status: the next one brings its transactions to their end', async (t) => {
  const network = await openTestNetwork({}, toyPackage());
  t.after(() => network.close());
  const args = [join(import.meta.dirname, 'writer.ts'), network.connectionFile, network.dataDir];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const keys = (word: string): string[] =>
    [...out.matchAll(new RegExp(`^${word} (\\S+)$`, 'gm'))].map(([, key]) => key ?? '');
  await until('thirty commits', () => keys('done').length >= 30);
  await until('transactions under way', async () => (await underWay(network)) > 0);
  const closed = new Promise((resolveEnd) => child.once('close', resolveEnd));
  child.kill('SIGKILL');
  await closed;
  const { ledger, authorities } = await openAdapter(network, 'writer');
  t.after(() => ledger.close());
  const clerk = await authorities.identity(CLERK);
  await until('the end of what was under way', async () => (await underWay(network)) === 0);
  const done = new Set(keys('done'));
  let ended = 0;
  for (const key of keys('begin')) {
    const value = await ledger.evaluate(toy('get', key), clerk);
    if (done.has(key)) assert.equal(value, '1', `${key} was acknowledged`);
    else {
      assert.ok(value === '' || value === '1', `${key} is ${value}`);
      ended += Number(value === '1');
    }
  }
  t.diagnostic(
    `${done.size} acknowledged; of ${keys('begin').length - done.size} under way ${ended} are on the ledger`,
  );
});

test('the web process of a real installation is killed: it comes back, and the read model agrees', async (t) => {
  const network = await openTestNetwork();
  t.after(() => network.close());
  const dataDir = folder(t);
  const port = await portPair();
  const env = { LEDGER: 'fabric', FABRIC_CONNECTION: network.connectionFile };
  const run = await start(t, ['bin/serve.js'], { dataDir, port, env });
  await ready(run);
  assert.match(run.out(), /sysadmin/);
  const web = webProcess(dataDir);
  process.kill(web, 'SIGKILL');
  await until('the words', () => run.err().includes('web is back'));
  await until('a page', async () => (await page(port, '/sign-in')).includes('用户名'));
  const checkEnv = { ...process.env, DATA_DIR: dataDir };
  const check = spawnSync('node', ['bin/node24.js', 'src/commands/check.ts'], {
    cwd: repository,
    env: checkEnv,
    encoding: 'utf8',
  });
  assert.match(check.stdout, /The read model agrees with the ledger/, check.stdout + check.stderr);
});

/** Transactions in the journal that the writers' process left behind. */
async function underWay({ dataDir }: TestNetwork): Promise<number> {
  const copy = join(dataDir, 'copy.journal');
  copyFileSync(join(dataDir, 'fabric/in-flight/writer.journal'), copy);
  const journal = await InFlightJournal.open(copy);
  const count = journal.unsettled.length;
  await journal.close();
  return count;
}
