/** Says at regular times that each bank is alive. */

import { randomUUID } from 'node:crypto';
import type { SampleBank } from '../bank.ts';
import type { SetupFile } from '../setup.ts';
import type { Pusher } from './pusher.ts';

/** How the last heartbeat of a bank was answered. */
export interface Beat {
  /** ISO 8601. */
  readonly at: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
}

/** What the heart works with. */
export interface HeartDeps {
  readonly bank: SampleBank;
  readonly setup: SetupFile;
  readonly pusher: Pusher;
  readonly now: () => Date;
}

/** Pause after a beat that nobody answered, as when the platform is still starting. */
const UNANSWERED_PAUSE_MS = 3000;

/** The heartbeat of all banks of the process. */
export class Heart {
  readonly #deps: HeartDeps;
  readonly #last = new Map<string, Beat>();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(deps: HeartDeps) {
    this.#deps = deps;
  }

  /** @returns how the last heartbeat of the bank was answered; undefined before the first */
  last(bankId: string): Beat | undefined {
    return this.#last.get(bankId);
  }

  /** Beats now and goes on at the interval of the setup, sooner while nobody answers. */
  start(): void {
    this.#beating = this.#beatAll().then((answered) => this.#goOn(answered));
  }

  /** Beats no more and waits for the answers that are due. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#beating;
  }

  #goOn(answered: boolean): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const seconds = this.#deps.setup.current?.heartbeatSeconds ?? 60;
    const pauseMs = answered ? seconds * 1000 : Math.min(seconds * 1000, UNANSWERED_PAUSE_MS);
    this.#timer = setTimeout(() => this.start(), pauseMs);
  }

  async #beatAll(): Promise<boolean> {
    const { bank, setup, pusher, now } = this.#deps;
    const speaking = (setup.current?.banks ?? []).filter(({ bankId }) => !bank.settings.isSilent(bankId));
    const statuses = await Promise.all(
      speaking.map(async (one) => {
        const message = { webhookId: `beat_${randomUUID()}`, body: '{}' };
        const { status } = await pusher.post(one, '/api/v1/bank/heartbeat', message);
        this.#last.set(one.bankId, { at: now().toISOString(), status });
        return status;
      }),
    );
    return statuses.every((status) => status !== 0);
  }
}
