/** Turns the stream of blocks into batches: one block when the ledger is quiet, many when there is a backlog. */
import type { LedgerBlock } from '../ledger.port.ts';

/** Bounds of a batch; a batch always has at least one block. */
export interface BatchLimits {
  readonly maxBlocks: number;
  readonly maxTransactions: number;
  /** Keys written by valid and rejected transactions alike; what a batch takes in memory follows them. No bound when left out. */
  readonly maxWrites?: number;
}

/** How much blocks hold. */
interface Amount {
  readonly blocks: number;
  readonly transactions: number;
  readonly writes: number;
}

const nothing: Amount = { blocks: 0, transactions: 0, writes: 0 };

function amountOf({ transactions }: LedgerBlock): Amount {
  const writes = transactions.reduce((sum, tx) => sum + tx.writes.length, 0);
  return { blocks: 1, transactions: transactions.length, writes };
}

function plus(left: Amount, right: Amount, sign: 1 | -1 = 1): Amount {
  return {
    blocks: left.blocks + sign * right.blocks,
    transactions: left.transactions + sign * right.transactions,
    writes: left.writes + sign * right.writes,
  };
}

/** The part of the limits that is used up; above 1 they are passed. */
function share({ blocks, transactions, writes }: Amount, limits: BatchLimits): number {
  const { maxBlocks, maxTransactions, maxWrites = Infinity } = limits;
  return Math.max(blocks / maxBlocks, transactions / maxTransactions, writes / maxWrites);
}

/** Reads blocks ahead while the consumer works, up to one batch. */
class BlockQueue {
  readonly #limits: BatchLimits;
  #blocks: { readonly block: LedgerBlock; readonly amount: Amount }[] = [];
  #queued = nothing;
  #ended = false;
  #failure: Error | null = null;
  #changed = Promise.withResolvers<undefined>();

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** Takes blocks from the source until it ends; waits while a whole batch is queued. */
  async fill(source: AsyncIterable<LedgerBlock>): Promise<void> {
    try {
      for await (const block of source) {
        const amount = amountOf(block);
        this.#blocks.push({ block, amount });
        this.#queued = plus(this.#queued, amount);
        this.#notify();
        while (share(this.#queued, this.#limits) >= 1 && !this.#ended) await this.#changed.promise;
        if (this.#ended) return;
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.end();
  }

  /** Everything queued, up to the limits; null at the end. @throws what the source threw, after the blocks before it */
  async take(): Promise<LedgerBlock[] | null> {
    while (this.#blocks.length === 0 && !this.#ended) await this.#changed.promise;
    if (this.#blocks.length === 0) {
      if (this.#failure !== null) throw this.#failure;
      return null;
    }
    const batch = this.#blocks.splice(0, this.#countOfBatch());
    for (const { amount } of batch) this.#queued = plus(this.#queued, amount, -1);
    this.#notify();
    return batch.map(({ block }) => block);
  }

  end(): void {
    this.#ended = true;
    this.#notify();
  }

  #countOfBatch(): number {
    let sum = nothing;
    for (const [index, { amount }] of this.#blocks.entries()) {
      sum = plus(sum, amount);
      if (index > 0 && share(sum, this.#limits) > 1) return index;
    }
    return this.#blocks.length;
  }

  #notify(): void {
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers<undefined>();
  }
}

/**
 * Batches of consecutive blocks, in order.
 * @param open opens the source with a signal that ends it
 * @param signal ends everything quietly
 * @throws what the source throws
 */
export async function* blockBatches(
  open: (signal: AbortSignal) => AsyncIterable<LedgerBlock>,
  limits: BatchLimits,
  signal: AbortSignal,
): AsyncGenerator<LedgerBlock[]> {
  const stop = new AbortController();
  const queue = new BlockQueue(limits);
  const onAbort = (): void => {
    stop.abort();
    queue.end();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const filling = queue.fill(open(stop.signal));
  try {
    for (let batch = await queue.take(); batch !== null && !signal.aborted; batch = await queue.take()) {
      yield batch;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    onAbort();
    await filling;
  }
}
