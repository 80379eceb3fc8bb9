/** Turns the stream of blocks into batches: one block when the ledger is quiet, many when there is a backlog. */
import type { LedgerBlock } from '../ledger.port.ts';

/** Bounds of a batch; a batch always has at least one block. */
export interface BatchLimits {
  readonly maxBlocks: number;
  readonly maxTransactions: number;
}

/** Reads blocks ahead while the consumer works, up to one batch. */
class BlockQueue {
  readonly #limits: BatchLimits;
  #blocks: LedgerBlock[] = [];
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
        this.#blocks.push(block);
        this.#notify();
        while (this.#isFull() && !this.#ended) await this.#changed.promise;
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
    this.#notify();
    return batch;
  }

  end(): void {
    this.#ended = true;
    this.#notify();
  }

  #countOfBatch(): number {
    let transactions = 0;
    for (const [index, block] of this.#blocks.entries()) {
      transactions += block.transactions.length;
      const over = index >= this.#limits.maxBlocks || transactions > this.#limits.maxTransactions;
      if (over && index > 0) return index;
    }
    return this.#blocks.length;
  }

  #isFull(): boolean {
    const transactions = this.#blocks.reduce((sum, block) => sum + block.transactions.length, 0);
    return this.#blocks.length >= this.#limits.maxBlocks || transactions >= this.#limits.maxTransactions;
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
