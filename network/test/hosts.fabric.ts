/** A network whose organisations and orderer have addresses of their own: here four loopback addresses, elsewhere four machines. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { CLERK, toy } from '../../test/support/ledger-under-test.ts';
import { openAdapter } from './adapter.ts';
import { runCommand } from './command.ts';
import { freeBasePort } from './test-network.ts';
import { toyPackage } from './toy-package.ts';

const hosts = { orderer: '127.0.1.1', province: '127.0.1.2', county: '127.0.1.3', bank: '127.0.1.4' };

/** True when somebody listens there. */
function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => socket.end(() => resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

test('each node is reached at its own address alone, by the other nodes and by the platform', async (t) => {
  const dataDir = mkdtempSync('/tmp/fn-');
  const place = { dataDir, basePort: await freeBasePort({}) };
  t.after(async () => {
    await runCommand(['down'], place);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const asked = Object.entries(hosts)
    .map((pair) => pair.join('='))
    .join(',');
  const up = await runCommand(['up', '--hosts', asked, '--code', toyPackage()], place);
  assert.equal(up.code, 0, up.err + up.out);
  const connectionFile = `${dataDir}/fabric/connection.json`;
  const endpoints = [...readFileSync(connectionFile, 'utf8').matchAll(/"endpoint": "([^"]+):(\d+)"/g)];
  assert.deepEqual(endpoints.map(([, host]) => host).sort(), Object.values(hosts).sort());
  for (const [, host = '', port = ''] of endpoints) {
    assert.equal(await listens(host, Number(port)), true, `${host}:${port}`);
    assert.equal(await listens('127.0.0.1', Number(port)), false, `127.0.0.1:${port}`);
  }
  const { ledger, authorities } = await openAdapter({ connectionFile, dataDir });
  t.after(() => ledger.close());
  const clerk = await authorities.identity(CLERK);
  await ledger.submit(toy('put', 'a', '1'), clerk);
  assert.equal(await ledger.evaluate(toy('get', 'a'), clerk), '1');
  const other = await runCommand(['up', '--hosts', 'county=127.0.1.9'], place);
  assert.match(other.err, /has county at 127\.0\.1\.3, not 127\.0\.1\.9/);
});
