// Owns reading SQLite's write-ahead log as a file: which pages it holds, and whether it is damaged.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** What stands in a log: pages of committed transactions, or why it cannot be trusted. */
export interface WalContent {
  readonly pages: ReadonlySet<number>;
  readonly damage: string | undefined;
}

const headerBytes = 32;
const frameHeaderBytes = 24;
const magicLittle = 0x377f0682;
const magicBig = 0x377f0683;

/**
 * Reads a log and verifies the checksums of its frames, as SQLite does when it recovers.
 * A torn end is no damage: what was not yet synced was never acknowledged. A bad frame before later transactions is.
 */
export function verifyWal(path: string): WalContent {
  if (!existsSync(path)) return { pages: new Set(), damage: undefined };
  const handle = openSync(path, 'r');
  try {
    const size = fstatSync(handle).size;
    return size < headerBytes ? { pages: new Set(), damage: undefined } : new WalReader(handle, size).read();
  } finally {
    closeSync(handle);
  }
}

/** The pages that stand in the log this process has just written; nothing is verified. */
export function pagesInWal(path: string): Set<number> {
  const pages = new Set<number>();
  if (!existsSync(path)) return pages;
  const handle = openSync(path, 'r');
  try {
    const { size } = fstatSync(handle);
    const header = Buffer.alloc(headerBytes);
    const frame = Buffer.alloc(frameHeaderBytes);
    readSync(handle, header, 0, headerBytes, 0);
    const step = frameHeaderBytes + header.readUInt32BE(8);
    for (let at = headerBytes; at + step <= size; at += step) {
      readSync(handle, frame, 0, frameHeaderBytes, at);
      if (frame.compare(header, 16, 24, 8, 16) !== 0) break;
      pages.add(frame.readUInt32BE(0));
    }
    return pages;
  } finally {
    closeSync(handle);
  }
}

class WalReader {
  readonly #handle: number;
  readonly #size: number;
  readonly #header = Buffer.alloc(headerBytes);
  #sum: [number, number] = [0, 0];

  constructor(handle: number, size: number) {
    this.#handle = handle;
    this.#size = size;
    readSync(handle, this.#header, 0, headerBytes, 0);
  }

  read(): WalContent {
    const pageSize = this.#header.readUInt32BE(8);
    const magic = this.#header.readUInt32BE(0);
    this.#sum = checksum(this.#header.subarray(0, 24), magic === magicBig, [0, 0]);
    const valid = (magic === magicLittle || magic === magicBig) && this.#matches(this.#header, 24);
    if (!valid)
      return this.#size > headerBytes
        ? { pages: new Set(), damage: 'the head of its log is damaged' }
        : { pages: new Set(), damage: undefined };
    return this.#frames(pageSize, magic === magicBig);
  }

  #matches(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#sum[0] && bytes.readUInt32BE(at + 4) === this.#sum[1];
  }

  #frames(pageSize: number, big: boolean): WalContent {
    const pages = new Set<number>();
    let open: number[] = [];
    const frame = Buffer.alloc(frameHeaderBytes + pageSize);
    for (let at = headerBytes; at + frame.length <= this.#size; at += frame.length) {
      readSync(this.#handle, frame, 0, frame.length, at);
      const sameSalt = frame.compare(this.#header, 16, 24, 8, 16) === 0;
      if (sameSalt)
        this.#sum = checksum(
          frame.subarray(frameHeaderBytes),
          big,
          checksum(frame.subarray(0, 8), big, this.#sum),
        );
      if (!sameSalt || !this.#matches(frame, 16))
        return { pages, damage: this.#laterTransaction(at, frame.length) };
      open.push(frame.readUInt32BE(0));
      if (frame.readUInt32BE(4) === 0) continue;
      for (const page of open) pages.add(page);
      open = [];
    }
    return { pages, damage: undefined };
  }

  /** A frame of this log behind the end of the transaction with the bad frame proves that it had been synced. */
  #laterTransaction(from: number, frameBytes: number): string | undefined {
    const head = Buffer.alloc(frameHeaderBytes);
    let ended = false;
    for (let at = from; at + frameBytes <= this.#size; at += frameBytes) {
      readSync(this.#handle, head, 0, frameHeaderBytes, at);
      if (head.compare(this.#header, 16, 24, 8, 16) !== 0) continue;
      if (ended) return 'a transaction in its log is damaged';
      ended = head.readUInt32BE(4) !== 0;
    }
    return undefined;
  }
}

/** SQLite's running checksum over pairs of 32-bit words. */
function checksum(bytes: Buffer, big: boolean, from: readonly [number, number]): [number, number] {
  let [first, second] = from;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + view.getUint32(at, !big) + second) >>> 0;
    second = (second + view.getUint32(at + 4, !big) + first) >>> 0;
  }
  return [first, second];
}
