/** The move of a whole state from an earlier ledger: what two persons approve, and how far the import is. */
import { z } from 'zod';
import { sha256Hex } from '../canonical-json.ts';
import { act, hashText, requestId } from './common.ts';

/** The earlier ledger as it stood when it was left. */
export const migrationSource = z.object({
  channel: z.string().min(1).max(64),
  /** Number of its blocks. */
  height: z.int().min(1),
  /** Hash of its last block. */
  lastBlockHash: hashText,
});
export type MigrationSource = z.infer<typeof migrationSource>;

/** One key of the state with its value, as the earlier ledger holds them. */
export const migrationEntry = z.tuple([z.string().min(2).max(2000), z.string().min(1)]);
export type MigrationEntry = z.infer<typeof migrationEntry>;

/** What is approved: every entry follows from the digest, which begins with the source. */
export const migrationPlan = z.object({
  source: migrationSource,
  entries: z.int().min(1),
  chunks: z.int().min(1),
  digest: hashText,
});
export type MigrationPlan = z.infer<typeof migrationPlan>;

export const migration = migrationPlan.extend({
  state: z.enum(['PROPOSED', 'APPROVED', 'DONE']),
  proposed: act,
  approved: act.nullable(),
  finished: act.nullable(),
  /** Number of the chunk that comes next, and the entries taken so far. */
  nextChunk: z.int().min(0),
  taken: z.int().min(0),
  /** Digest over the source and the chunks taken so far. */
  running: hashText,
});
/** How far a move is. */
export type Migration = z.infer<typeof migration>;

/** Arguments, by function. */
export const migrationArgs = {
  propose: migrationPlan.extend({ requestId }),
  approve: z.object({ requestId, digest: hashText, lastBlockHash: hashText }),
  importChunk: z.object({
    requestId,
    chunk: z.int().min(0),
    entries: z.array(migrationEntry).min(1).max(2000),
  }),
};

/** The digest before the first chunk: bound to the earlier ledger's last block. */
export function firstDigest({ channel, height, lastBlockHash }: MigrationSource): string {
  return sha256Hex(JSON.stringify([channel, height, lastBlockHash]));
}

/** The digest after a further chunk. */
export function nextDigest(running: string, entries: readonly MigrationEntry[]): string {
  return sha256Hex(`${running}\n${JSON.stringify(entries)}`);
}
