/** Brings chain and state together at the start: catches the state up from the chain and cuts a torn tail. */
import { bytesAt, ChainDamaged, endOf, type BlockFile, type BlockPlace } from './block-file.ts';
import { decodeBlock, NO_BLOCK_HASH, type Block } from './block.codec.ts';
import type { ChainHead } from './committer.ts';
import { decodeProposal, transactionIdOf } from './proposal.codec.ts';
import type { Savepoint, StateStore } from './state-store.ts';
import { codeToByte, decodeBody } from './transaction.codec.ts';

/** What was found at the start. */
export interface Recovery {
  readonly head: ChainHead;
  /** Bytes of a torn tail that were cut off. */
  readonly cutBytes: number;
  /** Blocks applied to the state. */
  readonly appliedBlocks: number;
}

const START: Savepoint = { height: 0, end: 0, lastHash: NO_BLOCK_HASH.toString('hex') };

/** @throws ChainDamaged when the chain does not hold what the state says was committed */
export async function recover(file: BlockFile, store: StateStore, channel: string): Promise<Recovery> {
  const savepoint = await usableSavepoint(file, store);
  let head: ChainHead = { height: savepoint.height, hash: Buffer.from(savepoint.lastHash, 'hex') };
  let end = savepoint.end;
  for await (const { place, bytes } of file.scan(savepoint.end)) {
    const block = decodeBlock(bytes);
    checkFollows(block, head, channel);
    await applyBlock(store, block, { ...place, bytes });
    head = { height: head.height + 1, hash: block.hash };
    end = endOf(place);
  }
  const cutBytes = file.end - end;
  if (cutBytes > 0) await cutTornTail(file, end);
  return { head, cutBytes, appliedBlocks: head.height - savepoint.height };
}

/** The chain is synced before the state is told, so a chain that ends before the savepoint has lost blocks. */
async function usableSavepoint(file: BlockFile, store: StateStore): Promise<Savepoint> {
  const savepoint = store.savepoint() ?? START;
  if (savepoint.end > file.end) {
    throw new ChainDamaged(`the chain ends before block ${savepoint.height - 1}, which was committed`);
  }
  if (savepoint.height > 0) await checkLastBlock(file, store, savepoint);
  return savepoint;
}

async function checkLastBlock(file: BlockFile, store: StateStore, savepoint: Savepoint): Promise<void> {
  const place = store.block(savepoint.height - 1);
  const block = place && decodeBlock(await file.read(place));
  if (block?.hash.toString('hex') !== savepoint.lastHash) {
    throw new ChainDamaged(
      `block ${savepoint.height - 1} of the chain is not the one the state was made from`,
    );
  }
}

function checkFollows(block: Block, head: ChainHead, channel: string): void {
  const { header } = block;
  if (header.channel === channel && header.number === head.height && header.previousHash.equals(head.hash))
    return;
  throw new ChainDamaged(`block ${header.number} of the chain does not follow the block before it`);
}

async function cutTornTail(file: BlockFile, end: number): Promise<void> {
  if (await file.hasFrameAfter(end)) {
    throw new ChainDamaged(`the chain is damaged at byte ${end}: whole blocks follow what cannot be read`);
  }
  await file.truncate(end);
}

async function applyBlock(
  store: StateStore,
  block: Block,
  place: BlockPlace & { readonly bytes: Buffer },
): Promise<void> {
  const number = block.header.number;
  await store.apply({
    block: number,
    place,
    savepoint: { height: number + 1, end: endOf(place), lastHash: block.hash.toString('hex') },
    transactions: block.entries.map((entry, index) => {
      const body = decodeBody(entry.body);
      const { nonce, creator } = decodeProposal(body.proposal);
      const writes = entry.code === 'VALID' ? body.writes : [];
      return {
        transactionId: transactionIdOf(nonce, creator),
        index,
        codeByte: codeToByte(entry.code),
        body: entry.body,
        bodyAt: bytesAt(place) + entry.body.byteOffset - place.bytes.byteOffset,
        writes,
      };
    }),
  });
}
