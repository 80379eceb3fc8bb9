// Owns the checksums of the data file's pages, kept in a file beside it, so that damage is told at start.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { pagesInWal, verifyWal } from './wal.ts';

const magic = 0x44535331;
const headerBytes = 16;
const chunkPages = 256;

/** The page sums of one data file. Every page that a checkpoint writes is summed before its log may be reused. */
export class PageSums {
  readonly #file: string;
  readonly #sumsFile: string;
  #sums: Uint32Array = new Uint32Array(0);
  #count = 0;
  #pageSize = 4096;
  #handle: number | undefined;

  constructor(file: string, sumsFile: string) {
    this.#file = file;
    this.#sumsFile = sumsFile;
  }

  /**
   * Compares the data file with its sums. Pages that stand in the log are left out: their content comes from there.
   * Returns what is wrong, or undefined; `missing` when there are no sums to compare with.
   */
  verify(): string | undefined {
    const problem = this.#load();
    if (problem !== undefined) return problem;
    const wal = verifyWal(`${this.#file}-wal`);
    if (wal.damage !== undefined) return wal.damage;
    return this.#scan(
      (page, sum) => wal.pages.has(page) || (page <= this.#count && this.#sums[page - 1] === sum),
    );
  }

  #load(): string | undefined {
    if (!existsSync(this.#sumsFile)) return 'missing';
    const bytes = readFileSync(this.#sumsFile);
    const broken = 'its file of checksums is damaged';
    if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic) return broken;
    this.#pageSize = bytes.readUInt32LE(4);
    this.#count = bytes.readUInt32LE(8);
    if (
      bytes.length !== headerBytes + this.#count * 4 ||
      crc32(bytes.subarray(headerBytes)) !== bytes.readUInt32LE(12)
    )
      return broken;
    this.#sums = new Uint32Array(this.#count);
    for (let at = 0; at < this.#count; at++) this.#sums[at] = bytes.readUInt32LE(headerBytes + at * 4);
    return undefined;
  }

  /**
   * The data file, opened once and kept: closing it would drop the locks that SQLite holds on it in this process,
   * and a foreign program could then take the file for unused.
   */
  #open(): number {
    this.#handle ??= openSync(this.#file, 'r');
    return this.#handle;
  }

  /** Calls `judge` with each page and its sum; tells the first page that it refuses. */
  #scan(judge: (page: number, sum: number) => boolean): string | undefined {
    const handle = this.#open();
    const { size } = fstatSync(handle);
    const pages = Math.floor(size / this.#pageSize);
    if (pages < this.#count || size % this.#pageSize !== 0)
      return `it is torn: ${size} bytes instead of ${this.#count * this.#pageSize} or more`;
    const chunk = Buffer.alloc(chunkPages * this.#pageSize);
    for (let page = 1; page <= pages; page += chunkPages) {
      const read = readSync(handle, chunk, 0, chunk.length, (page - 1) * this.#pageSize);
      for (let at = 0; at < read; at += this.#pageSize) {
        const number = page + at / this.#pageSize;
        if (!judge(number, crc32(chunk.subarray(at, at + this.#pageSize))))
          return `page ${number} does not have its checksum`;
      }
    }
    return undefined;
  }

  /** Sums the whole file, for a new file or a copy without sums. */
  rebuild(pageSize: number): void {
    this.#pageSize = pageSize;
    this.#count = 0;
    this.#scan((page, sum) => this.#set(page, sum));
    this.#save();
  }

  /** Sums again the pages that stand in the log, after a checkpoint and before the next write. */
  update(): void {
    const pages = pagesInWal(`${this.#file}-wal`);
    const handle = this.#open();
    const total = Math.floor(fstatSync(handle).size / this.#pageSize);
    const buffer = Buffer.alloc(this.#pageSize);
    for (let page = this.#count + 1; page <= total; page++) pages.add(page);
    for (const page of pages) {
      if (page > total) continue;
      readSync(handle, buffer, 0, this.#pageSize, (page - 1) * this.#pageSize);
      this.#set(page, crc32(buffer));
    }
    this.#save();
  }

  /** Lets go of the data file, after SQLite has. */
  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  #set(page: number, sum: number): boolean {
    if (page > this.#sums.length) {
      const larger = new Uint32Array(Math.max(1024, page * 2));
      larger.set(this.#sums);
      this.#sums = larger;
    }
    this.#sums[page - 1] = sum;
    this.#count = Math.max(this.#count, page);
    return true;
  }

  /** Writes the sums to a new file that takes the place of the old one, so that a crash leaves one or the other. */
  #save(): void {
    const bytes = Buffer.alloc(headerBytes + this.#count * 4);
    for (let at = 0; at < this.#count; at++) bytes.writeUInt32LE(this.#sums[at] ?? 0, headerBytes + at * 4);
    bytes.writeUInt32LE(magic, 0);
    bytes.writeUInt32LE(this.#pageSize, 4);
    bytes.writeUInt32LE(this.#count, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(headerBytes)), 12);
    const temporary = `${this.#sumsFile}.new`;
    const handle = openSync(temporary, 'w', 0o600);
    try {
      writeSync(handle, bytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, this.#sumsFile);
  }
}
