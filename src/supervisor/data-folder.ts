/** Owns the data folder: its checks, its lock, and the mark that says whether it holds demonstration data. */

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { assertRoom } from './disk.ts';
import { asStartError, StartError, unreadable } from './start-error.ts';

/** Whether a data folder belongs to a demonstration or to a real installation. */
export type InstallationKind = 'demo' | 'real';

/** A data folder that this process alone uses until it closes it. */
export interface DataFolder {
  readonly path: string;
  /** Gives the folder free for another start. */
  close(): void;
}

const marker = z.looseObject({ kind: z.enum(['demo', 'real']) });
const running = z.looseObject({ pid: z.number(), address: z.string() });

/**
 * Makes the folder if needed, checks it and takes it for this process.
 * @param path absolute path
 * @throws StartError when it cannot be read or written, the disk is full, or another start uses it
 */
export function openDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    assertReadable(path);
    assertRoom(path);
    return { path, close: lock(path) };
  } catch (error) {
    throw asStartError(error, path);
  }
}

/**
 * Reads or sets the mark of the folder.
 * @param path the data folder
 * @param kind what this start is for
 * @throws StartError when the folder belongs to the other kind
 */
export function markInstallation(path: string, kind: InstallationKind): void {
  const found = readInstallation(path);
  if (found === undefined) {
    writeWhole(join(path, 'installation.json'), JSON.stringify({ kind, since: new Date().toISOString() }));
  } else if (found !== kind) {
    throw new StartError(
      found === 'demo'
        ? `${path} holds demonstration data, which a real installation must not start on: set DATA_DIR to another folder.`
        : `${path} belongs to a real installation, where no demonstration data may go: set DATA_DIR to another folder.`,
    );
  }
}

/**
 * @param path the data folder
 * @returns the mark of the folder; undefined when it was never started
 * @throws StartError when the mark cannot be read
 */
export function readInstallation(path: string): InstallationKind | undefined {
  const file = join(path, 'installation.json');
  if (!existsSync(file)) return undefined;
  const kind = readJson(file, marker)?.kind;
  if (kind === undefined)
    throw new StartError(`${file} is damaged: it should hold {"kind":"demo"} or {"kind":"real"}.`);
  return kind;
}

/** Writes a file so that a reader sees the old text or the new one, never a half; mode 0600. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.new`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  renameSync(draft, file);
}

/** @returns the content of a JSON file by its schema; undefined when it is absent or different */
export function readJson<T>(file: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw asStartError(error, file);
  }
}

function assertReadable(path: string): void {
  check(path, constants.R_OK | constants.W_OK | constants.X_OK);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    check(inside, constants.R_OK | constants.W_OK | (entry.isDirectory() ? constants.X_OK : 0));
  }
}

function check(path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch {
    throw new StartError(unreadable(path));
  }
}

// SQLite's file lock ends with the process however it ends, so no stale lock can be left behind.
function lock(path: string): () => void {
  const database = new DatabaseSync(join(path, 'lock'));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch {
    database.close();
    throw new StartError(inUse(path));
  }
  return () => database.close();
}

function inUse(path: string): string {
  const other = readJson(join(path, 'run.json'), running);
  const who = other ? ` by process ${other.pid}, at ${other.address}` : '';
  return `${path} is already in use${who}: stop that one first, or set DATA_DIR to another folder.`;
}
