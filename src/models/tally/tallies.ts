/** Tallies in memory: counts and sums by name of the tally and of its cell. */
import { cellSeparator, eachCount, restPrefix, type CountedModel } from './tally.rules.ts';

/** A tally as it is stored. Cells in the order of their names; fen and counts as 64-bit integers. */
export interface TallyDoc {
  readonly _id: string;
  /** Version of the last document that was counted. */
  readonly ver: number;
  readonly cells: readonly { readonly name: string; readonly values: readonly bigint[] }[];
}

/** Name of their collection. */
export const tallyCollection = 'tallies';

/** Days of matched money and hours of flows that a tally keeps: the newest, so that it does not grow with the years. */
const kept = [
  { prefix: `day${cellSeparator}`, cells: 45 },
  { prefix: `${restPrefix}day${cellSeparator}`, cells: 45 },
  { prefix: `hour${cellSeparator}`, cells: 48 },
] as const;

/** One tally that is being counted. */
export class Tally {
  ver: number;
  /** Version up to which its stored form has counted everything. */
  readonly counted: number;
  readonly #cells: Map<string, readonly bigint[]>;

  constructor(stored?: TallyDoc | null) {
    this.ver = stored?.ver ?? -1;
    this.counted = this.ver;
    this.#cells = new Map(stored?.cells.map(({ name, values }) => [name, values]));
  }

  /** Adds to a cell, or takes away from it; a cell without anything is none. */
  add(cell: string, values: readonly bigint[], sign: 1n | -1n): void {
    const known = this.#cells.get(cell);
    const sum = values.map((value, at) => (known?.[at] ?? 0n) + sign * value);
    if (sum.every((value) => value === 0n)) this.#cells.delete(cell);
    else this.#cells.set(cell, sum);
    if (known === undefined) this.#dropOld(cell);
  }

  /** The form in which it is stored. */
  row(_id: string): TallyDoc {
    const sorted = [...this.#cells].sort(([left], [right]) => (left < right ? -1 : 1));
    return { _id, ver: this.ver, cells: sorted.map(([name, values]) => ({ name, values })) };
  }

  #dropOld(added: string): void {
    const limit = kept.find(({ prefix }) => added.startsWith(prefix));
    if (limit === undefined) return;
    const times = [...this.#cells.keys()].filter((cell) => cell.startsWith(limit.prefix)).sort();
    for (const time of times.slice(0, -limit.cells)) this.#cells.delete(time);
  }
}

/** Tallies by name. */
export class Tallies {
  readonly #tallies = new Map<string, Tally>();

  get(id: string): Tally | undefined {
    return this.#tallies.get(id);
  }

  set(id: string, tally: Tally): void {
    this.#tallies.set(id, tally);
  }

  /** The names of all, the oldest first. */
  get ids(): string[] {
    return [...this.#tallies.keys()];
  }

  get size(): number {
    return this.#tallies.size;
  }

  forget(id: string): void {
    this.#tallies.delete(id);
  }

  /**
   * Counts a document, or with -1 takes it away, in every tally whose stored form has not counted this version.
   * @param changed takes the names of the tallies that changed
   */
  count(what: Counting, sign: 1n | -1n, changed?: Set<string>): void {
    const { model, doc, ver } = what;
    eachCount(model, doc, (id, cell, values) => {
      const tally = this.#tallies.get(id) ?? new Tally();
      this.#tallies.set(id, tally);
      if (tally.counted >= ver) return;
      tally.add(cell, values, sign);
      tally.ver = ver;
      changed?.add(id);
    });
  }
}

/** A document that counts from the version `ver` on. */
export interface Counting {
  readonly model: CountedModel;
  readonly doc: object;
  readonly ver: number;
}
