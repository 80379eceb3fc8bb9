/** Owns the log of one child process: appended to, turned over at a size, never in the way of the child. */

import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SIZE_MAX = 20 * 1024 * 1024;
const TAIL_MAX = 8192;

/** One log file and the one before it. */
export class LogFile {
  readonly path: string;
  #descriptor: number;
  #size: number;
  #tail = '';

  /**
   * @param folder folder of all logs, made when missing
   * @param name name of the child
   */
  constructor(folder: string, name: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, `${name}.log`);
    this.#descriptor = openSync(this.path, 'a', 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  /** Appends what the child wrote; a full disk loses log lines and nothing else. */
  write(chunk: Buffer): void {
    this.#tail = (this.#tail + chunk.toString('utf8')).slice(-TAIL_MAX);
    try {
      if (this.#size > SIZE_MAX) this.#turnOver();
      this.#size += writeSync(this.#descriptor, chunk);
    } catch {
      this.#size += 0;
    }
  }

  /** @returns the last thing of weight that the child wrote, for a sentence about its end; '' when nothing */
  lastWords(): string {
    const lines = this.#tail.split('\n').filter((line) => line.trim() !== '');
    const faults = lines.filter((line) => /"level":(50|60)|error/i.test(line));
    return spoken((faults.at(-1) ?? lines.at(-1) ?? '').trim());
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#descriptor);
  }

  #turnOver(): void {
    closeSync(this.#descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, 'a', 0o600);
    this.#size = 0;
  }
}

function spoken(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === 'object' && entry !== null && 'msg' in entry) return String(entry.msg);
  } catch {
    return line;
  }
  return line;
}
