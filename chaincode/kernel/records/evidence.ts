/** Files anchored on the ledger: their hash, size and what they belong to; the bytes stay off it. */
import { z } from 'zod';
import { act, hashText, idText, requestId } from './common.ts';

export const evidence = z.object({
  sha256: hashText,
  size: z.int().min(0),
  mediaType: z.string().max(100),
  /** SHA-256 over the concatenated 1 MiB chunk hashes, so that a range can be proven without reading the whole. */
  chunksHash: hashText,
  owner: z.object({ kind: z.enum(['project', 'milestone', 'alert', 'other']), id: z.string().max(80) }),
  anchored: act,
  orgId: idText,
});
/** The anchor of a file: its hash and what it belongs to. */
export type Evidence = z.infer<typeof evidence>;

/** Arguments, by function. */
export const evidenceArgs = {
  anchor: evidence.omit({ anchored: true, orgId: true }).extend({ requestId }),
  verify: z.object({ sha256: hashText }),
};
