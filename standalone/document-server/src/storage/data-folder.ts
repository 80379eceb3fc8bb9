// Owns the data folder: one server at a time, a verified file, checkpoints, and an orderly end.
import { closeSync, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Log } from '../log.ts';
import { PageSums } from './page-sums.ts';

/** A reason not to start, as one sentence. */
export class StartRefused extends Error {}

/** Bytes of page cache on the connection that writes. */
export const cacheBytes = 48 * 1024 * 1024;

/** Bytes written to the log after which it is folded into the file. */
const walBytesMax = 32 * 1024 * 1024;
const walFramesMax = walBytesMax / 4120;
/** Where SQLite's index of the log holds the number of frames in use; the file itself keeps its size, so that an fsync need not grow it. */
const framesOffset = 16;

/** An open data folder. */
export class DataFolder {
  readonly file: string;
  readonly sqlite: DatabaseSync;
  readonly #lock: DatabaseSync;
  readonly #sums: PageSums;
  readonly #log: Log;
  readonly #frames = Buffer.alloc(4);
  #walIndex: number | undefined;
  #framesSeen = 0;

  /**
   * Opens a folder, creating it when it is missing.
   * @throws StartRefused when another server has it, or when its file is damaged
   */
  constructor(path: string, log: Log) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    this.#log = log;
    this.#lock = lockFolder(path);
    this.file = join(path, 'documents.sqlite');
    this.#sums = new PageSums(this.file, join(path, 'documents.sums'));
    const isNew = !existsSync(this.file);
    if (isNew && existsSync(join(path, 'documents.sums')))
      throw new StartRefused(`the data file ${this.file} is missing`);
    const problem = isNew ? 'missing' : this.#sums.verify();
    if (problem !== undefined && problem !== 'missing') throw damaged(this.file, problem);
    this.sqlite = openFile(this.file);
    if (problem === 'missing') this.#adopt(isNew);
  }

  /** A file without sums is new or a copy: it is checked by SQLite, then summed. */
  #adopt(isNew: boolean): void {
    if (!isNew) {
      const found = check(this.sqlite);
      if (found !== 'ok') throw damaged(this.file, found);
      this.#log.warn('the data file had no checksums; they were made');
    }
    this.sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#sums.rebuild(Number(this.sqlite.prepare('PRAGMA page_size').get()?.['page_size'] ?? 4096));
  }

  /** Folds the log into the file when it has grown; called after each commit. */
  afterCommit(): void {
    this.#walIndex ??= openSync(`${this.file}-shm`, 'r');
    readSync(this.#walIndex, this.#frames, 0, 4, framesOffset);
    const frames = endianness() === 'LE' ? this.#frames.readUInt32LE(0) : this.#frames.readUInt32BE(0);
    const grown = frames < this.#framesSeen ? frames : frames - this.#framesSeen;
    if (grown < walFramesMax) return;
    this.checkpoint('PASSIVE');
    this.#framesSeen = frames;
  }

  /** Folds what it can of the log into the file and sums the pages. */
  checkpoint(mode: 'PASSIVE' | 'FULL'): void {
    this.sqlite.exec(`PRAGMA wal_checkpoint(${mode})`);
    this.#sums.update();
  }

  /** Closes the file with nothing left in its log. */
  close(): void {
    this.checkpoint('FULL');
    this.sqlite.close();
    this.#sums.close();
    if (this.#walIndex !== undefined) closeSync(this.#walIndex);
    this.#lock.close();
  }
}

function lockFolder(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, 'lock.sqlite'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new StartRefused(`data folder ${path} is in use by another document server`);
  }
  return lock;
}

function openFile(file: string): DatabaseSync {
  try {
    const sqlite = new DatabaseSync(file);
    sqlite.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${walBytesMax * 2}; PRAGMA cache_size = -${cacheBytes / 1024};`,
    );
    return sqlite;
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
}

function check(sqlite: DatabaseSync): string {
  try {
    return String(sqlite.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function damaged(file: string, why: string): StartRefused {
  return new StartRefused(`the data file ${file} is damaged: ${why}; restore it from a backup`);
}
