/** Starts again what died of a network, later each time it dies soon, and tells of both. */
import type { Processes, ProcessSpec } from './processes.ts';

/** The first start is at once; the next ones come after growing pauses, up to the last. */
const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 60_000;
/** A program that has run for so long has recovered. */
const RECOVERED_MS = 120_000;
const OFTEN = 5;

/** What is known of a program that has died. */
interface Fall {
  /** How often it died since it last ran for long. */
  count: number;
  startedAt: number;
}

/** What revival works with. */
export interface RevivalDeps {
  readonly processes: Pick<Processes, 'fallen' | 'start' | 'running'>;
  /** How each program that should run is started; asked anew each time. */
  readonly specs: () => ReadonlyMap<string, ProcessSpec>;
  readonly tell: (sentence: string) => void;
  readonly now: () => number;
}

/** Looks after the programs of one network. One that was stopped by a command has no record, and stays stopped. */
export class Revival {
  readonly #deps: RevivalDeps;
  readonly #falls = new Map<string, Fall>();

  constructor(deps: RevivalDeps) {
    this.#deps = deps;
  }

  /** Programs that may be started again now. */
  due(): string[] {
    const fallen = this.#deps.processes.fallen().filter((name) => this.#isDue(name));
    if (fallen.length === 0) return [];
    const specs = this.#deps.specs();
    return fallen.filter((name) => specs.has(name));
  }

  /** Starts what is due, and tells what cannot be started; the caller makes sure that no command works on the network meanwhile. */
  revive(): void {
    const all = this.#deps.specs();
    for (const name of this.due()) {
      const spec = all.get(name);
      if (spec !== undefined) this.#start(spec);
    }
  }

  #start(spec: ProcessSpec): void {
    const { processes, tell, now } = this.#deps;
    const { name } = spec;
    const count = this.#countOf(name) + 1;
    this.#falls.set(name, { count, startedAt: now() });
    try {
      processes.start(spec);
    } catch (error) {
      tell(
        `${name} had ended and cannot be started again: ${error instanceof Error ? error.message : String(error)}.`,
      );
      return;
    }
    const often = count >= OFTEN ? `; its reason: npm run fabric:logs -- ${name}` : '';
    tell(`${name} had ended and was started again${count > 1 ? ` (${count} times in a row)` : ''}${often}.`);
  }

  #isDue(name: string): boolean {
    const fall = this.#falls.get(name);
    const count = this.#countOf(name);
    if (fall === undefined || count === 0) return true;
    const pause = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (count - 1));
    return this.#deps.now() >= fall.startedAt + pause;
  }

  #countOf(name: string): number {
    const fall = this.#falls.get(name);
    return fall === undefined || this.#deps.now() - fall.startedAt > RECOVERED_MS ? 0 : fall.count;
  }
}
