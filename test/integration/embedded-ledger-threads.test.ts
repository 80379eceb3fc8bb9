/** Tests of the ledger process' endorser threads: others are started under load, and know what was revoked. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectEmbeddedLedger } from '../../src/blockchain/embedded/client.ts';
import { openAuthorities } from '../../src/blockchain/identity/authority-folder.ts';
import { LedgerRefusal } from '../../src/blockchain/ledger.port.ts';
import { startLedgerProcess } from '../support/ledger-process.ts';
import { TEST_CHANNEL, TestAuthorities } from '../support/test-ledger.ts';

const AT_ONCE = 300;

test('a quiet ledger has one thread, a busy one more, and all refuse a revoked certificate', async () => {
  const data = await mkdtemp('/tmp/lt-');
  const socketPath = join(data, 'l.sock');
  const running = await startLedgerProcess({ data, socket: socketPath, channel: TEST_CHANNEL, threads: 2 });
  const authorities = new TestAuthorities(Object.values(await openAuthorities(data)));
  const ledger = connectEmbeddedLedger({ socketPath, channel: TEST_CHANNEL });
  try {
    const alice = await authorities.identity({ mspId: 'CountyMSP', cn: 'alice', attributes: {} });
    const mallory = await authorities.identity({ mspId: 'CountyMSP', cn: 'mallory', attributes: {} });
    const put = (key: string): Promise<unknown> =>
      ledger.submit({ contract: 'toy', fn: 'put', args: [key, 'x'] }, alice);
    const threads = (): unknown => running.log.find(({ threads: number }) => number !== undefined)?.threads;
    await put('first');
    assert.equal(threads(), undefined);
    await ledger.revoke(mallory.serial);
    for (let round = 0; threads() === undefined; round++)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => put(`key-${round}-${at}`)));
    assert.equal(threads(), 2);
    const get = { contract: 'toy', fn: 'get', args: ['first'] };
    const refused = await Promise.allSettled(
      Array.from({ length: AT_ONCE }, () => ledger.evaluate(get, mallory)),
    );
    for (const one of refused) {
      assert.equal(one.status, 'rejected');
      assert.ok(one.reason instanceof LedgerRefusal);
      assert.equal(one.reason.code, 'REVOKED_CERTIFICATE');
    }
  } finally {
    await ledger.close();
    await running.stop('SIGTERM');
    await rm(data, { recursive: true });
  }
});
