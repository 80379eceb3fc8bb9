/**
 * Runs many processes in one, one step at a time: whoever calls through a port waits until a seeded choice lets him go on.
 * Between two choices everything comes to rest, so that the same seed gives the same run.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, type Hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { seeded } from '../support/faults/random.ts';

/** A simulated process from its start to its death. */
export class Actor {
  readonly name: string;
  readonly #died = Promise.withResolvers<undefined>();
  #alive = true;

  constructor(name: string) {
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Resolves when it is killed. */
  get died(): Promise<undefined> {
    return this.#died.promise;
  }

  /** Runs work as this process; what the work starts belongs to it, too. */
  run<T>(work: () => T): T {
    return current.run(this, work);
  }

  /** It takes no further step; what it had begun and not ended stays so. */
  kill(): void {
    this.#alive = false;
    this.#died.resolve(undefined);
  }
}

const current = new AsyncLocalStorage<Actor>();

/** The process that runs now; undefined outside the simulation. */
export function actorNow(): Actor | undefined {
  return current.getStore();
}

interface Waiting {
  readonly actor: Actor;
  readonly label: string;
  readonly go: () => void;
}

interface Sleeper extends Waiting {
  readonly at: number;
}

/** Turns of the event loop without news after which everything has come to rest. */
const quietTurns = 3;

/** The loop, the clock and the dice of one run. */
export class Scheduler {
  readonly random: (below: number) => number;
  readonly #trace: Hash = createHash('sha256');
  readonly #points: Waiting[] = [];
  readonly #sleepers: Sleeper[] = [];
  #now: number;
  #busy = 0;
  #news = 0;
  #steps = 0;

  /** @param startMs first moment of the clock, ms since epoch */
  constructor(seed: number, startMs: number) {
    this.random = seeded(seed);
    this.#now = startMs;
  }

  /** The clock of every process. */
  readonly now = (): Date => new Date(this.#now);

  /** Points passed so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Hash of every choice so far: equal for equal runs. */
  get trace(): string {
    return this.#trace.copy().digest('hex');
  }

  /** True with a chance of `percent` in a hundred. */
  chance(percent: number): boolean {
    return this.random(100) < percent;
  }

  /** Moves the clock on, as if nobody had anything to do for so long. */
  leap(ms: number): void {
    this.#now += ms;
  }

  /** Waits to be chosen; a dead process waits for ever. */
  point(label: string): Promise<void> {
    const actor = current.getStore();
    if (actor === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#news += 1;
      if (actor.alive) this.#points.push({ actor, label, go: resolve });
    });
  }

  /** Waits on the clock of the simulation. */
  sleep(ms: number): Promise<void> {
    const actor = current.getStore();
    if (actor === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#news += 1;
      if (actor.alive) this.#sleepers.push({ actor, label: 'sleep', go: resolve, at: this.#now + ms });
    });
  }

  /** Runs real input or output, for whose end the loop waits. */
  async effect<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#news += 1;
    }
  }

  /**
   * Lets processes step until `isOver`. @throws Error when nobody can step any more, naming how far it came
   * @param onStep called before each choice: the place for faults
   */
  async run(isOver: () => boolean, onStep: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    for (;;) {
      await this.#rest();
      if (isOver()) return;
      await onStep();
      this.#dropDead(this.#points);
      this.#dropDead(this.#sleepers);
      const chosen = this.#choose();
      if (chosen === null) throw new Error(`nothing can go on after ${this.#steps} steps`);
      this.#steps += 1;
      this.#trace.update(`${chosen.actor.name} ${chosen.label}\n`);
      chosen.go();
    }
  }

  #choose(): Waiting | null {
    if (this.#points.length > 0) {
      const [chosen] = this.#points.splice(this.random(this.#points.length), 1);
      return chosen ?? null;
    }
    const next = this.#sleepers.reduce<Sleeper | null>(
      (first, one) => (first === null || one.at < first.at ? one : first),
      null,
    );
    if (next === null) return null;
    this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
    this.#now = Math.max(this.#now, next.at);
    return next;
  }

  #dropDead(list: Waiting[]): void {
    for (let at = list.length - 1; at >= 0; at -= 1) if (list[at]?.actor.alive === false) list.splice(at, 1);
  }

  async #rest(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; quiet += 1) {
      const before = this.#news;
      await nextTurn();
      if (this.#busy > 0 || this.#news !== before) quiet = -1;
    }
  }
}
