/** The block: its header, whose SHA-256 is the block's hash, and its transactions with their validation codes. */
import { hash } from 'node:crypto';
import { ByteReader, ByteWriter } from './bytes.codec.ts';
import { leafHash, merkleRoot } from './merkle.ts';
import { bodyHash, byteToCode, codeToByte, toLedgerTransaction } from './transaction.codec.ts';
import type { LedgerBlock, ValidationCode } from '../ledger.port.ts';

const FORMAT = 1;

/** What a block's hash covers. Hashes are 32 bytes. */
export interface BlockHeader {
  readonly channel: string;
  readonly number: number;
  readonly previousHash: Buffer;
  readonly dataHash: Buffer;
  readonly timestampMs: number;
}

/** One transaction of a block. */
export interface BlockEntry {
  readonly code: ValidationCode;
  readonly body: Buffer;
  /** SHA-256 of the body. */
  readonly bodyHash: Buffer;
}

/** A block taken apart, its hash computed from its header. */
export interface Block {
  readonly header: BlockHeader;
  readonly hash: Buffer;
  readonly entries: readonly { readonly code: ValidationCode; readonly body: Buffer }[];
}

/** What stands before the first block. */
export const NO_BLOCK_HASH = Buffer.alloc(32);

/** A sealed block: its bytes for the file, where each transaction's body stands in them, and its hash. */
export interface SealedBlock {
  readonly hash: Buffer;
  readonly bytes: Buffer;
  readonly bodiesAt: readonly number[];
}

/**
 * Closes a block: Merkle root, header, hash, bytes.
 * @param writer memory for the block's bytes, which stand until it is used again
 */
export function sealBlock(
  header: Omit<BlockHeader, 'dataHash'>,
  entries: readonly BlockEntry[],
  writer: ByteWriter,
): SealedBlock {
  const dataHash = merkleRoot(entries.map((entry) => leafHash(codeToByte(entry.code), entry.bodyHash)));
  const headerBytes = encodeHeader({ ...header, dataHash });
  writer.reset();
  writer.bytes(headerBytes);
  writer.varint(entries.length);
  const bodiesAt: number[] = [];
  for (const entry of entries) {
    writer.byte(codeToByte(entry.code));
    writer.bytes(entry.body);
    bodiesAt.push(writer.length - entry.body.length);
  }
  return { hash: hash('sha256', headerBytes, 'buffer'), bytes: writer.take(), bodiesAt };
}

/** @throws RangeError when the bytes are no block of this format */
export function decodeBlock(bytes: Buffer): Block {
  const reader = new ByteReader(bytes);
  const headerBytes = reader.bytes();
  const count = reader.varint();
  const entries: { code: ValidationCode; body: Buffer }[] = [];
  for (let index = 0; index < count; index++) {
    entries.push({ code: byteToCode(reader.byte()), body: reader.bytes() });
  }
  if (!reader.done) throw new RangeError('bytes after the end of the block');
  return { header: decodeHeader(headerBytes), hash: hash('sha256', headerBytes, 'buffer'), entries };
}

/** The leaves of a block's Merkle tree, computed from its transactions. */
export function blockLeaves(block: Block): Buffer[] {
  return block.entries.map((entry) => leafHash(codeToByte(entry.code), bodyHash(entry.body)));
}

/** The block's header as the port shows it. */
export function toBlockSummary(block: Block): Omit<LedgerBlock, 'transactions'> {
  return {
    number: block.header.number,
    previousHash: block.header.previousHash.toString('hex'),
    dataHash: block.header.dataHash.toString('hex'),
    hash: block.hash.toString('hex'),
    timestampMs: block.header.timestampMs,
  };
}

/** The whole block as the port shows it. */
export function toLedgerBlock(bytes: Buffer): LedgerBlock {
  const block = decodeBlock(bytes);
  return {
    ...toBlockSummary(block),
    transactions: block.entries.map((entry) => toLedgerTransaction(entry.body, entry.code)),
  };
}

function encodeHeader(header: BlockHeader): Buffer {
  const writer = new ByteWriter();
  writer.byte(FORMAT);
  writer.text(header.channel);
  writer.varint(header.number);
  writer.raw(header.previousHash);
  writer.raw(header.dataHash);
  writer.varint(header.timestampMs);
  return writer.finish();
}

function decodeHeader(bytes: Buffer): BlockHeader {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) throw new RangeError('unknown block format');
  const header = {
    channel: reader.text(),
    number: reader.varint(),
    previousHash: reader.raw(32),
    dataHash: reader.raw(32),
    timestampMs: reader.varint(),
  };
  if (!reader.done) throw new RangeError('bytes after the end of the block header');
  return header;
}
