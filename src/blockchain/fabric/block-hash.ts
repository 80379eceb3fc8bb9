/** The hashes of a Fabric block, computed from what it holds: what a peer serves is checked, not believed. */
import { createHash } from 'node:crypto';
import type { common } from '@hyperledger/fabric-protos';
import { derInteger } from './signature.ts';

/** A block whose content does not match its own header, or does not follow the block before it. */
export class DamagedBlock extends Error {
  override readonly name = 'DamagedBlock';
}

/** SHA-256 over DER SEQUENCE { number, previous hash, data hash }: the block's hash, 32 bytes. */
export function blockHash(header: common.BlockHeader): Buffer {
  const body = Buffer.concat([
    derInteger(BigInt(header.getNumber())),
    octets(header.getPreviousHash_asU8()),
    octets(header.getDataHash_asU8()),
  ]);
  return createHash('sha256')
    .update(Buffer.from([0x30, body.length]))
    .update(body)
    .digest();
}

/** SHA-256 over the block's entries, one after the other, 32 bytes. */
export function blockDataHash(entries: readonly Uint8Array[]): Buffer {
  const digest = createHash('sha256');
  for (const entry of entries) digest.update(entry);
  return digest.digest();
}

/**
 * @param block as a peer served it
 * @param previousHash hash of the block before it, lower-case hex; absent when that one was not read
 * @throws DamagedBlock
 */
export function verifyBlock(block: common.Block, previousHash?: string): void {
  const header = block.getHeader();
  if (!header) throw new DamagedBlock('a block without a header');
  const entries = block.getData()?.getDataList_asU8() ?? [];
  if (!blockDataHash(entries).equals(header.getDataHash_asU8())) {
    throw new DamagedBlock(`the content of block ${header.getNumber()} does not match its header`);
  }
  const previous = Buffer.from(header.getPreviousHash_asU8()).toString('hex');
  if (previousHash !== undefined && previous !== previousHash) {
    throw new DamagedBlock(`block ${header.getNumber()} does not follow the block before it`);
  }
}

function octets(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x04, bytes.length]), bytes]);
}
