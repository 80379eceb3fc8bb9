/** What a draft has of a flow, kept beside the draft: payments less what came back, by leg. */
import type { Draft } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Book } from './book.ts';

/** What each leg of a draft holds of the flow now, from the steps that happened; `returns` are those of the flow. */
export function holdings(draft: Draft, flowKey: string, returns: readonly string[]): Map<string, bigint> {
  const held = new Map<string, bigint>();
  for (const { kind, flowKey: key, legId, ActualAmount } of draft.ActualPath) {
    const sign =
      kind === 'payment' && key === flowKey ? 1n : kind === 'return' && returns.includes(key) ? -1n : 0n;
    if (sign !== 0n) held.set(legId, (held.get(legId) ?? 0n) + sign * BigInt(ActualAmount));
  }
  return held;
}

/** Writes what the draft has of the flow. */
export function allocate(book: Book, draft: Draft, flowKey: string, returns: readonly string[] = []): void {
  const parts = [...holdings(draft, flowKey, returns)].map(([legId, fen]) => ({
    legId,
    amountFen: String(fen),
  }));
  const [first] = parts;
  if (first === undefined) return;
  const amountFen = String(parts.reduce((sum, one) => sum + BigInt(one.amountFen), 0n));
  // The flow's outcome, read in this transaction, already says that nobody else has it.
  book.tx.put('ALLOC', keyParts.ALLOC(draft.DraftID, flowKey), {
    legId: first.legId,
    amountFen,
    ...(parts.length > 1 ? { parts } : {}),
  });
}
