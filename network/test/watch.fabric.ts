/** `npm run fabric:up -- --watch` on a real network: what is killed comes back and works, what is stopped stays stopped. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { until } from '../../test/support/start-run.ts';
import { withAdmins, type AdminClient } from '../admin-client.ts';
import { chaincodeProcessName } from '../nodes.ts';
import { existingPlan } from '../network-folder.ts';
import { chaincodeName } from '../plan.ts';
import { Processes } from '../processes.ts';
import { runCommand } from './command.ts';
import { freeBasePort, testChannel } from './test-network.ts';

const main = resolve(import.meta.dirname, '../main.ts');

test('a killed peer, contracts and the orderer come back by themselves; fabric:down ends them for good', async (t) => {
  const dataDir = mkdtempSync('/tmp/fn-');
  const basePort = await freeBasePort({});
  const place = { dataDir, basePort };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'up', '--watch'], {
    env: { ...process.env, DATA_DIR: dataDir, FABRIC_PORT: String(basePort) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const ended = new Promise<number | null>((end) => child.once('close', end));
  t.after(async () => {
    child.kill('SIGKILL');
    await runCommand(['down'], place);
    rmSync(dataDir, { recursive: true, force: true });
  });
  await until('the watch', () => out.includes('Watching'));
  const folder = `${dataDir}/fabric`;
  const plan = existingPlan({ folder, channel: testChannel, basePort, programs: '' });
  const processes = new Processes(folder);
  const [province] = plan.organisations;
  assert.ok(province);
  for (const name of ['county-peer0', chaincodeProcessName(province.peer, 1), 'orderer0']) {
    const before = processes.running(name);
    assert.ok(before, name);
    process.kill(before.pid, 'SIGKILL');
    await until(`${name} again`, () => (processes.running(name)?.pid ?? before.pid) !== before.pid);
    const began = performance.now();
    await until(`a transaction after ${name}`, () => withAdmins(plan, commits));
    t.diagnostic(
      `${name}: ${((performance.now() - began) / 1000).toFixed(1)} s from its start to the next commit`,
    );
  }
  assert.equal([...out.matchAll(/had ended and was started again\./g)].length, 3, out);
  const down = await runCommand(['down'], place);
  assert.match(down.out, /7 processes stopped/);
  const later = Date.now() + 3000;
  while (Date.now() < later) {
    assert.deepEqual(processes.names(), []);
    await new Promise((wait) => setTimeout(wait, 100));
  }
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.match(out, /The watch has ended/);
});

/** True when a transaction endorsed by province and county stands in a block. */
async function commits([admin]: readonly AdminClient[]): Promise<boolean> {
  const call = { chaincode: chaincodeName, fn: 'org.hyperledger.fabric:GetMetadata' };
  return (
    admin?.submit(call, ['ProvinceMSP', 'CountyMSP']).then(
      () => true,
      () => false,
    ) ?? false
  );
}
