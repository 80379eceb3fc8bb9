/** Copies of a chain: taken while its ledger writes, ended behind the last whole block, and proven without a ledger. */
import { BlockFile, ChainDamaged, endOf } from './block-file.ts';
import { decodeBlock } from './block.codec.ts';
import type { MspRoots } from './membership.ts';
import { verifyChain, type ChainVerification } from './verify-chain.ts';

/** The last block of a chain. */
export interface ChainEnd {
  /** Number of blocks. */
  readonly height: number;
  /** Of the last block, lower-case hex; '' when there is none. */
  readonly hash: string;
}

/**
 * Cuts off what was being written when the file was copied.
 * @param path a copy of `blocks.chain`, never the ledger's own file
 * @throws ChainDamaged when whole blocks follow what cannot be read
 */
export async function endWhole(path: string): Promise<ChainEnd> {
  const file = await BlockFile.open(path);
  try {
    let [height, hash, end] = [0, '', 0];
    for await (const { place, bytes } of file.scan(0)) {
      hash = decodeBlock(bytes).hash.toString('hex');
      end = endOf(place);
      height += 1;
    }
    if (await file.hasFrameAfter(end)) throw new ChainDamaged(`the chain is damaged at byte ${end}`);
    await file.truncate(end);
    return { height, hash };
  } finally {
    await file.close();
  }
}

/** Recomputes a copy: links, Merkle roots, creators, signatures. */
export async function verifyCopy(
  path: string,
  options: { readonly channel: string; readonly mspRoots: MspRoots },
): Promise<ChainVerification> {
  const file = await BlockFile.open(path);
  try {
    return await verifyChain(blocksOf(file), options);
  } finally {
    await file.close();
  }
}

async function* blocksOf(file: BlockFile): AsyncGenerator<Buffer> {
  for await (const { bytes } of file.scan(0)) yield bytes;
}
