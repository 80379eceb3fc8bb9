/** Tells which keys are certainly not in the state, so that most reads of absent keys and empty ranges cost no look-up. */

/** Bits in the filter's memory: at 4 million keys one absent key in 500 is looked up all the same, at 20 million one in 4. */
const BITS = 1 << 26;
const PROBES = 4;
const COMPLETE = BITS / 32;

/**
 * A Bloom filter over keys and over everything that a composite key begins with. One thread adds, any thread asks: the
 * memory is shared. Keys that were deleted stay in it, which costs a look-up and no more.
 */
export class KeyFilter {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** @param memory that of another thread's filter; fresh by default */
  constructor(memory = new SharedArrayBuffer(BITS / 8 + 4)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Adds a key and, of a composite key, each of its beginnings; before the key can be read by anyone. */
  add(key: string): void {
    const last = key.length - 1;
    let first = SEED_A;
    let second = SEED_B;
    for (let at = 0; at <= last; at++) {
      const unit = unitAt(key, at);
      first = Math.imul(first ^ unit, PRIME_A);
      second = Math.imul(second ^ unit, PRIME_B);
      if (at === last || (unit === 0 && at > 0)) this.#set(mixed(first), mixed(second));
    }
  }

  /** From now on an absent key is known as such: everything that the state holds was added. */
  complete(): void {
    Atomics.store(this.#words, COMPLETE, 1);
  }

  /** False when nothing in the state is this key or, for text that ends a part of a composite key, begins with it. */
  mayHold(key: string): boolean {
    if (Atomics.load(this.#words, COMPLETE) === 0) return true;
    let first = SEED_A;
    let second = SEED_B;
    for (let at = 0; at < key.length; at++) {
      const unit = unitAt(key, at);
      first = Math.imul(first ^ unit, PRIME_A);
      second = Math.imul(second ^ unit, PRIME_B);
    }
    return this.#has(mixed(first), mixed(second));
  }

  #set(first: number, second: number): void {
    for (let probe = 0, hash = first; probe < PROBES; probe++, hash = (hash + second) | 0) {
      const bit = hash & (BITS - 1);
      this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  #has(first: number, second: number): boolean {
    for (let probe = 0, hash = first; probe < PROBES; probe++, hash = (hash + second) | 0) {
      const bit = hash & (BITS - 1);
      if (((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

const SEED_A = 0x811c9dc5 | 0;
const SEED_B = 0x9747b28c | 0;
const PRIME_A = 0x01000193;
const PRIME_B = 0x85ebca6b | 0;

/** The store writes half of a surrogate pair as U+FFFD, so the filter takes each half for it. */
function unitAt(key: string, at: number): number {
  const unit = key.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdfff ? 0xfffd : unit;
}

function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
