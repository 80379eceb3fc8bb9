/** Child ranges of a draft in fen: cut by hand, locked for a redemption, redeemed with its payment. */
import type { z } from 'zod';
import type { Draft, draftArgs, SubRange } from '#kernel/records/draft.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';
import { emitDraft, openDraft, requireLive } from './open-draft.ts';

/**
 * Cuts an open range into parts that sum to it, by the issuer or the holder.
 * @throws Refusal OUT_OF_SCOPE, NOT_FOUND, WRONG_STATE, SUM_MISMATCH
 */
export async function split(
  tx: Tx,
  args: z.infer<typeof draftArgs.split>,
): Promise<{ outcome: 'DONE'; ranges: SubRange[] }> {
  const { book, draft } = await openDraft(tx, args.DraftID);
  if (![draft.InstructionID, draft.holderOrgId].includes(tx.caller.orgId)) {
    throw new Refusal('OUT_OF_SCOPE', { draftId: draft.DraftID });
  }
  requireLive(draft);
  const range = draft.ranges.find((one) => one.no === args.no);
  if (range === undefined) throw new Refusal('NOT_FOUND', { no: args.no });
  if (range.state !== 'OPEN') throw new Refusal('WRONG_STATE', { no: args.no, state: range.state });
  const parts = args.partsFen.map(BigInt);
  if (parts.reduce((sum, part) => sum + part, 0n) !== lengthOf(range)) throw new Refusal('SUM_MISMATCH', {});
  cut(draft, range, parts);
  book.touchDraft(draft);
  emitDraft(book, 'draft.split', draft);
  book.save();
  return { outcome: 'DONE', ranges: draft.ranges };
}

/** Locks open ranges, from the lowest fen on, until they hold the amount; the last is cut to fit. @throws Refusal SUM_MISMATCH */
export function lockRanges(draft: Draft, legId: string, amount: bigint): void {
  let left = amount;
  for (const range of [...draft.ranges]) {
    if (left === 0n) break;
    if (range.state !== 'OPEN') continue;
    const length = lengthOf(range);
    if (length > left) cut(draft, range, [left, length - left]);
    const locked = draft.ranges.find((one) => one.startFen === range.startFen);
    if (locked === undefined) break;
    left -= lengthOf(locked);
    Object.assign(locked, { state: 'LOCKED', legId });
  }
  if (left > 0n) throw new Refusal('SUM_MISMATCH', { legId });
}

/** Frees what a redemption had locked; the cuts stay. */
export function unlockRanges(draft: Draft, legId: string): void {
  for (const range of draft.ranges) {
    if (range.legId === legId && range.state === 'LOCKED')
      Object.assign(range, { state: 'OPEN', legId: null });
  }
}

function cut(draft: Draft, range: SubRange, parts: readonly bigint[]): void {
  let no = Math.max(...draft.ranges.map((one) => one.no));
  let start = BigInt(range.startFen);
  const pieces = parts.map((part): SubRange => {
    no += 1;
    const piece = { ...range, no, startFen: String(start), endFen: String(start + part - 1n) };
    start += part;
    return piece;
  });
  draft.ranges.splice(draft.ranges.indexOf(range), 1, ...pieces);
}

function lengthOf(range: SubRange): bigint {
  return BigInt(range.endFen) - BigInt(range.startFen) + 1n;
}
