/** The state of an embedded ledger moves to a Fabric network (the stand-in), and both are shown as one chain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from '../../chaincode/test/application.ts';
import { populate, openFund } from '../../chaincode/test/world.ts';
import { contracts } from '../../chaincode/src/index.ts';
import { withArchive } from '../../src/blockchain/archived-ledger.ts';
import { LedgerRefusal, type Ledger, type LedgerBlock } from '../../src/blockchain/ledger.port.ts';
import { approve, compare, importAll, pack, progressOf, propose } from '../../src/migration/move.ts';
import { openContractChannel } from '../support/contract-channel.ts';
import { StandIn } from '../support/gateway-stand-in/stand-in.ts';
import { takeBlocks } from '../support/ledger-under-test.ts';

const refusedAs = (code: string) => (error: unknown) => error instanceof LedgerRefusal && error.code === code;

test('a state moves with the word of two persons, is the same on both, and its history keeps showing', async (t) => {
  const old = await openContractChannel();
  const standIn = await StandIn.start(contracts);
  const live = await standIn.connect();
  t.after(async () => {
    await live.close();
    await standIn.close();
    await old.opened.close();
  });
  await populate(old);
  await openFund(old);
  await advance(old, 'apply');
  const earlier: Ledger = old.opened.ledger;
  const administrator = (role: string, cn: string) =>
    standIn.authorities.identity({
      mspId: 'ProvinceMSP',
      cn,
      attributes: { role, org: 'operator', division: '52' },
    });
  const first = await administrator('sys-admin', 'sysadmin');
  const second = await administrator('sec-admin', 'secadmin');
  const baggage = await pack(earlier);
  const { height, currentBlockHash } = await earlier.info();
  assert.deepEqual(baggage.plan.source, { channel: 'test', height, lastBlockHash: currentBlockHash });

  const nothing = (): void => undefined;
  await assert.rejects(importAll(live, baggage, first, nothing), refusedAs('NOT_FOUND'));
  await propose(live, baggage.plan, first);
  await assert.rejects(importAll(live, baggage, first, nothing), refusedAs('WRONG_STATE'));
  const other = { ...baggage.plan, source: { ...baggage.plan.source, lastBlockHash: 'f'.repeat(64) } };
  await assert.rejects(approve(live, other, second), refusedAs('CONTENT_CHANGED'));
  await approve(live, baggage.plan, second);
  const told: number[] = [];
  await importAll(live, baggage, first, (done) => told.push(done));
  assert.equal(told.at(-1), baggage.plan.chunks);
  await importAll(live, baggage, first, () => assert.fail('imported twice'));
  assert.equal((await progressOf(live, first))?.state, 'DONE');

  const comparison = await compare({ earlier, later: live });
  assert.deepEqual(comparison.differing, []);
  assert.ok(comparison.isSame);
  assert.equal(comparison.digests[0], comparison.digests[1]);
  assert.ok(comparison.totals.some(({ type, fen }) => type === 'PROJECT' && fen > 0n));

  const both = withArchive(live, { ledger: earlier, height, hash: currentBlockHash });
  const info = await both.info();
  const blocks: LedgerBlock[] = await takeBlocks((signal) => both.blocks(0, signal), info.height);
  blocks.slice(1).forEach((block, index) => assert.equal(block.previousHash, blocks[index]?.hash));
  assert.deepEqual(
    blocks.map(({ number }) => number),
    blocks.map((_, index) => index),
  );
  const imports = blocks.flatMap(({ transactions }) => transactions).filter(({ fn }) => fn === 'importChunk');
  assert.equal(imports.length, baggage.plan.chunks);
  assert.ok(imports.every(({ writes }) => writes.length === 0));
  const ofOld = blocks[0]!.transactions[0]!.transactionId;
  assert.equal((await both.transaction(ofOld))?.block.number, 0);
  assert.equal((await both.transactionStatus(ofOld)).blockNumber, 0);
  const ofNew = imports[0]!.transactionId;
  assert.equal(
    (await both.block((await both.transactionStatus(ofNew)).blockNumber!))?.number,
    (await both.transaction(ofNew))?.block.number,
  );
});
