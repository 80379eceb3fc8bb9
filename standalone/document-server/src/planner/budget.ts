// Owns the limits of one query: how much it may examine on the write path, how long it may run.
import { MongoError, OverBudget } from '../errors.ts';

const checkEvery = 64;

/** Counts what a query examines; throws when its share or its time is used up. */
export class Budget {
  readonly #examineMax: number;
  readonly #deadline: number;
  #sinceCheck = 0;
  keys = 0;
  docs = 0;

  /** `examineMax` keys or documents, until `deadline` (milliseconds since the epoch). */
  constructor(examineMax: number, deadline: number) {
    this.#examineMax = examineMax;
    this.#deadline = deadline;
  }

  /** True on the write path, where a query must stay short. */
  get isShort(): boolean {
    return this.#examineMax !== Infinity;
  }

  /**
   * Notes an examined key.
   * @throws OverBudget, or MongoError MaxTimeMSExpired (50)
   */
  spendKey(): void {
    this.keys++;
    this.#check();
  }

  /** Notes an examined document. */
  spendDoc(): void {
    this.docs++;
    this.#check();
  }

  #check(): void {
    if (this.keys + this.docs > this.#examineMax) throw new OverBudget();
    if (++this.#sinceCheck < checkEvery) return;
    this.#sinceCheck = 0;
    if (Date.now() > this.#deadline) throw new MongoError(50, 'operation exceeded time limit');
  }
}
