/** Gathers work behind work that is on its way: alone it goes at once, under load it goes together. */
import { setTimeout as delay } from 'node:timers/promises';

/** What became of one item: its result, or why there is none. */
export type Settled<R> = PromiseSettledResult<R>;

/** What is set of the gathering. */
export interface Gathering {
  /** Items that are carried together at most. */
  readonly largest: number;
  /** A batch that is on its way for longer, in ms, leaves its place to the next. */
  readonly patienceMs: number;
}

/** Does the work of a batch and settles each item, in order. @throws when nothing can be said of any; each then fails */
export type Carry<T, R> = (items: readonly T[]) => Promise<readonly Settled<R>[]>;

/**
 * Carries the items of a lane in batches, in order. A batch leaves at the end of the turn in which an item came; what comes
 * while it is on its way waits for its end and leaves together. After a batch that throws, batches are half as large, so that
 * one that was too large for somebody on the way does not come again and again; each that arrives doubles them.
 */
export function gathered<T, R>(
  gathering: Gathering,
  carry: (lane: string, items: readonly T[]) => Promise<readonly Settled<R>[]>,
): (lane: string, item: T) => Promise<R> {
  const lanes = new Map<string, Lane<T, R>>();
  return (name, item) => {
    let lane = lanes.get(name);
    if (lane === undefined) lanes.set(name, (lane = new Lane(gathering, (items) => carry(name, items))));
    return lane.bring(item);
  };
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

class Lane<T, R> {
  readonly #gathering: Gathering;
  readonly #carry: Carry<T, R>;
  #waiting: Waiting<T, R>[] = [];
  #size: number;
  #isTaken = false;

  constructor(gathering: Gathering, carry: Carry<T, R>) {
    this.#gathering = gathering;
    this.#carry = carry;
    this.#size = gathering.largest;
  }

  bring(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#leaveSoon();
    });
  }

  #leaveSoon(): void {
    if (this.#isTaken || this.#waiting.length === 0) return;
    this.#isTaken = true;
    setImmediate(() => void this.#leave(this.#waiting.splice(0, this.#size)));
  }

  async #leave(batch: readonly Waiting<T, R>[]): Promise<void> {
    const arrived = new AbortController();
    const run = this.#run(batch).finally(() => arrived.abort());
    const patience = delay(this.#gathering.patienceMs, undefined, { ref: false, signal: arrived.signal });
    await Promise.race([run, patience.catch(() => undefined)]);
    this.#isTaken = false;
    this.#leaveSoon();
  }

  async #run(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const settled = await this.#carry(batch.map((one) => one.item));
      this.#size = Math.min(this.#gathering.largest, 2 * this.#size);
      for (const [at, { resolve, reject }] of batch.entries()) {
        const one = settled[at];
        if (one?.status === 'fulfilled') resolve(one.value);
        else reject(one?.reason);
      }
    } catch (error) {
      this.#size = Math.max(1, Math.floor(this.#size / 2));
      for (const one of batch) one.reject(error);
    }
  }
}
