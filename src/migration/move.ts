/** The move of a state to a new ledger: proposed, approved, imported chunk by chunk, compared. Each step may be repeated. */
import type { Ledger, LedgerIdentity } from '../blockchain/ledger.port.ts';
import { MIGRATION_CONTRACT } from '../blockchain/archived-ledger.ts';
import type { Migration, MigrationEntry, MigrationPlan } from '#kernel/records/migration.ts';
import { chunksOf, compareStates, planOf, sourceOf, stateOf, type StateComparison } from './ledger-state.ts';

/** Both ledgers. */
export interface MoveDeps {
  readonly earlier: Ledger;
  readonly later: Ledger;
}

/** What is to be moved. */
export interface Baggage {
  readonly plan: MigrationPlan;
  readonly chunks: readonly MigrationEntry[][];
}

/** Reads the earlier ledger from its first block. */
export async function pack(earlier: Ledger): Promise<Baggage> {
  const source = await sourceOf(earlier);
  const chunks = chunksOf(await stateOf(earlier, source.height));
  return { plan: planOf(source, chunks), chunks };
}

/** Proposes the plan as its first person. @throws LedgerRefusal ALREADY_BOOTSTRAPPED, WRONG_STATE or a right */
export async function propose(later: Ledger, plan: MigrationPlan, by: LedgerIdentity): Promise<void> {
  await call(later, 'propose', { requestId: `move-p-${plan.digest.slice(0, 32)}`, ...plan }, by);
}

/** Approves exactly this plan as its second person. @throws LedgerRefusal CONTENT_CHANGED, SAME_PERSON or a right */
export async function approve(later: Ledger, plan: MigrationPlan, by: LedgerIdentity): Promise<void> {
  const { digest, source } = plan;
  const args = {
    requestId: `move-a-${digest.slice(0, 32)}`,
    digest,
    lastBlockHash: source.lastBlockHash,
  };
  await call(later, 'approve', args, by);
}

/** How far the move is; null when none was proposed. */
export async function progressOf(later: Ledger, by: LedgerIdentity): Promise<Migration | null> {
  const answer = await later.evaluate({ contract: MIGRATION_CONTRACT, fn: 'read', args: ['{}'] }, by);
  return JSON.parse(answer) as Migration | null;
}

/**
 * Imports what is not imported yet.
 * @param onChunk hears how many of how many chunks are there
 * @throws LedgerRefusal when it was not approved, or is not what was approved
 */
export async function importAll(
  later: Ledger,
  { plan, chunks }: Baggage,
  by: LedgerIdentity,
  onChunk: (done: number, all: number) => void,
): Promise<void> {
  const found = await progressOf(later, by);
  if (found?.state === 'DONE' && found.digest === plan.digest) return;
  for (let chunk = found?.nextChunk ?? 0; chunk < chunks.length; chunk++) {
    const entries = chunks[chunk];
    const requestId = `move-${chunk}-${plan.digest.slice(0, 32)}`;
    await call(later, 'importChunk', { requestId, chunk, entries }, by);
    onChunk(chunk + 1, chunks.length);
  }
}

/** Holds what the imports wrote against the earlier ledger's state. The later ledger may have moved on meanwhile. */
export async function compare({ earlier, later }: MoveDeps): Promise<StateComparison> {
  const [{ height: left }, { height: right }] = [await earlier.info(), await later.info()];
  const isImport = ({ contract, fn }: { contract: string; fn: string }): boolean =>
    contract === MIGRATION_CONTRACT && fn === 'importChunk';
  const imported = new Map(await stateOf(later, right, isImport));
  // The imports' own request ids and their progress are no part of the earlier state.
  for (const key of imported.keys()) if (isOwnKey(key)) imported.delete(key);
  return compareStates(await stateOf(earlier, left), imported);
}

function isOwnKey(key: string): boolean {
  return (
    key.startsWith('\u0000MIGRATION\u0000') || /^\u0000REQ\u0000move-(p|a|\d+)-[0-9a-f]{32}\u0000$/.test(key)
  );
}

async function call(ledger: Ledger, fn: string, args: object, by: LedgerIdentity): Promise<void> {
  await ledger.submit({ contract: MIGRATION_CONTRACT, fn, args: [JSON.stringify(args)] }, by);
}
