/** The outside of a run: banks that push until they hear 202, and payers who register until it is done. */
import { createHmac } from 'node:crypto';
import { DomainError } from '../../src/models/kernel/errors.ts';
import { Actor, type Scheduler } from './scheduler.ts';
import type { Web } from './platform.ts';
import type { Deed } from './scenarios.ts';

const lanes = 16;
const pauseMs = 400;

/** Faults of the network between banks and platform, in hundredths of the messages. */
export interface NetworkFaults {
  /** The answer never arrives, though all was done. */
  lostAnswer: number;
  /** The message is sent once more although it was answered. */
  doubled: number;
}

/** Does all deeds of a story, several at a time, each until it is acknowledged. */
export class Outside {
  readonly faults: NetworkFaults = { lostAnswer: 0, doubled: 0 };
  /** Answers that no fault explains. */
  readonly wrong: string[] = [];
  readonly #world: Scheduler;
  readonly #web: Web;
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #waiting: Deed[];
  readonly #done = new Set<Deed>();
  readonly #total: number;
  #messages = 0;

  constructor(world: Scheduler, web: Web, secrets: ReadonlyMap<string, string>, deeds: readonly Deed[]) {
    this.#world = world;
    this.#web = web;
    this.#secrets = secrets;
    this.#waiting = [...deeds];
    this.#total = deeds.length;
    const actor = new Actor('outside');
    for (let lane = 0; lane < lanes; lane += 1) actor.run(() => void this.#lane());
  }

  get isDone(): boolean {
    return this.#done.size === this.#total;
  }

  async #lane(): Promise<void> {
    for (;;) {
      await this.#world.point('outside');
      const deed = this.#waiting.shift();
      if (deed === undefined) return;
      if (deed.kind === 'push' && deed.after !== undefined && !this.#done.has(deed.after)) {
        this.#waiting.push(deed);
        await this.#world.sleep(pauseMs);
        continue;
      }
      if (deed.kind === 'push') await this.#push(deed);
      else await this.#register(deed);
      this.#done.add(deed);
    }
  }

  async #push({ bankId, entries }: Deed & { kind: 'push' }): Promise<void> {
    const id = `m-${(this.#messages += 1)}`;
    const body = JSON.stringify({ batchNo: 'simulation', entries });
    for (;;) {
      const answer = await this.#web.push(this.#signed(bankId, id, body), body);
      await this.#world.point('bank hears');
      const isLost = this.#world.chance(this.faults.lostAnswer);
      if (answer !== null && answer.statusCode !== 202 && answer.statusCode < 500)
        this.wrong.push(`message ${id} was answered ${answer.statusCode}: ${answer.payload}`);
      if (answer?.statusCode === 202 && !isLost) {
        if (!this.#world.chance(this.faults.doubled)) return;
      } else await this.#world.sleep(pauseMs);
    }
  }

  async #register({ userId, args }: Deed & { kind: 'register' }): Promise<void> {
    for (;;) {
      const answer = await this.#web.register(userId, args).catch((error: unknown) => {
        if (error instanceof DomainError) this.wrong.push(`${args.requestId} was refused: ${error.code}`);
        return error instanceof DomainError ? true : null;
      });
      if (answer === true) return;
      await this.#world.sleep(pauseMs);
    }
  }

  #signed(bankId: string, id: string, body: string): Record<string, string> {
    const timestamp = String(Math.floor(this.#world.now().getTime() / 1000));
    const key = Buffer.from((this.#secrets.get(bankId) ?? '').replace('whsec_', ''), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return {
      'content-type': 'application/json',
      'bank-id': bankId,
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    };
  }
}
