import assert from 'node:assert/strict';
import {
  appendFile,
  copyFile,
  mkdtemp,
  open,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { ChainDamaged } from '../../src/blockchain/embedded/block-file.ts';
import { openEmbeddedLedger, type InProcessLedger } from '../../src/blockchain/embedded/embedded-ledger.ts';
import { LedgerRefusal, LedgerUnavailable } from '../../src/blockchain/ledger.port.ts';
import { CLERK, toy, type IssuedIdentity } from '../support/ledger-under-test.ts';
import { TEST_CHANNEL, TestAuthorities } from '../support/test-ledger.ts';
import { ToyContract } from '../support/toy-contract.ts';

const FRAME_HEADER_BYTES = 12;

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'chain-'));
});
afterEach(() => rm(data, { recursive: true }));

describe('a chain on the disk', () => {
  let authorities: TestAuthorities;
  let clerk: IssuedIdentity;
  const reopen = (): Promise<InProcessLedger> =>
    openEmbeddedLedger({
      folder: data,
      channel: TEST_CHANNEL,
      contracts: [ToyContract],
      mspRoots: authorities.roots,
    });
  const chain = (): string => join(data, 'blocks.chain');

  beforeEach(async () => {
    authorities = await TestAuthorities.create();
    clerk = await authorities.identity(CLERK);
    const ledger = await reopen();
    for (let index = 0; index < 5; index++) await ledger.submit(toy('put', 'k', String(index)), clerk);
    await ledger.close();
  });

  /** Offsets of the frames in the file. */
  async function frames(): Promise<{ offset: number; size: number }[]> {
    const bytes = await readFile(chain());
    const found: { offset: number; size: number }[] = [];
    for (
      let offset = 0;
      offset < bytes.length;
      offset += FRAME_HEADER_BYTES + bytes.readUInt32LE(offset + 4)
    ) {
      found.push({ offset, size: bytes.readUInt32LE(offset + 4) });
    }
    return found;
  }

  async function assertWorks(height: number, value: string): Promise<void> {
    const ledger = await reopen();
    assert.equal((await ledger.info()).height, height);
    assert.equal(await ledger.evaluate(toy('get', 'k'), clerk), value);
    const { blockNumber } = await ledger.submit(toy('put', 'k', 'new'), clerk);
    assert.equal(blockNumber, height);
    assert.deepEqual((await ledger.verifyChain()).problems, []);
    await ledger.close();
  }

  test('a torn tail is cut, at every byte of the frame', async () => {
    const whole = await readFile(chain());
    const [last] = (await frames()).slice(-1);
    assert.ok(last);
    const torn = whole.subarray(last.offset);
    await assertWorks(5, '4');
    const good = await readFile(chain());
    for (const size of [1, 4, 11, 12, 13, torn.length - 1]) {
      await writeFile(chain(), Buffer.concat([good, torn.subarray(0, size)]));
      const ledger = await reopen();
      assert.equal((await ledger.info()).height, 6);
      await ledger.close();
      assert.equal((await stat(chain())).size, good.length);
    }
    await appendFile(chain(), Buffer.alloc(5000));
    await assertWorks(6, 'new');
  });

  test('the state is rebuilt from the chain when it is lost', async () => {
    await rm(join(data, 'state'), { recursive: true });
    await assertWorks(5, '4');
  });

  test('a state behind the chain is caught up', async () => {
    const whole = await readFile(chain());
    const [, , third] = await frames();
    assert.ok(third);
    await rm(join(data, 'state'), { recursive: true });
    await truncate(chain(), third.offset);
    await (await reopen()).close();
    await writeFile(chain(), whole);
    await assertWorks(5, '4');
  });

  test('a chain that has lost blocks the state knows is refused', async () => {
    const [, , third] = await frames();
    assert.ok(third);
    await truncate(chain(), third.offset);
    await assert.rejects(reopen(), ChainDamaged);
  });

  test('a damaged block in the middle is never cut away: the ledger refuses to open', async () => {
    const [, second] = await frames();
    assert.ok(second);
    await flipByte(second.offset + FRAME_HEADER_BYTES + 100);
    await rm(join(data, 'state'), { recursive: true });
    await assert.rejects(reopen(), ChainDamaged);
  });

  test('a damaged last block that was reported is not taken for a torn tail', async () => {
    const [last] = (await frames()).slice(-1);
    assert.ok(last);
    await flipByte(last.offset + FRAME_HEADER_BYTES + 100);
    await assert.rejects(reopen(), ChainDamaged);
  });

  test('a block altered with its checksum made good is found by the verification, wherever it is altered', async () => {
    const [, second] = await frames();
    assert.ok(second);
    await copyFile(chain(), `${chain()}.good`);
    const start = second.offset + FRAME_HEADER_BYTES;
    for (let at = start; at < start + second.size; at += 37) {
      await copyFile(`${chain()}.good`, chain());
      await flipByte(at);
      await mendChecksum(second);
      const ledger = await reopen();
      const { problems } = await ledger.verifyChain();
      assert.ok(
        problems.some(({ block }) => block === 1 || block === 2),
        `byte ${at - start} of ${second.size}`,
      );
      await ledger.close();
    }
  });

  test('a chain of another channel, or a block twice, is refused', async () => {
    const bytes = await readFile(chain());
    const [first] = await frames();
    assert.ok(first);
    await appendFile(chain(), bytes.subarray(0, FRAME_HEADER_BYTES + first.size));
    await assert.rejects(reopen(), ChainDamaged);
  });

  test('a transaction that is not in the chain any more can be told from one that is', async () => {
    const ledger = await reopen();
    const { transactionId } = await ledger.submit(toy('put', 'k', 'x'), clerk);
    await assert.rejects(ledger.submit(toy('refuse', 'k'), clerk), LedgerRefusal);
    await ledger.close();
    const again = await reopen();
    assert.equal((await again.transactionStatus(transactionId)).state, 'committed');
    await again.close();
    await assert.rejects(again.submit(toy('put', 'k', 'y'), clerk), LedgerUnavailable);
  });

  async function flipByte(offset: number): Promise<void> {
    const file = await open(chain(), 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, offset);
    await file.write(Buffer.from([byte.readUInt8() ^ 0x15]), 0, 1, offset);
    await file.close();
  }

  async function mendChecksum({ offset, size }: { offset: number; size: number }): Promise<void> {
    const file = await open(chain(), 'r+');
    const bytes = Buffer.alloc(size);
    await file.read(bytes, 0, size, offset + FRAME_HEADER_BYTES);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32(bytes));
    await file.write(checksum, 0, 4, offset + 8);
    await file.close();
  }
});
