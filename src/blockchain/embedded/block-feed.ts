/** Gives blocks by number from the file, coming ones when they are applied. */
import { ChainDamaged, type BlockFile } from './block-file.ts';
import type { StateStore } from './state-store.ts';

/** Blocks in order, as bytes. */
export class BlockFeed {
  readonly #file: BlockFile;
  readonly #store: StateStore;
  #height: number;
  #wake = Promise.withResolvers<undefined>();
  #closed = false;

  constructor(file: BlockFile, store: StateStore, height: number) {
    this.#file = file;
    this.#store = store;
    this.#height = height;
  }

  /** Takes the next applied block. */
  push(number: number): void {
    this.#height = number + 1;
    this.#notify();
  }

  /** The block's bytes, null when the height is not reached. */
  async read(number: number): Promise<Buffer | null> {
    if (number >= this.#height) return null;
    const place = this.#store.block(number);
    return place && this.#file.read(place);
  }

  /** Every block there is now, from block 0 on, read from the file. @throws ChainDamaged at the first damaged block */
  async *stored(): AsyncGenerator<Buffer> {
    const height = this.#height;
    for (let number = 0; number < height; number++) {
      const place = this.#store.block(number);
      if (!place) throw new ChainDamaged(`block ${number} is not in the index`);
      yield await this.#file.read(place);
    }
  }

  /** Waits until block `number` is there. @returns false when the feed was closed or `signal` aborted before */
  async waitFor(number: number, signal: AbortSignal): Promise<boolean> {
    const aborted = Promise.withResolvers<undefined>();
    const abort = (): void => aborted.resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    try {
      while (number >= this.#height && !this.#closed && !signal.aborted) {
        await Promise.race([this.#wake.promise, aborted.promise]);
      }
    } finally {
      signal.removeEventListener('abort', abort);
    }
    return number < this.#height && !this.#closed && !signal.aborted;
  }

  /** Ends every wait. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = Promise.withResolvers<undefined>();
    wake.resolve(undefined);
  }
}
