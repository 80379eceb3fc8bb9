/** Gathers work behind work that is on its way: alone it goes at once, under load it goes together. */

/** What became of one item: its result, or why there is none. */
export type Settled<R> = PromiseSettledResult<R>;

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** What is set of the gathering. */
export interface Gathering {
  /** Items that are carried together at most. */
  readonly largest: number;
  /** Batches of one lane that are on their way at a time at most. */
  readonly abreast: number;
}

/**
 * Carries the items of a lane in batches, in order. A batch leaves at the end of the turn in which an item came; while as many
 * as may be are on their way, what comes waits for one of them and then leaves together.
 * @param carry does the work of a batch of one lane and settles each item, in order; when it throws, every item fails
 */
export function gathered<T, R>(
  { largest, abreast }: Gathering,
  carry: (lane: string, items: readonly T[]) => Promise<readonly Settled<R>[]>,
): (lane: string, item: T) => Promise<R> {
  const lanes = new Map<string, Lane<T, R>>();
  return (name, item) =>
    new Promise<R>((resolve, reject) => {
      let lane = lanes.get(name);
      if (lane === undefined)
        lanes.set(name, (lane = new Lane({ largest, abreast }, (items) => carry(name, items))));
      lane.add({ item, resolve, reject });
    });
}

/** One lane: what waits, and how many batches are on their way. */
class Lane<T, R> {
  readonly #gathering: Gathering;
  readonly #carry: (items: readonly T[]) => Promise<readonly Settled<R>[]>;
  #waiting: Waiting<T, R>[] = [];
  #underWay = 0;
  #leaves = false;

  constructor(gathering: Gathering, carry: (items: readonly T[]) => Promise<readonly Settled<R>[]>) {
    this.#gathering = gathering;
    this.#carry = carry;
  }

  add(one: Waiting<T, R>): void {
    this.#waiting.push(one);
    this.#leaveSoon();
  }

  #leaveSoon(): void {
    if (this.#leaves || this.#waiting.length === 0) return;
    this.#leaves = true;
    setImmediate(() => {
      this.#leaves = false;
      this.#leave();
    });
  }

  #leave(): void {
    const { largest, abreast } = this.#gathering;
    while (this.#waiting.length > 0 && this.#underWay < abreast) {
      this.#underWay += 1;
      void this.#run(this.#waiting.splice(0, largest));
    }
  }

  async #run(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const settled = await this.#carry(batch.map((one) => one.item));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const one = settled[at];
        if (one?.status === 'fulfilled') resolve(one.value);
        else reject(one?.reason);
      }
    } catch (error) {
      for (const one of batch) one.reject(error);
    } finally {
      this.#underWay -= 1;
      this.#leaveSoon();
    }
  }
}
