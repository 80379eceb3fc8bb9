/**
 * Runs many processes in one, one step at a time: whoever calls through a port waits until a seeded choice lets him go on.
 * Between two choices everything comes to rest, so that the same seed gives the same run.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, type Hash } from 'node:crypto';
import { seeded } from '../support/faults/random.ts';
import { immediatesWaiting, nextTurn } from './turns.ts';

/** What a call gave that its process did not live to answer. */
export const lost = Symbol('lost');

/** A simulated process from its start to its death. */
export class Actor {
  readonly name: string;
  /** Those who are to hear of its death. */
  readonly #waiting = new Set<() => void>();
  #alive = true;

  constructor(name: string) {
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Runs work as this process; what the work starts belongs to it, too. */
  run<T>(work: () => T): T {
    return current.run(this, work);
  }

  /** Runs work as this process for somebody outside. @returns `lost` when it is killed before the end */
  answer<T>(work: () => Promise<T>): Promise<T | typeof lost> {
    return new Promise((resolve, reject) => {
      const died = this.onDeath(() => resolve(lost));
      const heard = <V>(tell: (value: V) => void): ((value: V) => void) => {
        return (value) => {
          this.#waiting.delete(died);
          tell(value);
        };
      };
      this.run(work).then(heard(resolve), heard(reject));
    });
  }

  /** Calls back when it is killed. */
  onDeath(tell: () => void): () => void {
    this.#waiting.add(tell);
    return tell;
  }

  /** It takes no further step; what it had begun and not ended stays so. */
  kill(): void {
    this.#alive = false;
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
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
  /** Moment at which he wakes. */
  readonly at: number;
  /** Step at which he is called if he still sleeps. */
  readonly step: number;
}

/** How many go on at once at most. */
const largestBurst = 12;

/** The loop, the clock and the dice of one run. */
export class Scheduler {
  readonly random: (below: number) => number;
  readonly #trace: Hash = createHash('sha256');
  readonly #points: Waiting[] = [];
  #sleepers: Sleeper[] = [];
  /** Step at which the first sleeper is called. */
  #nextCall = Infinity;
  readonly #atEnd: (() => void)[] = [];
  #isOver = false;
  #now: number;
  #busy = 0;
  #steps = 0;
  #turns = 0;

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

  /** How often everything came to rest. */
  get turns(): number {
    return this.#turns;
  }

  /** Hash of every choice so far: equal for equal runs. */
  get trace(): string {
    return this.#trace.copy().digest('hex');
  }

  /** Ends for ever: nobody takes a step any more, and what has to be let go of is. */
  end(): void {
    this.#isOver = true;
    for (const letGo of this.#atEnd) letGo();
  }

  /** To be called when the run ends. */
  atEnd(letGo: () => void): void {
    this.#atEnd.push(letGo);
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
      if (actor.alive && !this.#isOver) this.#points.push({ actor, label, go: resolve });
    });
  }

  /** Waits until others have passed so many points, or until so much time has gone by. */
  lag(steps: number, ms: number): Promise<void> {
    return this.#wait('lag', ms, this.#steps + steps);
  }

  /** Waits on the clock of the simulation. */
  sleep(ms: number): Promise<void> {
    return this.#wait('sleep', ms, Infinity);
  }

  #wait(label: string, ms: number, step: number): Promise<void> {
    const actor = current.getStore();
    if (actor === undefined) return Promise.resolve();
    return new Promise((go) => {
      if (!actor.alive || this.#isOver) return;
      this.#sleepers.push({ actor, label, go, at: this.#now + ms, step });
      this.#nextCall = Math.min(this.#nextCall, step);
    });
  }

  /** Runs real input or output, for whose end the loop waits. */
  async effect<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }

  /**
   * Lets processes step until `isOver`. @throws Error when nobody can step any more, naming how far it came
   * @param onRest called when everything has come to rest: the place for faults
   */
  async run(isOver: () => boolean, onRest: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    for (;;) {
      await this.#rest();
      if (isOver()) return;
      await onRest();
      this.#turns += 1;
      this.#go();
    }
  }

  /** Lets one go on, or now and then several in the same moment: they may share a block or a batch. */
  #go(): void {
    if (this.#steps >= this.#nextCall) this.#call();
    const first = this.#takePoint() ?? this.#takeSleeper();
    if (first === null) throw new Error(`nothing can go on after ${this.#steps} steps`);
    this.#release(first);
    const more = this.random(2) * this.random(largestBurst);
    for (let at = 0; at < more; at += 1) {
      const next = this.#takePoint();
      if (next === null) return;
      this.#release(next);
    }
  }

  #release({ actor, label, go }: Waiting): void {
    this.#steps += 1;
    this.#trace.update(`${actor.name} ${label}\n`);
    go();
  }

  #takePoint(): Waiting | null {
    while (this.#points.length > 0) {
      const at = this.random(this.#points.length);
      const chosen = this.#points[at];
      const last = this.#points.pop();
      if (last !== undefined && last !== chosen) this.#points[at] = last;
      if (chosen?.actor.alive === true) return chosen;
    }
    return null;
  }

  /** The first who wakes; the clock moves on to his moment. */
  #takeSleeper(): Sleeper | null {
    this.#sleepers = this.#sleepers.filter(({ actor }) => actor.alive);
    const [some] = this.#sleepers;
    if (some === undefined) return null;
    const next = this.#sleepers.reduce((first, one) => (one.at < first.at ? one : first), some);
    this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
    this.#now = Math.max(this.#now, next.at);
    return next;
  }

  /** Those whose step has come no longer wait for their moment. */
  #call(): void {
    const called = this.#sleepers.filter(({ step }) => step <= this.#steps);
    this.#sleepers = this.#sleepers.filter(({ step }) => step > this.#steps);
    this.#points.push(...called);
    this.#nextCall = Math.min(...this.#sleepers.map(({ step }) => step));
  }

  /** Microtasks end before a turn of the loop does; what else was put off or is under way is counted. */
  async #rest(): Promise<void> {
    do await nextTurn();
    while (this.#busy > 0 || immediatesWaiting() > 0);
  }
}
