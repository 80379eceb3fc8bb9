/** A ledger that took over an earlier one's state: the earlier blocks come first, so that its history keeps showing. */
import type {
  Committed,
  Ledger,
  LedgerBlock,
  LedgerInfo,
  LedgerTransaction,
  TransactionProof,
  TransactionStatus,
} from './ledger.port.ts';

/** The contract whose imports carry the earlier state over. */
export const MIGRATION_CONTRACT = 'migration';

/** The earlier ledger as it was left. */
export interface Archive {
  readonly ledger: Ledger;
  /** Number of its blocks. */
  readonly height: number;
  /** Hash of its last block. */
  readonly hash: string;
}

/**
 * One chain of both: block n of the live ledger is shown as n + the archive's height, and its first block follows the
 * archive's last one. What the imports wrote is left out, since the archive's own blocks have written it.
 * @param live takes every call
 * @param archive is read alone
 */
export function withArchive(live: Ledger, archive: Archive): Ledger {
  const { height: offset } = archive;
  return {
    channel: live.channel,
    submit: async (call, identity) => shifted(await live.submit(call, identity), offset),
    evaluate: (call, identity) => live.evaluate(call, identity),
    transactionStatus: async (id) => {
      const status = await live.transactionStatus(id);
      return status.state === 'unknown' ? archive.ledger.transactionStatus(id) : shifted(status, offset);
    },
    blocks: (from, signal) => allBlocks(live, archive, { from, signal }),
    block: async (number) => {
      if (number < offset) return archive.ledger.block(number);
      const block = await live.block(number - offset);
      return block && shownBlock(block, archive);
    },
    transaction: async (id) => {
      const proof = await live.transaction(id);
      return proof === null ? archive.ledger.transaction(id) : shownProof(proof, archive);
    },
    info: async (): Promise<LedgerInfo> => {
      const info = await live.info();
      return { ...info, height: info.height + offset };
    },
    close: async () => {
      await Promise.all([live.close(), archive.ledger.close()]);
    },
  };
}

async function* allBlocks(
  live: Ledger,
  archive: Archive,
  { from, signal }: { readonly from: number; readonly signal: AbortSignal },
): AsyncGenerator<LedgerBlock> {
  let next = from;
  if (next < archive.height) {
    for await (const block of archive.ledger.blocks(next, signal)) {
      yield block;
      next = block.number + 1;
      if (next >= archive.height) break;
    }
  }
  if (signal.aborted) return;
  for await (const block of live.blocks(next - archive.height, signal)) yield shownBlock(block, archive);
}

function shownBlock(block: LedgerBlock, archive: Archive): LedgerBlock {
  return {
    ...block,
    ...shownHeader(block, archive),
    transactions: block.transactions.map((one) => shownTransaction(one, archive.height)),
  };
}

function shownHeader(
  { number, previousHash }: Pick<LedgerBlock, 'number' | 'previousHash'>,
  { height, hash }: Archive,
): Pick<LedgerBlock, 'number' | 'previousHash'> {
  return { number: number + height, previousHash: number === 0 ? hash : previousHash };
}

function shownTransaction(transaction: LedgerTransaction, offset: number): LedgerTransaction {
  const reads = transaction.reads.map(({ key, version }) => ({
    key,
    version: version && ([version[0] + offset, version[1]] as const),
  }));
  const isImport = transaction.contract === MIGRATION_CONTRACT;
  return { ...transaction, reads, ...(isImport ? { args: [], writes: [] } : {}) };
}

function shownProof(proof: TransactionProof, archive: Archive): TransactionProof {
  return {
    ...proof,
    block: { ...proof.block, ...shownHeader(proof.block, archive) },
    transaction: shownTransaction(proof.transaction, archive.height),
  };
}

function shifted<T extends Committed | TransactionStatus>(place: T, offset: number): T {
  return place.blockNumber === undefined ? place : { ...place, blockNumber: place.blockNumber + offset };
}
