/** What the ledger says about a benchmark's flows: which were matched, and when. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { eventEnvelope, type DomainEvent } from '#kernel/records/events.ts';
import { connectEmbeddedLedger } from '../../src/blockchain/embedded/client.ts';
import type { Ledger, LedgerTransaction } from '../../src/blockchain/ledger.port.ts';

const run = z.object({ env: z.object({ LEDGER_SOCKET: z.string(), CHANNEL: z.string().optional() }) });

const together = z.object({ entries: z.array(z.unknown()) });

/** What the blocks say. */
export interface Matches {
  /** Serial numbers that were matched. */
  readonly serials: ReadonlySet<string>;
  /** When the ledger made the block of the last one, ms since epoch. */
  readonly lastMs: number;
  /** Flows that were brought once more: harmless, and work for nothing. */
  readonly repeated: number;
  /** Transactions that brought flows and were valid. */
  readonly transactions: number;
  /** Transactions that brought flows and were void, since another had written what they read. */
  readonly conflicts: number;
}

/** The ledger of a running platform, to read from. */
export async function openBenchLedger(folder: string): Promise<Ledger> {
  const { env } = run.parse(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')));
  return connectEmbeddedLedger({ socketPath: env.LEDGER_SOCKET, channel: env.CHANNEL ?? 'fupin' });
}

/** Matches in blocks from a height on, up to the present one. */
export async function matchesSince(ledger: Ledger, height: number): Promise<Matches> {
  const { height: end } = await ledger.info();
  const serials = new Set<string>();
  const found = { serials, lastMs: 0, repeated: 0, transactions: 0, conflicts: 0 };
  if (end === height) return found;
  const stop = new AbortController();
  for await (const block of ledger.blocks(height, stop.signal)) {
    for (const tx of block.transactions) {
      const matched = matchedBy(tx);
      if (matched.length > 0) found.lastMs = block.timestampMs;
      for (const serialNo of matched) serials.add(serialNo);
      const brought = flowsIn(tx);
      if (brought === 0) continue;
      found[tx.code === 'VALID' ? 'transactions' : 'conflicts'] += 1;
      if (tx.code === 'VALID') found.repeated += brought - eventsOf(tx, 'flow.ingested').length;
    }
    if (block.number === end - 1) break;
  }
  stop.abort();
  return found;
}

/** Tells matches as they come, from now on until the signal. @param told gets the serial number */
export async function watchMatches(
  ledger: Ledger,
  told: (serialNo: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { height } = await ledger.info();
  for await (const { transactions } of ledger.blocks(height, signal))
    for (const tx of transactions) matchedBy(tx).forEach(told);
}

/** Serial numbers that a transaction matched: of flows that it brought, or of such as had waited for them. */
export function matchedBy(tx: LedgerTransaction): string[] {
  if (tx.code !== 'VALID') return [];
  return eventsOf(tx, 'leg.matched').flatMap(({ subject: { flowKey } }) =>
    flowKey === undefined ? [] : [serialOf(flowKey)],
  );
}

function eventsOf({ event }: LedgerTransaction, wanted: string): DomainEvent[] {
  if (event === null) return [];
  const { events } = eventEnvelope.parse(JSON.parse(event.payload));
  return events.filter(({ type }) => type === wanted);
}

/** How many flows a transaction brought, alone or together. */
function flowsIn({ fn, args }: LedgerTransaction): number {
  if (fn === 'ingest') return 1;
  return fn === 'ingestAll' ? together.parse(JSON.parse(args[0] ?? '')).entries.length : 0;
}

/** The serial number in a flow's key. */
export function serialOf(flowKey: string): string {
  return flowKey.split('~')[4] ?? '';
}
