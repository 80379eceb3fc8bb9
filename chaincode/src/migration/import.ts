/** Takes over the state of an earlier ledger: proposed by one administrator, approved by another, imported as approved. */
import type { z } from 'zod';
import { keyParts, splitCompositeKey } from '#kernel/records/keys.ts';
import type { ObjectType } from '#kernel/records/keys.ts';
import { firstDigest, nextDigest } from '#kernel/records/migration.ts';
import type { Migration, migrationArgs, MigrationEntry } from '#kernel/records/migration.ts';
import { recordSchemas } from '../ledger-records.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

const KEY = keyParts.MIGRATION();

/** Puts an entry as it is, text for text. */
export type PutRaw = (key: string, value: string) => void;

/** Names the earlier ledger and what is to be taken over; until it is approved it may be proposed anew. */
export async function propose(tx: Tx, args: z.infer<typeof migrationArgs.propose>): Promise<object> {
  if ((await tx.range('ORG', [])).length > 0) throw new Refusal('ALREADY_BOOTSTRAPPED');
  const earlier = await tx.get('MIGRATION', KEY);
  if (earlier !== null && earlier.state !== 'PROPOSED')
    throw new Refusal('WRONG_STATE', { state: earlier.state });
  const { requestId: _requestId, ...plan } = args;
  tx.put('MIGRATION', KEY, {
    ...plan,
    state: 'PROPOSED',
    proposed: tx.act(),
    approved: null,
    finished: null,
    nextChunk: 0,
    taken: 0,
    running: firstDigest(plan.source),
  });
  return { digest: plan.digest };
}

/** The second person's word, which names what it is for. */
export async function approve(tx: Tx, args: z.infer<typeof migrationArgs.approve>): Promise<object> {
  const found = await mustBe(tx, 'PROPOSED');
  if (found.digest !== args.digest || found.source.lastBlockHash !== args.lastBlockHash)
    throw new Refusal('CONTENT_CHANGED', { digest: found.digest });
  if (found.proposed.by === tx.caller.userId) throw new Refusal('SAME_PERSON', { userId: tx.caller.userId });
  tx.put('MIGRATION', KEY, { ...found, state: 'APPROVED', approved: tx.act() });
  return { digest: found.digest };
}

/** Takes the next chunk. With the last one everything must be what was approved, or it is not taken. */
export async function importChunk(
  tx: Tx,
  args: z.infer<typeof migrationArgs.importChunk>,
  putRaw: PutRaw,
): Promise<object> {
  const found = await mustBe(tx, 'APPROVED');
  if (args.chunk !== found.nextChunk) throw new Refusal('WRONG_STATE', { nextChunk: found.nextChunk });
  args.entries.forEach(requireRecord);
  const progress = {
    nextChunk: found.nextChunk + 1,
    taken: found.taken + args.entries.length,
    running: nextDigest(found.running, args.entries),
  };
  const isLast = progress.nextChunk === found.chunks;
  if (isLast && progress.running !== found.digest)
    throw new Refusal('CONTENT_CHANGED', { digest: found.digest });
  if (isLast && progress.taken !== found.entries)
    throw new Refusal('SUM_MISMATCH', { entries: found.entries });
  for (const [key, value] of args.entries) putRaw(key, value);
  const ended = isLast ? ({ state: 'DONE', finished: tx.act() } as const) : {};
  tx.put('MIGRATION', KEY, { ...found, ...progress, ...ended });
  return { nextChunk: progress.nextChunk, done: isLast };
}

/** How far the move is; null when none was proposed. */
export async function read(tx: Tx): Promise<Migration | null> {
  return tx.get('MIGRATION', KEY);
}

async function mustBe(tx: Tx, state: Migration['state']): Promise<Migration> {
  const found = await tx.must('MIGRATION', KEY);
  if (found.state !== state) throw new Refusal('WRONG_STATE', { state: found.state });
  return found;
}

/** Only records of the contracts come over, each as its schema wants it. */
function requireRecord([key, value]: MigrationEntry): void {
  const type = splitCompositeKey(key)?.type ?? '';
  const schema = Object.hasOwn(recordSchemas, type) ? recordSchemas[type as ObjectType] : null;
  if (schema === null || type === 'MIGRATION' || !schema.safeParse(parse(value)).success)
    throw new Refusal('INVALID_ARGUMENT', { reason: 'record', type });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
