/** A ledger's state as its blocks give it, cut into the chunks that carry it to another ledger, and two of them compared. */
import type { Ledger, LedgerTransaction } from '../blockchain/ledger.port.ts';
import { blocksBetween } from '../blockchain/projector/block-stream.ts';
import { sha256Hex } from '#kernel/canonical-json.ts';
import { splitCompositeKey } from '#kernel/records/keys.ts';
import { firstDigest, nextDigest } from '#kernel/records/migration.ts';
import type { MigrationEntry, MigrationPlan, MigrationSource } from '#kernel/records/migration.ts';

const CHUNK_ENTRIES = 400;
const CHUNK_CHARACTERS = 200_000;

/** The present value of every key. */
export type LedgerState = ReadonlyMap<string, string>;

/** Names the ledger as it stands now. */
export async function sourceOf(ledger: Ledger): Promise<MigrationSource> {
  const { channel, height, currentBlockHash } = await ledger.info();
  return { channel, height, lastBlockHash: currentBlockHash };
}

/**
 * Folds the writes of the valid transactions, in order.
 * @param height number of blocks to read
 * @param counts which transactions' writes are taken; all by default
 */
export async function stateOf(
  ledger: Ledger,
  height: number,
  counts: (transaction: LedgerTransaction) => boolean = () => true,
): Promise<LedgerState> {
  const state = new Map<string, string>();
  for await (const block of blocksBetween(ledger, { from: 0, until: height })) {
    for (const transaction of block.transactions) {
      if (transaction.code !== 'VALID' || !counts(transaction)) continue;
      for (const { key, value } of transaction.writes) {
        if (value === null) state.delete(key);
        else state.set(key, value);
      }
    }
  }
  return state;
}

/** Entries in key order, cut so that each chunk fits one transaction. */
export function chunksOf(state: LedgerState): MigrationEntry[][] {
  const chunks: MigrationEntry[][] = [];
  let characters = Infinity;
  for (const entry of [...state].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const size = entry[0].length + entry[1].length;
    const last = chunks.at(-1);
    if (last && last.length < CHUNK_ENTRIES && characters + size <= CHUNK_CHARACTERS) {
      last.push(entry);
      characters += size;
    } else {
      chunks.push([entry]);
      characters = size;
    }
  }
  return chunks;
}

/** What two persons approve for these chunks. */
export function planOf(source: MigrationSource, chunks: readonly MigrationEntry[][]): MigrationPlan {
  const digest = chunks.reduce((running, entries) => nextDigest(running, entries), firstDigest(source));
  const entries = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { source, entries, chunks: chunks.length, digest };
}

/** What was found of one type of record. Sums are of every field that holds fen. */
export interface TypeTotals {
  readonly type: string;
  readonly records: number;
  readonly fen: bigint;
}

/** Two states held against each other. */
export interface StateComparison {
  readonly isSame: boolean;
  /** Keys that are missing, extra or of another value: at most ten. */
  readonly differing: readonly string[];
  readonly totals: readonly TypeTotals[];
  /** SHA-256 over all keys and values of each state, hex. */
  readonly digests: readonly [string, string];
}

/** Compares key by key and value by value, and counts records and fen by type. */
export function compareStates(earlier: LedgerState, later: LedgerState): StateComparison {
  const keys = new Set([...earlier.keys(), ...later.keys()]);
  const differing = [...keys].filter((key) => earlier.get(key) !== later.get(key));
  return {
    isSame: differing.length === 0,
    differing: differing.slice(0, 10).map((key) => key.split('\u0000').filter(Boolean).join(' ~ ')),
    totals: totalsOf(later),
    digests: [digestOf(earlier), digestOf(later)],
  };
}

function digestOf(state: LedgerState): string {
  return sha256Hex(JSON.stringify([...state].sort(([left], [right]) => (left < right ? -1 : 1))));
}

function totalsOf(state: LedgerState): TypeTotals[] {
  const totals = new Map<string, { records: number; fen: bigint }>();
  for (const [key, value] of state) {
    const type = splitCompositeKey(key)?.type ?? '';
    const sum = totals.get(type) ?? { records: 0, fen: 0n };
    totals.set(type, { records: sum.records + 1, fen: sum.fen + fenIn(JSON.parse(value)) });
  }
  return [...totals]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([type, sum]) => ({ type, ...sum }));
}

/** The sum of every field whose name says that it holds fen. */
function fenIn(value: unknown): bigint {
  if (Array.isArray(value)) return value.reduce((sum: bigint, one: unknown) => sum + fenIn(one), 0n);
  if (typeof value !== 'object' || value === null) return 0n;
  return Object.entries(value).reduce((sum, [name, field]: [string, unknown]) => {
    const isFen = /^(Amount|.*Fen)$/.test(name) && typeof field === 'string' && /^-?\d+$/.test(field);
    return sum + (isFen ? BigInt(field) : fenIn(field));
  }, 0n);
}
