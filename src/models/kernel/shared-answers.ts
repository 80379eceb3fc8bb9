/** Answers that are dear to compute, such as sums over every payment of a province: shared, and kept in proportion to their cost. */

/** A value with the moment it was computed for. */
export interface Answer<T> {
  readonly value: T;
  /** When an earlier computation is given; null when the value is of this moment. */
  readonly asOf: Date | null;
}

/** An answer that took less than this is never kept, ms. */
const dearMs = 100;
/** A dear answer is renewed after this many times its cost: renewing takes a tenth of one core at most. */
const renewAfterCosts = 10;
/** No answer is given that is older than this, ms. */
const oldestMs = 60_000;
const keptMost = 500;

interface Kept {
  readonly value: unknown;
  readonly at: number;
  readonly costMs: number;
}

/** Keeps the dear ones among the answers to named questions. */
export class SharedAnswers {
  readonly #kept = new Map<string, Kept>();
  readonly #renewing = new Map<string, Promise<Kept>>();
  readonly #now: () => number;

  /** @param now ms, for tests */
  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
  }

  /**
   * Answers a question. An earlier answer is given while it is younger than ten times what it cost; after that it is given
   * once more while a new one is on its way. Cheap answers are computed each time.
   * @param question names the question and whose view it is answered for
   * @throws what `compute` throws, when nothing is kept
   */
  async get<T>(question: string, compute: () => Promise<T>): Promise<Answer<T>> {
    const kept = this.#kept.get(question);
    const age = kept === undefined ? Infinity : this.#now() - kept.at;
    if (kept === undefined || age > oldestMs) {
      const { value } = await this.#renew(question, compute);
      return { value: value as T, asOf: null };
    }
    if (age > kept.costMs * renewAfterCosts) this.#renew(question, compute).catch(() => undefined);
    return { value: kept.value as T, asOf: new Date(kept.at) };
  }

  #renew(question: string, compute: () => Promise<unknown>): Promise<Kept> {
    const underway = this.#renewing.get(question);
    if (underway !== undefined) return underway;
    const renewing = this.#compute(question, compute).finally(() => this.#renewing.delete(question));
    // Only a dear question makes others wait for the same computation; a cheap one must see what was just written.
    if (this.#kept.has(question)) this.#renewing.set(question, renewing);
    return renewing;
  }

  async #compute(question: string, compute: () => Promise<unknown>): Promise<Kept> {
    const at = this.#now();
    const value = await compute();
    const answer = { value, at, costMs: this.#now() - at };
    this.#kept.delete(question);
    if (answer.costMs >= dearMs) this.#kept.set(question, answer);
    if (this.#kept.size > keptMost) this.#kept.delete(this.#kept.keys().next().value ?? '');
    return answer;
  }
}
