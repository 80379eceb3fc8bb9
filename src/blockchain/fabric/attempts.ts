/** The pauses and the patience of one call, and what operators hear of its failures. */
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayFailure } from './failure.ts';
import type { Peer } from './peers.ts';
import type { RetryRow } from './retry.rules.ts';

/** Where the adapter writes what operators read; pino fits. */
export interface FabricLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The clock of a call; tests bring their own. */
export interface Pacing {
  /** @param ms milliseconds */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  readonly now: () => number;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/** The machine's clock and chance. */
export const realPacing: Pacing = {
  wait: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
  now: Date.now,
  random: Math.random,
};

const FIRST_MS = 100;
const LAST_MS = 30_000;

/** How often each row of the retry table was met, by its id. */
export class RetryCounts {
  readonly #counts = new Map<string, number>();

  add(id: string): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
  }

  get byRow(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

/** What is told of a failure: codes and names, never the words of a contract, which may hold amounts. */
export function noteFailure(
  log: FabricLog,
  counts: RetryCounts,
  row: RetryRow,
  at: { readonly peer: Peer; readonly failure: GatewayFailure; readonly transactionId?: string },
): void {
  counts.add(row.id);
  const { failure, transactionId } = at;
  const where = { peer: at.peer.name, phase: failure.phase, code: failure.code, transactionId };
  const fields = { row: row.id, action: row.action, ...where };
  if (row.alarm) log.error(fields, 'a call of the network failed');
  else log.info(fields, 'a call of the network failed');
}

/** Counts the tries of one call against its budget. */
export class Attempts {
  readonly tried = new Set<string>();
  readonly #pacing: Pacing;
  readonly #end: number;
  #failures = 0;
  #onceMore = false;

  /** @param budgetMs how long the call may go on */
  constructor(pacing: Pacing, budgetMs: number) {
    this.#pacing = pacing;
    this.#end = pacing.now() + budgetMs;
  }

  /** True the first time only. */
  takeOnceMore(): boolean {
    const first = !this.#onceMore;
    this.#onceMore = true;
    return first;
  }

  /** Growing pauses with jitter: 100 ms · 2ⁿ, at most 30 s. @returns ms */
  backoffMs(): number {
    const most = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 20));
    this.#failures++;
    return most * (0.5 + this.#pacing.random() / 2);
  }

  /** One to two seconds. @returns ms */
  shortMs(): number {
    return 1000 + this.#pacing.random() * 1000;
  }

  /** Waits, unless the budget would end before. @returns false when it would */
  async pause(ms: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#pacing.now() + ms > this.#end || signal?.aborted) return false;
    if (ms > 0) await this.#pacing.wait(ms, signal);
    return true;
  }
}
