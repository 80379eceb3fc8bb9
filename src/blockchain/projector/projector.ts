/** The projector: follows the ledger block by block and keeps the read model in agreement with it; one per channel. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger, LedgerBlock } from '../ledger.port.ts';
import { blockBatches } from './block-batches.ts';
import type { BatchLimits } from './block-batches.ts';
import { blocksBetween } from './block-stream.ts';
import { ProjectionError } from './projection.port.ts';
import type { Checkpoint, LiveMessage, ProjectionTarget } from './projection.port.ts';

/** Where the projector writes what operators read; pino fits. */
export interface ProjectorLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a projector works with. */
export interface ProjectorDeps {
  readonly ledger: Ledger;
  readonly target: ProjectionTarget;
  /** Tells everybody about a block that the read model now shows; a failure is logged and changes nothing. */
  readonly publish?: (message: LiveMessage) => Promise<void> | void;
  readonly log?: ProjectorLog;
  readonly limits?: BatchLimits;
  /** Least time from the begin of one batch to that of the next while following, in ms; 40 unless told. */
  readonly paceMs?: number;
  /** Waiting time in ms before the n-th attempt (from 1) after a failure. */
  readonly retryDelayMs?: (attempt: number) => number;
}

/** A projector; `run` may be called again after it has returned. */
export interface Projector {
  /**
   * Follows the ledger until the signal aborts; outages of ledger and database are waited out.
   * @throws ProjectionError when the read model belongs to another ledger, or a block cannot be projected
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Projects up to a height and returns.
   * @param height number of blocks; the height of the ledger when left out
   * @throws ProjectionError as `run`; anything that ledger or database throw
   */
  catchUp(height?: number): Promise<void>;
}

/** How far to follow, and whom to tell after each batch. */
interface Way {
  readonly signal: AbortSignal;
  /** Height at which to end. */
  readonly until: number;
  readonly arrived?: () => void;
}

// A transaction's records stand in memory a few times over until its batch is written.
const defaultLimits: BatchLimits = { maxBlocks: 200, maxTransactions: 500, maxWrites: 5000 };
/**
 * Least time from the begin of one batch to that of the next while following, in ms. What a batch costs beside its documents
 * is shared by the blocks that came meanwhile; a backlog is not held up, nor a block after a pause.
 */
const PACE_MS = 40;
/** A batch of so many transactions is no small change: the next one follows at once. */
const PACED_TRANSACTIONS = 50;
const REBUILD_POLL_MS = 250;

/** Makes the projector of one channel. */
export function createProjector(deps: ProjectorDeps): Projector {
  const worker = new Worker(deps);
  return {
    run: (signal) => worker.run(signal),
    catchUp: (height) => worker.catchUp(height),
  };
}

class Worker {
  readonly #deps: ProjectorDeps;
  constructor(deps: ProjectorDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#follow({ signal, until: Infinity, arrived: () => (failures = 0) });
        failures = 0;
      } catch (error) {
        if (isAborted(signal)) return;
        if (error instanceof ProjectionError) throw error;
        failures += 1;
        this.#deps.log?.warn({ err: error, attempt: failures }, 'projection interrupted, trying again');
        await pause((this.#deps.retryDelayMs ?? backoff)(failures), signal);
      }
    }
  }

  async catchUp(height?: number): Promise<void> {
    const until = height ?? (await this.#deps.ledger.info()).height;
    const start = await this.#deps.target.checkpoint();
    if (start === null) throw new ProjectionError('the read model is being rebuilt by another process');
    if (start.height < until) await this.#follow({ signal: new AbortController().signal, until });
  }

  /** Applies blocks from the checkpoint on; returns at the end of the way, or when a rebuild has taken over. */
  async #follow({ signal, until, arrived }: Way): Promise<void> {
    const { ledger, target } = this.#deps;
    let checkpoint = await target.checkpoint();
    if (checkpoint === null) {
      await pause(REBUILD_POLL_MS, signal);
      return;
    }
    await this.#verify(checkpoint);
    const { height } = checkpoint;
    await target.open(checkpoint, () => blocksBetween(ledger, { from: 0, until: height, signal }));
    this.#deps.log?.info({ height }, 'projection begins');
    const open = (inner: AbortSignal): AsyncIterable<LedgerBlock> =>
      blocksBetween(ledger, { from: height, until, signal: inner });
    for await (const batch of blockBatches(open, this.#deps.limits ?? defaultLimits, signal)) {
      const began = performance.now();
      checkpoint = await this.#applyBatch(checkpoint, batch);
      if (checkpoint === null) return;
      arrived?.();
      if (until === Infinity) await this.#pace(began, batch, signal);
    }
  }

  /** Lets a few blocks come together, unless many wait already. */
  async #pace(began: number, batch: readonly LedgerBlock[], signal: AbortSignal): Promise<void> {
    const left = began + (this.#deps.paceMs ?? PACE_MS) - performance.now();
    const transactions = batch.reduce((sum, block) => sum + block.transactions.length, 0);
    if (left > 0 && transactions < PACED_TRANSACTIONS) await pause(left, signal);
  }

  async #applyBatch(from: Checkpoint, batch: readonly LedgerBlock[]): Promise<Checkpoint | null> {
    const to = chain(from, batch);
    const events = await this.#deps.target.apply(batch);
    if (!(await this.#deps.target.advance(to))) {
      this.#deps.log?.warn({ height: from.height }, 'the read model is being rebuilt; projection waits');
      return null;
    }
    for (const [index, block] of batch.entries()) {
      await this.#publish({ block: block.number, height: block.number + 1, events: events[index] ?? [] });
    }
    return to;
  }

  async #publish(message: LiveMessage): Promise<void> {
    try {
      await this.#deps.publish?.(message);
    } catch (error) {
      this.#deps.log?.warn({ err: error, block: message.block }, 'live message not published');
    }
  }

  /** Refuses a read model that was made from another ledger. */
  async #verify({ height, hash }: Checkpoint): Promise<void> {
    if (height === 0) return;
    const block = await this.#deps.ledger.block(height - 1);
    if (block === null) {
      throw new ProjectionError(
        `The read model shows ${height} blocks, but the ledger has fewer: they do not belong together. ` +
          'Restore the ledger that belongs to it, or run "npm run rebuild".',
      );
    }
    if (block.hash !== hash) {
      throw new ProjectionError(
        `The read model was made from another ledger: block ${block.number} has hash ${block.hash} on the ledger ` +
          `and ${hash} in the read model. Restore what belongs together, or run "npm run rebuild".`,
      );
    }
  }
}

/** The checkpoint after a batch. @throws ProjectionError when the batch does not continue the chain */
function chain(from: Checkpoint, batch: readonly LedgerBlock[]): Checkpoint {
  let { height, hash } = from;
  for (const block of batch) {
    if (block.number !== height || (height > 0 && block.previousHash !== hash)) {
      throw new ProjectionError(`Block ${block.number} does not follow block ${height - 1} (hash ${hash}).`);
    }
    height += 1;
    hash = block.hash;
  }
  return { ...from, height, hash };
}

// A call, since the compiler believes that a signal cannot change during an await.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function backoff(attempt: number): number {
  return Math.min(200 * 2 ** (attempt - 1), 10_000);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
