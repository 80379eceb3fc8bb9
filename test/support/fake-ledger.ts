/** A ledger in memory: blocks are appended by the test, chained by hash, and followed as on a real one. */
import { createHash } from 'node:crypto';
import type {
  Ledger,
  LedgerBlock,
  LedgerInfo,
  LedgerTransaction,
  ValidationCode,
} from '../../src/blockchain/ledger.port.ts';
import type { DomainEvent } from '#kernel/records/events.ts';
import { compositeKey } from '#kernel/records/keys.ts';
import type { ObjectType } from '#kernel/records/keys.ts';

/** One write of a test transaction; value null deletes. */
export interface FakeWrite {
  readonly type: ObjectType;
  readonly parts: readonly string[];
  readonly value: unknown;
}

/** What a test says about a transaction; the rest has defaults. */
export interface FakeTransaction {
  readonly id: string;
  readonly contract?: string;
  readonly fn?: string;
  readonly code?: ValidationCode;
  readonly writes?: readonly FakeWrite[];
  readonly events?: readonly (Pick<DomainEvent, 'type' | 'subject'> & Partial<DomainEvent>)[];
  readonly certificate?: string;
  readonly timestampMs?: number;
}

const START_MS = Date.UTC(2026, 10, 20, 1, 0, 0);

/** The fake; only what a projector asks for is answered. */
export class FakeLedger implements Ledger {
  readonly channel = 'fupin';
  readonly #blocks: LedgerBlock[] = [];
  readonly #salt: string;
  #appended = Promise.withResolvers<undefined>();

  /** @param salt two ledgers with different salts have different hashes */
  constructor(salt = '') {
    this.#salt = salt;
  }

  /** Appends one block and returns it. */
  append(transactions: readonly FakeTransaction[]): LedgerBlock {
    const number = this.#blocks.length;
    const previousHash = this.#blocks.at(-1)?.hash ?? '';
    const ledgerTransactions = transactions.map(transactionOf);
    const dataHash = sha256(JSON.stringify(ledgerTransactions));
    const block: LedgerBlock = {
      number,
      previousHash,
      dataHash,
      hash: sha256(`${this.#salt}${number}${previousHash}${dataHash}`),
      timestampMs: START_MS + number * 1000,
      transactions: ledgerTransactions,
    };
    this.#blocks.push(block);
    this.#appended.resolve(undefined);
    this.#appended = Promise.withResolvers<undefined>();
    return block;
  }

  async *blocks(from: number, signal: AbortSignal): AsyncGenerator<LedgerBlock> {
    const aborted = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const hasEnded = (): boolean => signal.aborted;
    for (let next = from; ; next += 1) {
      let block = this.#blocks[next];
      while (block === undefined && !hasEnded()) {
        await Promise.race([this.#appended.promise, aborted]);
        block = this.#blocks[next];
      }
      if (block === undefined || hasEnded()) return;
      yield structuredClone(block);
    }
  }

  block(number: number): Promise<LedgerBlock | null> {
    return Promise.resolve(this.#blocks[number] ?? null);
  }

  info(): Promise<LedgerInfo> {
    return Promise.resolve({
      channel: this.channel,
      height: this.#blocks.length,
      currentBlockHash: this.#blocks.at(-1)?.hash ?? '',
      kind: 'embedded',
      contracts: [],
    });
  }

  submit(): never {
    throw new Error('a fake ledger takes no transactions');
  }

  evaluate(): never {
    throw new Error('a fake ledger answers no queries');
  }

  transactionStatus(): never {
    throw new Error('a fake ledger knows no status');
  }

  transaction(): never {
    throw new Error('a fake ledger gives no proof');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function transactionOf(tx: FakeTransaction): LedgerTransaction {
  const events = (tx.events ?? []).map((event) => ({ orgIds: [], division: '', ...event }));
  return {
    transactionId: tx.id,
    code: tx.code ?? 'VALID',
    contract: tx.contract ?? 'reconciliation',
    fn: tx.fn ?? 'ingest',
    args: [],
    creator: { mspId: 'ProvinceMSP', certificate: tx.certificate ?? '' },
    timestampMs: tx.timestampMs ?? START_MS,
    result: '',
    reads: [],
    writes: (tx.writes ?? []).map(({ type, parts, value }) => ({
      key: compositeKey(type, parts),
      value: value === null ? null : JSON.stringify(value),
    })),
    event: events.length === 0 ? null : { name: 'fupin', payload: JSON.stringify({ v: 1, events }) },
    signature: '',
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
