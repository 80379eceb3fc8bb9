/** Orders simulated transactions, validates them, closes blocks, makes them durable and applies them to the state. */
import { LedgerConflict, LedgerRefusal, LedgerUnavailable, LedgerUnknownOutcome } from '../ledger.port.ts';
import type { Committed, ValidationCode } from '../ledger.port.ts';
import { bytesAt, endOf, type BlockFile, type BlockPlace } from './block-file.ts';
import { NO_BLOCK_HASH, sealBlock, type SealedBlock } from './block.codec.ts';
import { ByteWriter } from './bytes.codec.ts';
import { ConflictWindow } from './conflict-window.ts';
import type { Endorsed } from './endorser.ts';
import type { StateStore } from './state-store.ts';
import { codeToByte, decodeReadWriteSet, type StateWrite } from './transaction.codec.ts';

const MAX_BLOCK_TRANSACTIONS = 500;
const MAX_BLOCK_BYTES = 2 << 20;
/** While at least so many transactions are on their way here, a block waits until it holds as many, but no longer than this. */
const BUSY_TRANSACTIONS = 32;
const BUSY_WAIT_MS = 10;

/** One ordered transaction and the caller that waits for it. */
interface Ordered {
  readonly transactionId: string;
  readonly code: ValidationCode;
  readonly body: Buffer;
  readonly bodyHash: Buffer;
  readonly result: string;
  readonly writes: readonly StateWrite[];
  readonly settle: (outcome: Committed | Error) => void;
}

interface OpenBlock {
  readonly number: number;
  readonly entries: Ordered[];
  bytes: number;
}

/** Where the chain ends. */
export interface ChainHead {
  readonly height: number;
  /** Hash of the last block, 32 bytes; zeroes before the first. */
  readonly hash: Buffer;
}

/** What the committer works with. */
export interface CommitterDeps {
  readonly channel: string;
  readonly file: BlockFile;
  readonly store: StateStore;
  readonly now: () => number;
  /** How many transactions are being simulated. */
  readonly running: () => number;
  /** Called for each block, in order, after it is durable and applied and before its callers are answered. */
  readonly onBlock: (number: number) => void;
  /** Called once when the disk refuses: nothing more can be committed. */
  readonly onFailure: (error: Error) => void;
}

/** The one place that writes the chain. Blocks are written, applied and told in their order. */
export class Committer {
  readonly #deps: CommitterDeps;
  readonly #window = new ConflictWindow();
  readonly #recentIds = new Set<string>();
  readonly #recentBlocks: { readonly number: number; readonly ids: string[] }[] = [];
  readonly #queue: OpenBlock[] = [];
  /** Memory of the blocks that are written together; one write ends before the next begins. */
  readonly #writers: ByteWriter[] = [];
  #sealed: ChainHead;
  #applied: ChainHead;
  #nextNumber: number;
  #writing: Promise<void> | null = null;
  /** Ends the wait for more transactions. */
  #endWait: (() => void) | null = null;
  #applying: Promise<void> = Promise.resolve();
  #failure: Error | null = null;

  constructor(deps: CommitterDeps, head: ChainHead) {
    this.#deps = deps;
    this.#sealed = head;
    this.#applied = head;
    this.#nextNumber = head.height;
  }

  /** The chain as far as it is durable and applied. */
  get head(): ChainHead {
    return this.#applied;
  }

  /**
   * Orders a transaction and waits until its block is durable and applied.
   * @throws LedgerConflict committed invalid
   * @throws LedgerRefusal DUPLICATE_TRANSACTION
   * @throws LedgerUnavailable the disk refused; nothing was applied
   */
  async order(endorsed: Endorsed): Promise<Committed> {
    const { transactionId } = endorsed;
    if (this.#failure) throw new LedgerUnavailable('the ledger cannot write', { cause: this.#failure });
    if (this.#recentIds.has(transactionId)) {
      throw new LedgerRefusal('DUPLICATE_TRANSACTION', 'the transaction is already in a block', {
        transactionId,
      });
    }
    return new Promise((resolve, reject) => {
      this.#accept(endorsed, (outcome) => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    });
  }

  /** Lets go of what no running simulation can conflict with. @param basis the oldest basis still running */
  forgetBelow(basis: number): void {
    const floor = Math.min(basis, this.#applied.height);
    this.#window.forgetBelow(floor);
    while (this.#recentBlocks[0] && this.#recentBlocks[0].number < floor) {
      for (const id of this.#recentBlocks.shift()?.ids ?? []) this.#recentIds.delete(id);
    }
  }

  /** Waits until everything ordered so far is applied. */
  async drain(): Promise<void> {
    while (this.#writing) await this.#writing;
    await this.#applying;
  }

  #accept(endorsed: Endorsed, settle: Ordered['settle']): void {
    const set = decodeReadWriteSet(endorsed.body);
    const code = this.#window.validate(set, endorsed.basis);
    const block = this.#openBlock();
    const writes = code === 'VALID' ? set.writes : [];
    this.#window.note([block.number, block.entries.length], writes);
    this.#recentIds.add(endorsed.transactionId);
    this.#recentBlocks.at(-1)?.ids.push(endorsed.transactionId);
    const { transactionId, body, bodyHash } = endorsed;
    block.entries.push({ transactionId, code, body, bodyHash, result: set.result, writes, settle });
    block.bytes += body.length;
    if (block.entries.length >= BUSY_TRANSACTIONS) this.#endWait?.();
    this.#writing ??= this.#write();
  }

  #openBlock(): OpenBlock {
    let block = this.#queue.at(-1);
    if (!block || block.entries.length >= MAX_BLOCK_TRANSACTIONS || block.bytes >= MAX_BLOCK_BYTES) {
      block = { number: this.#nextNumber++, entries: [], bytes: 0 };
      this.#queue.push(block);
      this.#recentBlocks.push({ number: block.number, ids: [] });
    }
    return block;
  }

  /** Writes queued blocks, all that wait with one sync, while the blocks before them are applied. */
  async #write(): Promise<void> {
    // What arrives in the same turn belongs to the same block.
    await new Promise(setImmediate);
    try {
      while (this.#queue.length > 0) {
        await this.#gather();
        await this.#writeNext(this.#queue.splice(0));
      }
    } finally {
      this.#writing = null;
    }
  }

  /** Every block costs two waits for the disk, so under load many transactions share one. */
  async #gather(): Promise<void> {
    const waiting = this.#queue.reduce((sum, block) => sum + block.entries.length, 0);
    if (waiting >= BUSY_TRANSACTIONS || this.#deps.running() < BUSY_TRANSACTIONS) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, BUSY_WAIT_MS);
      this.#endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endWait = null;
  }

  async #writeNext(blocks: readonly OpenBlock[]): Promise<void> {
    const sealed = blocks.map((block, index) =>
      this.#seal(block, (this.#writers[index] ??= new ByteWriter())),
    );
    const places = await this.#append(sealed, blocks);
    await this.#applying;
    if (places) this.#applying = this.#applyAll(blocks, sealed, places);
  }

  async #append(sealed: readonly SealedBlock[], blocks: readonly OpenBlock[]): Promise<BlockPlace[] | null> {
    try {
      if (this.#failure) throw this.#failure;
      return await this.#deps.file.append(sealed.map((block) => block.bytes));
    } catch (error) {
      const cause = this.#fail(error);
      settleAll(blocks, () => new LedgerUnavailable('the ledger cannot write', { cause }));
      return null;
    }
  }

  #seal(block: OpenBlock, writer: ByteWriter): SealedBlock {
    const header = {
      channel: this.#deps.channel,
      number: block.number,
      previousHash: block.number === 0 ? NO_BLOCK_HASH : this.#sealed.hash,
      timestampMs: this.#deps.now(),
    };
    const sealed = sealBlock(header, block.entries, writer);
    this.#sealed = { height: block.number + 1, hash: sealed.hash };
    return sealed;
  }

  async #applyAll(
    blocks: readonly OpenBlock[],
    sealed: readonly SealedBlock[],
    places: readonly BlockPlace[],
  ): Promise<void> {
    for (const [index, block] of blocks.entries()) {
      const bytes = sealed[index];
      const place = places[index];
      if (bytes && place) await this.#applyOrFail(block, bytes, place);
    }
  }

  async #applyOrFail(block: OpenBlock, sealed: SealedBlock, place: BlockPlace): Promise<void> {
    try {
      if (this.#failure) throw this.#failure;
      await this.#apply(block, sealed, place);
    } catch (error) {
      // The block is in the chain and will be applied at the next start.
      const cause = this.#fail(error);
      settleAll([block], (entry) => new LedgerUnknownOutcome(entry.transactionId, cause));
    }
  }

  async #apply(block: OpenBlock, sealed: SealedBlock, place: BlockPlace): Promise<void> {
    const height = block.number + 1;
    await this.#deps.store.apply({
      block: block.number,
      place,
      savepoint: { height, end: endOf(place), lastHash: sealed.hash.toString('hex') },
      transactions: block.entries.map(({ transactionId, code, body, writes }, index) => ({
        transactionId,
        index,
        codeByte: codeToByte(code),
        body,
        bodyAt: bytesAt(place) + (sealed.bodiesAt[index] ?? 0),
        writes,
      })),
    });
    this.#applied = { height, hash: sealed.hash };
    this.#deps.onBlock(block.number);
    settleAll([block], (entry) => outcomeOf(entry, block.number));
  }

  #fail(error: unknown): Error {
    if (this.#failure) return this.#failure;
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#deps.onFailure(this.#failure);
    return this.#failure;
  }
}

function settleAll(blocks: readonly OpenBlock[], outcome: (entry: Ordered) => Committed | Error): void {
  for (const block of blocks) for (const entry of block.entries) entry.settle(outcome(entry));
}

function outcomeOf(entry: Ordered, blockNumber: number): Committed | LedgerConflict {
  const { transactionId, code, result } = entry;
  return code === 'VALID' ? { transactionId, blockNumber, result } : new LedgerConflict(code, transactionId);
}
