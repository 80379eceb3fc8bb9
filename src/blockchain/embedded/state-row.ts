/** A row of the world state: the version that wrote it, then the value or, of a large one, where it stands in the chain. */
import { crc32 } from 'node:zlib';
import { ChainDamaged, type BlockFile } from './block-file.ts';

const VERSION_BYTES = 10;
/** Values from this size on stay in the chain, where they are durable already; the row says where. Bytes. */
const LARGE_VALUE = 512;
/** Set in the first byte of a row whose value stays in the chain. */
const IN_CHAIN = 0x80;
/** Of the place of a large value: offset, size, checksum. */
const PLACE_BYTES = 14;

/** (block, index of the transaction in it) that last wrote a key. */
export type Version = readonly [block: number, tx: number];

/** A value in the world state with the version that wrote it. */
export interface StoredValue {
  readonly value: Buffer;
  readonly version: Version;
}

/** The bytes of a version. */
export function encodeVersion(block: number, tx: number): Buffer {
  const version = Buffer.allocUnsafe(VERSION_BYTES);
  version.writeUIntBE(block, 0, 6);
  version.writeUInt32BE(tx, 6);
  return version;
}

/** LevelDB copies what it is given, so rows are put together in one place. */
const rowMemory = Buffer.allocUnsafe(VERSION_BYTES + LARGE_VALUE);

/**
 * A row, in memory that the next row is written to.
 * @param transaction the bytes that a large value is a part of, and where they stand in the chain's file
 * @throws Error when it is none
 */
export function encodeRow(
  version: Buffer,
  value: Buffer,
  transaction: { readonly body: Buffer; readonly bodyAt: number },
): Buffer {
  rowMemory.set(version);
  if (value.length < LARGE_VALUE) {
    rowMemory.set(value, VERSION_BYTES);
    return rowMemory.subarray(0, VERSION_BYTES + value.length);
  }
  const { body, bodyAt } = transaction;
  if (value.buffer !== body.buffer) throw new Error('a value is no part of its transaction');
  rowMemory.writeUInt8(IN_CHAIN, 0);
  const end = rowMemory.writeUIntBE(bodyAt + value.byteOffset - body.byteOffset, VERSION_BYTES, 6);
  rowMemory.writeUInt32BE(value.length, end);
  rowMemory.writeUInt32BE(crc32(value), end + 4);
  return rowMemory.subarray(0, VERSION_BYTES + PLACE_BYTES);
}

/**
 * A row of the world state.
 * @param chain where large values are
 * @throws ChainDamaged when a large value is not what was written
 */
export function decodeRow(row: Buffer, chain: Pick<BlockFile, 'readPart'>): StoredValue {
  const isInChain = row[0] === IN_CHAIN;
  const value = isInChain ? valueInChain(row, chain) : row.subarray(VERSION_BYTES);
  return { version: [isInChain ? row.readUIntBE(1, 5) : row.readUIntBE(0, 6), row.readUInt32BE(6)], value };
}

function valueInChain(row: Buffer, chain: Pick<BlockFile, 'readPart'>): Buffer {
  const offset = row.readUIntBE(VERSION_BYTES, 6);
  const value = chain.readPart(offset, row.readUInt32BE(VERSION_BYTES + 6));
  // Rows of an earlier form have no checksum.
  const hasChecksum = row.length >= VERSION_BYTES + PLACE_BYTES;
  if (hasChecksum && crc32(value) !== row.readUInt32BE(VERSION_BYTES + 10))
    throw new ChainDamaged(`the value at byte ${offset} of the chain is damaged`);
  return value;
}
