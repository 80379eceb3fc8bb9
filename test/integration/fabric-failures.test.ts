/** What the Fabric adapter keeps through failures: nothing acknowledged is lost, nothing happens twice, blocks come once each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realPacing } from '../../src/blockchain/fabric/attempts.ts';
import {
  LedgerConflict,
  LedgerUnavailable,
  LedgerUnknownOutcome,
  type LedgerBlock,
} from '../../src/blockchain/ledger.port.ts';
import { TEST_LIMITS } from '../support/gateway-stand-in/stand-in.ts';
import { openSubject } from '../support/gateway-stand-in/under-test.ts';
import { takeBlocks, toy } from '../support/ledger-under-test.ts';

test('an endorsement whose answer was lost is asked for anew, and only one is submitted', async (t) => {
  const { standIn, submit, ask, ledger } = await openSubject(t);
  standIn.switches.dropAfterEndorse = 1;
  assert.equal((await submit('increment', 'n')).result, '1');
  assert.equal(await ask('get', 'n'), '1');
  assert.equal((await ledger.info()).height, 2);
});

test('a validation code of the peers: conflicts are told, what should not happen is tried once more', async (t) => {
  const { standIn, submit, log } = await openSubject(t);
  standIn.switches.commitAs(11);
  await assert.rejects(
    submit('increment', 'n'),
    (error) => error instanceof LedgerConflict && error.code === 'MVCC_READ_CONFLICT',
  );
  standIn.switches.commitAs(10);
  assert.equal((await submit('increment', 'n')).result, '1');
  assert.equal(log.filter(({ level }) => level === 'error').length, 1);
  standIn.switches.commitAs(10);
  standIn.switches.commitAs(24);
  await assert.rejects(
    submit('increment', 'n'),
    (error) => error instanceof LedgerConflict && error.code === 'INVALID',
  );
});

test('a lost leader: the caller is told, the transaction goes on, and the same call joins it', async (t) => {
  const { standIn, submit, ask } = await openSubject(t, { limits: { ...TEST_LIMITS, settleMs: 1000 } });
  standIn.switches.leaderLost = true;
  await assert.rejects(submit('increment', 'n'), LedgerUnknownOutcome);
  await assert.rejects(submit('increment', 'n'), LedgerUnavailable);
  standIn.switches.leaderLost = false;
  // Joins while it is under way; once it has ended, this very call would be a second transaction.
  const outcome = await submit('increment', 'n').catch((error: unknown) => error);
  assert.ok(outcome instanceof LedgerUnavailable || (outcome as { result?: string }).result === '1');
  while ((await ask('get', 'n')) === '') await new Promise(setImmediate);
  assert.equal(await ask('get', 'n'), '1');
});

test('after a crash the same transaction is taken up again, and never a second one', async (t) => {
  const subject = await openSubject(t, { limits: { ...TEST_LIMITS, settleMs: 1000 } });
  const { standIn, clerk, connect } = subject;
  const journal = standIn.journal();
  const first = await connect({ journal });
  standIn.switches.leaderLost = true;
  const outcome = await first.submit(toy('increment', 'n'), clerk).catch((error: unknown) => error);
  assert.ok(outcome instanceof LedgerUnknownOutcome);
  await first.close();
  assert.equal((await subject.ledger.transactionStatus(outcome.transactionId)).state, 'unknown');
  const second = await connect({ journal, pacing: realPacing, limits: TEST_LIMITS });
  const joining = second.submit(toy('increment', 'n'), clerk);
  standIn.switches.leaderLost = false;
  const joined = await joining;
  assert.equal(joined.transactionId, outcome.transactionId);
  assert.equal(joined.result, '1');
  const third = await connect({ journal: standIn.journal() });
  assert.equal(await third.evaluate(toy('get', 'n'), clerk), '1');
});

test('a bounded number is under way; a further one is told to come again', async (t) => {
  const { standIn, submit, ledger } = await openSubject(t, {
    limits: { ...TEST_LIMITS, maxInFlight: 2, statusMs: 500 },
  });
  standIn.switches.lateStatus = 2;
  const running = [submit('put', 'a', '1'), submit('put', 'b', '1')];
  await assert.rejects(submit('put', 'c', '1'), LedgerUnavailable);
  assert.equal(ledger.inFlight, 2);
  await Promise.all(running);
  await submit('put', 'c', '1');
  assert.equal(ledger.inFlight, 0);
});

test('blocks come once each and in order while streams are cut and peers go and come', async (t) => {
  const { standIn, ledger, submit } = await openSubject(t);
  const stop = new AbortController();
  const seen: LedgerBlock[] = [];
  let arrived = Promise.withResolvers<undefined>();
  const reading = (async () => {
    for await (const block of ledger.blocks(0, stop.signal)) {
      seen.push(block);
      arrived.resolve(undefined);
      arrived = Promise.withResolvers<undefined>();
    }
  })();
  for (let round = 0; round < 6; round++) {
    const peer = standIn.peers[round % 3]!;
    if (round % 2 === 0) standIn.cutStreams();
    else peer.stop();
    const { blockNumber } = await submit('put', 'k', String(round));
    while (seen.length <= blockNumber) await arrived.promise;
    if (round % 2 === 1) await peer.start();
  }
  stop.abort();
  await reading;
  assert.deepEqual(
    seen.map(({ number }) => number),
    seen.map((_, index) => index),
  );
  assert.equal(seen.length, (await ledger.info()).height);
});

test('a damaged block is never handed on: another peer is read, and an alarm is raised', async (t) => {
  const { standIn, ledger, submit, log } = await openSubject(t);
  await submit('put', 'k', '1');
  standIn.switches.damagedBlocks = 1;
  const blocks = await takeBlocks((signal) => ledger.blocks(0, signal), 2);
  assert.deepEqual(
    blocks.map(({ number }) => number),
    [0, 1],
  );
  assert.deepEqual(
    log.filter(({ level }) => level === 'error').map(({ message }) => message),
    ['a peer served a damaged block'],
  );
});

test('a block shows its creators, endorsers, read and write sets, and the change of the channel it begins with', async (t) => {
  const { ledger, submit, clerk } = await openSubject(t);
  await submit('increment', 'n');
  const { transactionId } = await submit('increment', 'n');
  const config = await ledger.block(0);
  assert.deepEqual(
    config?.transactions.map(({ contract, fn, code }) => [contract, fn, code]),
    [['_config', 'update', 'VALID']],
  );
  assert.equal((await ledger.transaction('config-0-0'))?.transaction.contract, '_config');
  const proof = await ledger.transaction(transactionId);
  assert.ok(proof?.verified);
  const { creator, endorsers, reads, writes, args, contract, fn } = proof.transaction;
  assert.deepEqual([contract, fn, args], ['toy', 'increment', ['n']]);
  assert.deepEqual(creator, { mspId: 'CountyMSP', certificate: clerk.certificate });
  assert.deepEqual(reads, [{ key: 'n', version: [1, 0] }]);
  assert.deepEqual(writes, [{ key: 'n', value: '2' }]);
  assert.deepEqual(
    endorsers?.map(({ mspId, name }) => [mspId, name]),
    [
      ['ProvinceMSP', 'province-peer0'],
      ['CountyMSP', 'county-peer0'],
      ['BankMSP', 'bank-peer0'],
    ],
  );
});
