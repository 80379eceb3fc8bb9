/** Submits again what was committed invalid for a conflict, as a new transaction: only then was surely nothing applied. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  LedgerConflict,
  type Committed,
  type Ledger,
  type LedgerCall,
  type LedgerIdentity,
} from './ledger.port.ts';

const MAX_TRIES = 8;
const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 3000;

/** How often conflicts happened. */
export interface RetryCounts {
  /** Conflicts seen. */
  readonly conflicts: number;
  /** Transactions that were sent again. */
  readonly retries: number;
  /** Calls given up after the last try. */
  readonly exhausted: number;
}

/** What can be set for tests. */
export interface RetryOptions {
  /** Tries in all; 8 by default. */
  readonly maxTries?: number;
  /** Waits before the next try; the clock by default. @param ms milliseconds */
  readonly wait?: (ms: number) => Promise<unknown>;
  /** A number from 0 to 1; random by default. */
  readonly random?: () => number;
}

/** A submit that retries conflicts, and what it counted. */
export class RetryingSubmitter {
  readonly #ledger: Pick<Ledger, 'submit'>;
  readonly #options: Required<RetryOptions>;
  #conflicts = 0;
  #retries = 0;
  #exhausted = 0;

  constructor(ledger: Pick<Ledger, 'submit'>, options: RetryOptions = {}) {
    this.#ledger = ledger;
    this.#options = { maxTries: MAX_TRIES, wait: (ms) => delay(ms), random: Math.random, ...options };
  }

  get counts(): RetryCounts {
    return { conflicts: this.#conflicts, retries: this.#retries, exhausted: this.#exhausted };
  }

  /** As the port's submit; a conflict is thrown only when the last try met one too. */
  async submit(call: LedgerCall, identity: LedgerIdentity): Promise<Committed> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ledger.submit(call, identity);
      } catch (error) {
        if (!isRetriable(error)) throw error;
        this.#conflicts++;
        if (attempt >= this.#options.maxTries) {
          this.#exhausted++;
          throw error;
        }
        this.#retries++;
        await this.#options.wait(this.#delayMs(attempt));
      }
    }
  }

  /** Full jitter above the first delay: 50 ms … min(3 s, 50 ms · 2^attempt). */
  #delayMs(attempt: number): number {
    const most = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
    return FIRST_DELAY_MS + this.#options.random() * (most - FIRST_DELAY_MS);
  }
}

/** The same ledger with a submit that retries conflicts. */
export function retryingLedger(
  ledger: Ledger,
  options: RetryOptions = {},
): Ledger & { readonly retryCounts: RetryCounts } {
  const submitter = new RetryingSubmitter(ledger, options);
  return {
    channel: ledger.channel,
    submit: (call, identity) => submitter.submit(call, identity),
    evaluate: (call, identity) => ledger.evaluate(call, identity),
    transactionStatus: (transactionId) => ledger.transactionStatus(transactionId),
    blocks: (from, signal) => ledger.blocks(from, signal),
    block: (number) => ledger.block(number),
    transaction: (transactionId) => ledger.transaction(transactionId),
    info: () => ledger.info(),
    close: () => ledger.close(),
    get retryCounts() {
      return submitter.counts;
    },
  };
}

function isRetriable(error: unknown): boolean {
  if (!(error instanceof LedgerConflict)) return false;
  return error.code === 'MVCC_READ_CONFLICT' || error.code === 'PHANTOM_READ_CONFLICT';
}
