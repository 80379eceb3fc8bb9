import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { connectEmbeddedLedger } from '../../src/blockchain/embedded/client.ts';
import { openAuthorities } from '../../src/blockchain/identity/authority-folder.ts';
import { LedgerUnavailable, LedgerUnknownOutcome } from '../../src/blockchain/ledger.port.ts';
import { runLedgerProcess, startLedgerProcess } from '../support/ledger-process.ts';
import { CLERK, toy } from '../support/ledger-under-test.ts';
import { TEST_CHANNEL, TestAuthorities } from '../support/test-ledger.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'crash-'));
});
afterEach(() => rm(data, { recursive: true }));

describe('a ledger process that is killed', () => {
  test('loses nothing it has reported, and the chain holds, three times over', async () => {
    const options = { data, socket: join(data, 'l.sock'), channel: TEST_CHANNEL };
    const reported = new Map<string, string>();
    for (let round = 0; round < 3; round++) {
      const running = await startLedgerProcess(options);
      const clerk = await new TestAuthorities(Object.values(await openAuthorities(data))).identity(CLERK);
      const ledger = connectEmbeddedLedger({ socketPath: options.socket, channel: TEST_CHANNEL });
      const target = reported.size + 400;
      let sent = 0;
      const killed = new AbortController();
      const sender = async (): Promise<void> => {
        while (!killed.signal.aborted) {
          const key = `k${round}-${sent++}`;
          try {
            const { transactionId } = await ledger.submit(toy('put', key, key), clerk);
            reported.set(transactionId, key);
          } catch (error) {
            assert.ok(
              error instanceof LedgerUnknownOutcome || error instanceof LedgerUnavailable,
              String(error),
            );
          }
          if (reported.size >= target) break;
        }
      };
      const senders = Array.from({ length: 64 }, sender);
      await Promise.race(senders);
      // The other senders are in the middle of their transactions.
      await running.stop('SIGKILL');
      killed.abort();
      await Promise.all(senders);
      await ledger.close();
    }
    await assertHeld(options, reported);
  });

  async function assertHeld(
    options: { data: string; socket: string; channel: string },
    reported: ReadonlyMap<string, string>,
  ): Promise<void> {
    const running = await startLedgerProcess(options);
    const ledger = connectEmbeddedLedger({ socketPath: options.socket, channel: TEST_CHANNEL });
    const clerk = await new TestAuthorities(Object.values(await openAuthorities(data))).identity(CLERK);
    for (const [transactionId, key] of reported) {
      assert.equal((await ledger.transactionStatus(transactionId)).code, 'VALID', key);
      assert.equal(await ledger.evaluate(toy('get', key), clerk), key);
    }
    const verification = await ledger.verifyChain();
    assert.deepEqual(verification.problems, []);
    assert.ok(verification.transactions >= reported.size);
    await ledger.close();
    assert.equal((await running.stop('SIGTERM')).code, 0);
  }

  test('a second process on the same data is told in one sentence', async () => {
    const running = await startLedgerProcess({ data, socket: join(data, 'l.sock'), channel: TEST_CHANNEL });
    const second = await runLedgerProcess({ data, socket: join(data, 'm.sock'), channel: TEST_CHANNEL });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /^the ledger in .* is already open in another process\n$/);
    assert.equal((await stat(join(data, 'l.sock'))).mode & 0o777, 0o600);
    assert.equal((await running.stop('SIGTERM')).code, 0);
  });

  test('a disk that is full ends it with one sentence, and what was reported is there', async () => {
    const options = { data, socket: join(data, 'l.sock'), channel: TEST_CHANNEL };
    const running = await startLedgerProcess({ ...options, fileLimitKiB: 300 });
    const clerk = await new TestAuthorities(Object.values(await openAuthorities(data))).identity(CLERK);
    const ledger = connectEmbeddedLedger({ socketPath: options.socket, channel: TEST_CHANNEL });
    const reported = new Map<string, string>();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 400 }, async (_, index) => {
        const { transactionId } = await ledger.submit(toy('put', `k${index}`, `k${index}`), clerk);
        reported.set(transactionId, `k${index}`);
      }),
    );
    const failed = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    assert.ok(failed.length > 0 && reported.size > 0);
    assert.ok(
      failed.every((error) => error instanceof LedgerUnavailable || error instanceof LedgerUnknownOutcome),
    );
    assert.equal((await running.ended).code, 1);
    assert.ok(running.log.some(({ msg }) => msg === 'the ledger cannot write and stops'));
    await ledger.close();
    await assertHeld(options, reported);
  });

  test('SIGTERM answers what runs before it ends', async () => {
    const options = { data, socket: join(data, 'l.sock'), channel: TEST_CHANNEL };
    const running = await startLedgerProcess(options);
    const clerk = await new TestAuthorities(Object.values(await openAuthorities(data))).identity(CLERK);
    const ledger = connectEmbeddedLedger({ socketPath: options.socket, channel: TEST_CHANNEL });
    await ledger.info();
    const calls = Array.from({ length: 200 }, (_, index) =>
      ledger.submit(toy('put', `k${index}`, 'x'), clerk),
    );
    await calls[0];
    const exit = running.stop('SIGTERM');
    const outcomes = await Promise.allSettled(calls);
    const failed = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    assert.ok(
      failed.every((reason) => reason instanceof LedgerUnavailable),
      String(failed[0]),
    );
    assert.equal((await exit).code, 0);
    await ledger.close();
  });
});
