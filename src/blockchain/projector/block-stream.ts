/** A stretch of the ledger as a stream of blocks. */
import type { Ledger, LedgerBlock } from '../ledger.port.ts';

/** Blocks number `from` up to `until - 1`, waiting for those to come, until the signal aborts. */
export async function* blocksBetween(
  ledger: Pick<Ledger, 'blocks'>,
  { from, until, signal }: { readonly from: number; readonly until: number; readonly signal?: AbortSignal },
): AsyncGenerator<LedgerBlock> {
  if (from >= until) return;
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  try {
    for await (const block of ledger.blocks(from, either)) {
      yield block;
      if (block.number + 1 >= until) return;
    }
  } finally {
    stop.abort();
  }
}
