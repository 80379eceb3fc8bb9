/** `DATA_DIR/ledger/archive.json`: says that the embedded ledger there is an archive, and up to which block. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const note = z.strictObject({
  channel: z.string(),
  /** Number of its blocks. */
  height: z.int().min(1),
  /** Hash of its last block. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Digest of the state that was moved. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  movedAt: z.iso.datetime(),
});

/** The note on an archive. */
export type ArchiveNote = z.infer<typeof note>;

/** @returns null when the embedded ledger of the folder is no archive. @throws Error when the note is damaged */
export function readArchiveNote(dataDir: string): ArchiveNote | null {
  const file = fileOf(dataDir);
  if (!existsSync(file)) return null;
  return note.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Writes the note; a reader sees it whole or not at all. */
export function writeArchiveNote(dataDir: string, content: ArchiveNote): void {
  const file = fileOf(dataDir);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'ledger', 'archive.json');
}
