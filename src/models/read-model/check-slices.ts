/**
 * The check of the read model for a platform that runs: a slice at a time, in bounded memory, whatever the length of the ledger.
 * Two walks that wrap around: over the stored documents, each compared with what its own block gives (altered, surplus), and
 * over the blocks, each of whose documents must be there at least as new (missing, set back). What seems to differ is looked
 * at again by deriving all blocks, so that a slice raises no false alarm.
 */
import type { Connection } from 'mongoose';
import type { Ledger, LedgerBlock } from '../../blockchain/ledger.port.ts';
import { digestOf, differingFields } from './canonical.ts';
import type { ReadModelDifference } from './check-report.ts';
import { confirmSuspects, keyOf, type DocumentKey } from './check.ts';
import { Checkpoints } from './checkpoints.ts';
import { deriveBlock } from './derive.ts';
import { Facts } from './facts.ts';
import { loadLastingFacts, loadMissingFacts } from './facts-loader.ts';
import { readModelNames, type ReadModelName } from './read-models.ts';
import type { DocumentWrite } from './record-projections.ts';
import { nativeCollection, type Row } from './write-batch.ts';

/** Where both walks stand: the next block, and the model and last document looked at. */
export interface CheckPosition {
  readonly block: number;
  readonly model: ReadModelName;
  readonly lastId: string;
}
/** What one slice looked at and found. */
export interface SliceReport {
  readonly next: CheckPosition;
  readonly blocks: number;
  readonly documents: number;
  readonly differences: readonly ReadModelDifference[];
}

/** What a slice works with. */
export interface SliceDeps {
  readonly ledger: Ledger;
  readonly connection: Connection;
  /** Of one slice; 50 blocks, 300 documents unless told. */
  readonly size?: SliceSize;
}

/** How much a slice looks at: blocks and documents at most, and of each walk's blocks no further one after so many writes. */
export interface SliceSize {
  readonly blocks: number;
  readonly documents: number;
  readonly writes?: number;
}

const FIRST = readModelNames[0] ?? 'block';
/** Where the first slice begins. */
export const firstPosition: CheckPosition = { block: 0, model: FIRST, lastId: '' };
const SIZE: SliceSize = { blocks: 50, documents: 300 };
/** Blocks under load hold hundreds of writes, and deriving them must not take a processor from the pages. */
const WRITES = 2_000;

/**
 * Looks at the slice at a position.
 * @throws whatever ledger and database throw
 */
export async function checkSlice(deps: SliceDeps, from: CheckPosition): Promise<SliceReport> {
  const size = deps.size ?? SIZE;
  const shown = await new Checkpoints(deps.connection, deps.ledger.channel).height();
  const first = from.block < shown ? from.block : 0;
  const numbers = Array.from({ length: Math.min(shown - first, size.blocks) }, (_, at) => first + at);
  const walked = await blocksWithin(deps.ledger, numbers, size.writes ?? WRITES);
  const until = first + walked.length;
  const found = await nextDocuments(deps.connection, from, size);
  // What a projector writes beyond `shown` meanwhile belongs to a later slice.
  const isSettled = (row: Row): boolean => blockOf(row) < shown;
  const named = [...new Set(found.rows.filter(isSettled).map(blockOf))];
  const ofRows = await blocksWithin(deps.ledger, named, size.writes ?? WRITES);
  const stored = upTo(
    found,
    (row) => isSettled(row) && !ofRows.some(({ number }) => number === blockOf(row)),
  );
  const settled = stored.rows.filter(isSettled);
  const { height } = await deps.ledger.info();
  const derived = await derive(deps, [...walked, ...ofRows]);
  const ofBlocks = await missing(
    deps.connection,
    walked.flatMap(({ number }) => derived.get(number) ?? []),
  );
  const ofDocuments = settled.flatMap((row) => suspect(stored.model, row, derived.get(blockOf(row)) ?? []));
  const foreign = stored.rows
    .filter((row) => blockOf(row) >= height)
    .map((row) => keyOf(stored.model, row._id));
  const suspects = [...new Set([...ofBlocks, ...ofDocuments, ...foreign])];
  return {
    next: { block: until >= shown ? 0 : until, ...stored.next },
    blocks: walked.length,
    documents: stored.rows.length,
    differences: suspects.length === 0 ? [] : await confirmSuspects({ ...deps, graceMs: 0 }, suspects),
  };
}

interface Stored {
  readonly model: ReadModelName;
  readonly rows: readonly Row[];
  readonly next: Pick<CheckPosition, 'model' | 'lastId'>;
}

/** The documents after a position, of one model, that come from so many blocks; models without any are passed over. */
async function nextDocuments(connection: Connection, from: CheckPosition, size: SliceSize): Promise<Stored> {
  let at = Math.max(0, readModelNames.indexOf(from.model));
  let lastId = from.lastId;
  for (let passed = 0; passed <= readModelNames.length; passed += 1) {
    const model = readModelNames[at] ?? FIRST;
    const found = await nativeCollection(connection, model)
      .find({ _id: { $gt: lastId } }, { useBigInt64: true })
      .sort({ _id: 1 })
      .limit(size.documents)
      .toArray();
    at = (at + 1) % readModelNames.length;
    lastId = '';
    const rows = fromFewBlocks(found, size.blocks);
    const isEnd = found.length < size.documents && rows.length === found.length;
    const next = isEnd ? { model: readModelNames[at] ?? FIRST, lastId } : { model, lastId: lastIdOf(rows) };
    if (rows.length > 0) return { model, rows, next };
  }
  return { model: FIRST, rows: [], next: { model: FIRST, lastId: '' } };
}

/** The documents before the first that is left for the next slice. */
function upTo(stored: Stored, isLeft: (row: Row) => boolean): Stored {
  const end = stored.rows.findIndex(isLeft);
  if (end === -1) return stored;
  const rows = stored.rows.slice(0, end);
  return { model: stored.model, rows, next: { model: stored.model, lastId: lastIdOf(rows) } };
}

/** The first of these blocks, until they hold so many writes; at least one. */
async function blocksWithin(
  ledger: Ledger,
  numbers: readonly number[],
  limit: number,
): Promise<readonly LedgerBlock[]> {
  const blocks: LedgerBlock[] = [];
  let writes = 0;
  for (const number of numbers) {
    const block = await ledger.block(number);
    if (block === null || writes >= limit) break;
    blocks.push(block);
    writes += block.transactions.reduce((sum, tx) => sum + tx.writes.length, 0);
  }
  return blocks;
}

function fromFewBlocks(rows: readonly Row[], limit: number): readonly Row[] {
  const blocks = new Set<number>();
  const end = rows.findIndex((row) => blocks.add(blockOf(row)).size > limit);
  return end === -1 ? rows : rows.slice(0, end);
}

function lastIdOf(rows: readonly Row[]): string {
  return rows.at(-1)?._id ?? '';
}

function blockOf(row: Row): number {
  const block = Number(row['block']);
  return Number.isSafeInteger(block) && block >= 0 ? block : Number.MAX_SAFE_INTEGER;
}

/** What each of these blocks gives; a draft's write gives all its legs, since what was before it is not known here. */
async function derive(
  { connection }: SliceDeps,
  several: readonly LedgerBlock[],
): Promise<Map<number, readonly DocumentWrite[]>> {
  const byNumber = new Map(several.map((block) => [block.number, block]));
  const blocks = [...byNumber.values()].sort((a, b) => a.number - b.number);
  const facts = new Facts({ everyLeg: true });
  await loadLastingFacts(connection, facts);
  await loadMissingFacts(connection, blocks, facts);
  return new Map(blocks.map((block) => [block.number, deriveBlock(block, facts).writes]));
}

/** A stored document that the block it names does not give. */
function suspect(model: ReadModelName, row: Row, writes: readonly DocumentWrite[]): DocumentKey[] {
  const write = writes.findLast((one) => one.model === model && one.id === row._id && one.ver === row.ver);
  const doc = write?.doc ?? null;
  return doc !== null && isSame(doc, row) ? [] : [keyOf(model, row._id)];
}

/** Documents of these writes that are not stored, or older than the write. */
async function missing(connection: Connection, writes: readonly DocumentWrite[]): Promise<DocumentKey[]> {
  const found: DocumentKey[] = [];
  for (const model of readModelNames) {
    const newest = new Map(writes.flatMap((one) => (one.model === model ? [[one.id, one] as const] : [])));
    if (newest.size === 0) continue;
    const rows = await nativeCollection(connection, model)
      .find({ _id: { $in: [...newest.keys()] } }, { useBigInt64: true })
      .toArray();
    const stored = new Map(rows.map((row) => [row._id, row]));
    for (const write of newest.values())
      if (write.doc !== null && !isShown(write, stored.get(write.id))) found.push(keyOf(model, write.id));
  }
  return found;
}

function isShown({ model, ver, doc }: DocumentWrite, row: Row | undefined): boolean {
  if (row === undefined) return false;
  if (row.ver >= ver) return true;
  // A leg keeps the version of its own last change, which came before this write of its draft.
  return model === 'leg' && doc !== null && isSame({ ...doc, ...placeOf(row) }, row);
}

function placeOf({ ver, block, txIndex, txId, updatedAt }: Row): object {
  return { ver, block, txIndex, txId, updatedAt };
}

function isSame(expected: object, row: Row): boolean {
  return digestOf(expected) === digestOf(row) || differingFields(expected, row).length === 0;
}
