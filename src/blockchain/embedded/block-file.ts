/** The append-only file of blocks: framing with length and checksum, durable appends, and the cut of a torn tail. */
import { crc32 } from 'node:zlib';
import { realDisk, type BlockStorage, type LedgerDisk } from './disk.ts';

const MAGIC = 0x314b4c42;
const FRAME_HEADER_BYTES = 12;
const SCAN_CHUNK_BYTES = 1 << 20;

/** Where a block lies in the file: offset of its frame and size of its bytes. */
export interface BlockPlace {
  readonly offset: number;
  readonly size: number;
}

/** Where the bytes of a block begin in the file. */
export function bytesAt(place: BlockPlace): number {
  return place.offset + FRAME_HEADER_BYTES;
}

/** Where the frame after a block begins. */
export function endOf(place: BlockPlace): number {
  return place.offset + FRAME_HEADER_BYTES + place.size;
}

/** The chain's file does not hold what it must; the ledger refuses to open. */
export class ChainDamaged extends Error {
  override readonly name = 'ChainDamaged';
}

/** The file of blocks; one appender, any number of readers. */
export class BlockFile {
  readonly #file: BlockStorage;
  #end: number;

  private constructor(file: BlockStorage, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** Opens the file, or makes an empty one with mode 0600. */
  static async open(path: string, disk: LedgerDisk = realDisk): Promise<BlockFile> {
    const file = await disk.openBlocks(path);
    const { size } = await file.stat();
    return new BlockFile(file, size);
  }

  /** Size of the file in bytes; the next frame begins here. */
  get end(): number {
    return this.#end;
  }

  /**
   * Appends blocks in one write and waits until they are on the disk.
   * @returns their places, in order
   * @throws the write's or the sync's error; the file is cut back to what was durable before
   */
  async append(blocks: readonly Buffer[]): Promise<BlockPlace[]> {
    const parts: Buffer[] = [];
    const places: BlockPlace[] = [];
    let offset = this.#end;
    for (const bytes of blocks) {
      parts.push(frameHeader(bytes), bytes);
      places.push({ offset, size: bytes.length });
      offset += FRAME_HEADER_BYTES + bytes.length;
    }
    try {
      await writeAll(this.#file, parts);
      await this.#file.datasync();
    } catch (error) {
      await this.truncate(this.#end);
      throw error;
    }
    this.#end = offset;
    return places;
  }

  /** The block's bytes, checked against the frame's checksum. @throws ChainDamaged */
  async read(place: BlockPlace): Promise<Buffer> {
    const frame = await this.#slice(place.offset, FRAME_HEADER_BYTES + place.size);
    const bytes = checkedFrame(frame);
    if (!bytes) throw new ChainDamaged(`the block at byte ${place.offset} of the chain is damaged`);
    return bytes;
  }

  /** Bytes inside a block that is durable. @throws ChainDamaged when the file ends before them */
  readPart(offset: number, size: number): Buffer {
    const part = Buffer.allocUnsafe(size);
    for (let filled = 0; filled < size;) {
      const count = this.#file.readSync(part, filled, size - filled, offset + filled);
      if (count === 0) throw new ChainDamaged(`the chain ends before byte ${offset + size}`);
      filled += count;
    }
    return part;
  }

  /** Whole frames from `offset` on, until the end or the first frame that is not whole. */
  async *scan(offset: number): AsyncGenerator<{ readonly place: BlockPlace; readonly bytes: Buffer }> {
    let position = offset;
    while (position + FRAME_HEADER_BYTES <= this.#end) {
      const header = await this.#slice(position, FRAME_HEADER_BYTES);
      const size = header.readUInt32LE(4);
      if (header.readUInt32LE(0) !== MAGIC || position + FRAME_HEADER_BYTES + size > this.#end) return;
      const bytes = checkedFrame(await this.#slice(position, FRAME_HEADER_BYTES + size));
      if (!bytes) return;
      yield { place: { offset: position, size }, bytes };
      position += FRAME_HEADER_BYTES + size;
    }
  }

  /** True when a whole frame begins anywhere after `offset`: what lies there is damage, not a torn tail. */
  async hasFrameAfter(offset: number): Promise<boolean> {
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(MAGIC);
    for (let start = offset + 1; start < this.#end; start += SCAN_CHUNK_BYTES) {
      const chunk = await this.#slice(start, Math.min(SCAN_CHUNK_BYTES + 3, this.#end - start));
      for (let at = chunk.indexOf(magic); at !== -1; at = chunk.indexOf(magic, at + 1)) {
        for await (const frame of this.scan(start + at)) if (frame.place.offset === start + at) return true;
      }
    }
    return false;
  }

  /** Cuts the file back to `end` bytes, durably. */
  async truncate(end: number): Promise<void> {
    await this.#file.truncate(end);
    await this.#file.sync();
    this.#end = end;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #slice(offset: number, size: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await this.#file.read(buffer, filled, size - filled, offset + filled);
      if (bytesRead === 0) return buffer.subarray(0, filled);
      filled += bytesRead;
    }
    return buffer;
  }
}

function frameHeader(bytes: Buffer): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(bytes.length, 4);
  header.writeUInt32LE(crc32(bytes), 8);
  return header;
}

function checkedFrame(frame: Buffer): Buffer | null {
  if (frame.length < FRAME_HEADER_BYTES || frame.readUInt32LE(0) !== MAGIC) return null;
  const bytes = frame.subarray(FRAME_HEADER_BYTES);
  const whole = bytes.length === frame.readUInt32LE(4) && crc32(bytes) === frame.readUInt32LE(8);
  return whole ? bytes : null;
}

async function writeAll(file: BlockStorage, parts: readonly Buffer[]): Promise<void> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  let { bytesWritten } = await file.writev(parts);
  if (bytesWritten === size) return;
  const rest = Buffer.concat(parts);
  while (bytesWritten < size) bytesWritten += (await file.write(rest, bytesWritten)).bytesWritten;
}
