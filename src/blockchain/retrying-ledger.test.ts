import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LedgerConflict, LedgerUnknownOutcome, type Committed, type LedgerIdentity } from './ledger.port.ts';
import { RetryingSubmitter } from './retrying-ledger.ts';

const CALL = { contract: 'toy', fn: 'put', args: [] };
const IDENTITY: LedgerIdentity = { mspId: 'CountyMSP', certificate: '', sign: () => new Uint8Array() };

/** A ledger that fails with these errors in turn, then commits. */
function failing(errors: Error[]): { submit: () => Promise<Committed>; calls: () => number } {
  let calls = 0;
  return {
    submit: () => {
      const error = errors[calls++];
      return error
        ? Promise.reject(error)
        : Promise.resolve({ transactionId: `t${calls}`, blockNumber: 1, result: '' });
    },
    calls: () => calls,
  };
}

function submitter(
  errors: Error[],
  random = 1,
): { retrying: RetryingSubmitter; delays: number[]; calls: () => number } {
  const delays: number[] = [];
  const ledger = failing(errors);
  const wait = (ms: number): Promise<void> => {
    delays.push(ms);
    return Promise.resolve();
  };
  return {
    retrying: new RetryingSubmitter(ledger, { wait, random: () => random }),
    delays,
    calls: ledger.calls,
  };
}

const conflict = (): Error => new LedgerConflict('MVCC_READ_CONFLICT', 'x');

test('a conflict is submitted again and counted', async () => {
  const { retrying, delays } = submitter([conflict(), new LedgerConflict('PHANTOM_READ_CONFLICT', 'y')]);
  const committed = await retrying.submit(CALL, IDENTITY);
  assert.equal(committed.transactionId, 't3');
  assert.deepEqual(retrying.counts, { conflicts: 2, retries: 2, exhausted: 0 });
  assert.deepEqual(delays, [100, 200]);
});

test('the eighth conflict is thrown', async () => {
  const { retrying, delays, calls } = submitter(Array.from({ length: 9 }, conflict));
  await assert.rejects(retrying.submit(CALL, IDENTITY), LedgerConflict);
  assert.equal(calls(), 8);
  assert.equal(Math.max(...delays), 3000);
  assert.deepEqual(retrying.counts, { conflicts: 8, retries: 7, exhausted: 1 });
});

test('the shortest wait is 50 ms', async () => {
  const { retrying, delays } = submitter([conflict(), conflict()], 0);
  await retrying.submit(CALL, IDENTITY);
  assert.deepEqual(delays, [50, 50]);
});

test('an unknown outcome and a duplicate are never submitted again', async () => {
  for (const error of [new LedgerUnknownOutcome('x'), new LedgerConflict('DUPLICATE_TXID', 'x')]) {
    const { retrying, calls } = submitter([error]);
    await assert.rejects(retrying.submit(CALL, IDENTITY), error);
    assert.equal(calls(), 1);
  }
});
