/** The part of the conformance suite on blocks: order, events, checkpoints, status and proof. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CLERK, takeBlocks, toy, type IssuedIdentity, type LedgerUnderTest } from './ledger-under-test.ts';
import type { LedgerBlock } from '../../src/blockchain/ledger.port.ts';

/** @param open starts a ledger with an empty channel and the toy contract */
export function blockConformance(open: () => Promise<LedgerUnderTest>): void {
  describe('blocks', () => {
    let subject: LedgerUnderTest;
    let clerk: IssuedIdentity;
    before(async () => {
      subject = await open();
      clerk = await subject.identity(CLERK);
      await Promise.all(
        Array.from({ length: 60 }, (_, index) => subject.ledger.submit(toy('events', `e${index}`), clerk)),
      );
    });
    after(() => subject.close());
    const from =
      (number: number) =>
      (signal: AbortSignal): AsyncIterable<LedgerBlock> =>
        subject.ledger.blocks(number, signal);

    test('blocks come in order, each linked to the one before it', async () => {
      const { height, currentBlockHash } = await subject.ledger.info();
      const blocks = await takeBlocks(from(0), height);
      assert.deepEqual(
        blocks.map(({ number }) => number),
        blocks.map((_, index) => index),
      );
      blocks.slice(1).forEach((block, index) => assert.equal(block.previousHash, blocks[index]?.hash));
      assert.equal(blocks.at(-1)?.hash, currentBlockHash);
    });

    test('each transaction carries one event, the last one set, and what it wrote', async () => {
      const { height } = await subject.ledger.info();
      const transactions = (await takeBlocks(from(0), height)).flatMap((block) => block.transactions);
      const ours = transactions.filter(({ fn, code }) => fn === 'events' && code === 'VALID');
      assert.equal(ours.length, 60);
      for (const { event, args, writes, creator } of ours) {
        assert.deepEqual(event, { name: 'last', payload: JSON.stringify({ key: args[0] }) });
        assert.deepEqual(writes, [{ key: args[0], value: '1' }]);
        assert.equal(creator.mspId, 'CountyMSP');
      }
    });

    test('a stream that waits gets the next block when it is committed', async () => {
      const { height } = await subject.ledger.info();
      const waiting = takeBlocks(from(height), 2);
      const first = await subject.ledger.submit(toy('put', 'live', '1'), clerk);
      const second = await subject.ledger.submit(toy('put', 'live', '2'), clerk);
      const blocks = await waiting;
      assert.deepEqual(
        blocks.map(({ number, transactions }) => [number, transactions[0]?.transactionId]),
        [
          [first.blockNumber, first.transactionId],
          [second.blockNumber, second.transactionId],
        ],
      );
    });

    test('a stream that waits ends when it is aborted', async () => {
      const { height } = await subject.ledger.info();
      const stop = new AbortController();
      const walk = (async () => {
        for await (const block of subject.ledger.blocks(height + 5, stop.signal))
          assert.fail(`block ${block.number}`);
      })();
      stop.abort();
      await walk;
    });

    test('several transactions in flight keep the order of one sender that waits', async () => {
      const numbers: number[] = [];
      const load = Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          subject.ledger.submit(toy('put', `load${index}`, 'x'), clerk),
        ),
      );
      for (const value of ['1', '2', '3']) {
        numbers.push((await subject.ledger.submit(toy('put', 'ordered', value), clerk)).blockNumber);
      }
      await load;
      assert.ok(numbers[0]! < numbers[1]! && numbers[1]! < numbers[2]!);
      assert.deepEqual(JSON.parse(await subject.ledger.evaluate(toy('history', 'ordered'), clerk)), [
        '3',
        '2',
        '1',
      ]);
    });

    test('status and proof of a transaction; an unknown one is unknown', async () => {
      const { transactionId, blockNumber } = await subject.ledger.submit(toy('put', 'proved', '1'), clerk);
      const status = await subject.ledger.transactionStatus(transactionId);
      assert.deepEqual(status, { transactionId, state: 'committed', code: 'VALID', blockNumber });
      const proof = await subject.ledger.transaction(transactionId);
      assert.equal(proof?.verified, true);
      assert.equal(proof.transaction.transactionId, transactionId);
      assert.equal(proof.block.hash, (await subject.ledger.block(blockNumber))?.hash);
      const unknown = createHash('sha256').update('unknown').digest('hex');
      assert.deepEqual(await subject.ledger.transactionStatus(unknown), {
        transactionId: unknown,
        state: 'unknown',
      });
      assert.equal(await subject.ledger.transaction(unknown), null);
      assert.equal(await subject.ledger.block(1_000_000), null);
    });

    test('after a restart the blocks are the same, and a reader goes on from its checkpoint', async () => {
      const earlier = await subject.ledger.info();
      const before = await takeBlocks(from(0), earlier.height);
      subject = { ...subject, ledger: await subject.restart() };
      assert.deepEqual(await subject.ledger.info(), earlier);
      const { blockNumber } = await subject.ledger.submit(toy('put', 'again', '1'), clerk);
      assert.equal(blockNumber, earlier.height);
      const checkpoint = earlier.height - 3;
      const seen = await takeBlocks(from(checkpoint), 4);
      assert.deepEqual(seen.slice(0, 3), before.slice(checkpoint));
      assert.equal(seen[3]?.number, blockNumber);
    });
  });
}
