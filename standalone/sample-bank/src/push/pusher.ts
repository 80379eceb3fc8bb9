/** Sends what the banks have to push, a few at a time, again with growing pauses until it is answered. */

import type { SampleBank } from '../bank.ts';
import type { Push } from '../books/pushes.ts';
import type { Bank, SetupFile } from '../setup.ts';
import { signingBank } from './keys.ts';
import { signedHeaders } from './sign.ts';
import { judge } from './verdict.ts';
import type { Answer } from './verdict.ts';

/** What the pusher works with. */
export interface PusherDeps {
  readonly bank: SampleBank;
  readonly setup: SetupFile;
  /** Goes before the address of the setup. */
  readonly platformUrl?: string | undefined;
  readonly now: () => Date;
}

const IN_FLIGHT_MAX = 8;
const LOOK_AGAIN_MS = 2000;
const ANSWER_WITHIN_MS = 15_000;

/** The sender of all banks of the process. */
export class Pusher {
  readonly #deps: PusherDeps;
  readonly #inFlight = new Map<bigint, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: PusherDeps) {
    this.#deps = deps;
  }

  /** Looks for something to send, now; to be called whenever there may be something new. */
  wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    for (const push of this.#ready()) {
      const sending = this.#send(push).finally(() => {
        this.#inFlight.delete(push.id);
        this.wake();
      });
      this.#inFlight.set(push.id, sending);
    }
    this.#timer = setTimeout(() => this.wake(), this.#pauseMs());
  }

  /** Sends nothing new and waits for the answers that are due. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.allSettled(this.#inFlight.values());
  }

  /**
   * Signs and sends one message of a bank.
   * @returns the answer; status 0 when none came
   */
  async post(bank: Bank, path: string, message: { webhookId: string; body: string }): Promise<Answer> {
    const { bank: books, setup, platformUrl, now } = this.#deps;
    const signing = signingBank(bank, books.settings);
    const base = (platformUrl ?? setup.current?.platformUrl ?? '').replace(/\/+$/, '');
    try {
      const response = await fetch(`${base}${path}`, {
        method: 'POST',
        headers: signedHeaders(signing, { ...message, at: now() }),
        body: message.body,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        redirect: 'manual',
      });
      return {
        status: response.status,
        body: await response.text(),
        retryAfter: response.headers.get('retry-after'),
      };
    } catch (error) {
      return { status: 0, body: reasonOf(error), retryAfter: null };
    }
  }

  #ready(): Push[] {
    const { bank, setup, now } = this.#deps;
    const free = IN_FLIGHT_MAX - this.#inFlight.size;
    if (free <= 0 || !setup.current) return [];
    const known = setup.current.banks.filter(({ bankId }) => !bank.settings.isSilent(bankId));
    const speaking = known.map(({ bankId }) => bankId);
    return bank.pushes
      .due({ nowMs: now().getTime(), bankIds: speaking, limit: free + this.#inFlight.size })
      .filter((push) => !this.#inFlight.has(push.id))
      .slice(0, free);
  }

  #pauseMs(): number {
    const next = this.#deps.bank.pushes.nextDueAt();
    if (next === undefined) return LOOK_AGAIN_MS;
    return Math.min(Math.max(next - this.#deps.now().getTime(), 50), LOOK_AGAIN_MS);
  }

  async #send(push: Push): Promise<void> {
    const bank = this.#deps.setup.current?.banks.find(({ bankId }) => bankId === push.bankId);
    if (!bank) return;
    const answer = await this.post(bank, '/api/v1/bank/flows', push);
    this.#deps.bank.pushes.record(push.id, judge(answer, Number(push.attempts), this.#deps.now()));
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
