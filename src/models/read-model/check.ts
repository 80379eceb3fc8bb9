/** The checker: derives the read model again from the blocks and compares every stored document with it. */
import type { Connection } from 'mongoose';
import type { Ledger } from '../../blockchain/ledger.port.ts';
import { differingFields, digestOf } from './canonical.ts';
import type { CheckReport, ReadModelDifference } from './check-report.ts';
import { confirmTallies, TallySums } from './check-tallies.ts';
import { Checkpoints } from './checkpoints.ts';
import { deriveBlock } from './derive.ts';
import type { Derived } from './derived.ts';
import { versionOf } from './derived.ts';
import { Facts } from './facts.ts';
import { readModelNames } from './read-models.ts';
import type { ReadModelName } from './read-models.ts';
import type { DocumentWrite } from './record-projections.ts';
import { nativeCollection } from './write-batch.ts';

/** What a check works with. */
export interface CheckDeps {
  readonly ledger: Ledger;
  readonly connection: Connection;
  /** How long a running projector may need to reach the height that the ledger has now, in ms; 10 s unless told. */
  readonly graceMs?: number;
}

/**
 * Compares the read model with the ledger. May run beside a projector: a document that changes meanwhile is looked at again.
 * @throws whatever ledger and database throw
 */
export async function checkReadModel(deps: CheckDeps): Promise<CheckReport> {
  const { ledger, connection } = deps;
  const checkpoints = new Checkpoints(connection, ledger.channel);
  const goal = (await ledger.info()).height;
  const shown = await reach(checkpoints, goal, deps.graceMs ?? GRACE_MS);
  const broken = await brokenCheckpoint(deps, checkpoints, goal);
  if (broken !== null) return { height: 0, documents: 0, differences: [broken] };
  const expected = await deriveDigests(ledger, shown);
  const sums = new TallySums();
  const suspects = await findSuspects(connection, expected, sums);
  const confirmed = suspects.length === 0 ? [] : await confirmSuspects(deps, suspects);
  const tallies = await differingTallies(deps, sums);
  const stale = shown < goal ? [{ kind: 'stale' as const, shown, ledger: goal }] : [];
  return { height: shown, documents: expected.size, differences: [...stale, ...confirmed, ...tallies] };
}

/** Kept counts and sums that differ from what the documents, and then the blocks, add up to. */
async function differingTallies(deps: CheckDeps, sums: TallySums): Promise<ReadModelDifference[]> {
  const { ledger, connection, graceMs = GRACE_MS } = deps;
  const { height: end } = await ledger.info();
  const suspects = await sums.suspects(connection, versionOf({ block: end, txIndex: 0 }));
  if (suspects.length === 0) return [];
  const height = await reach(new Checkpoints(connection, ledger.channel), end, graceMs);
  return confirmTallies(connection, suspects, {
    writes: derivedWrites(ledger, height),
    isInMotion: (ver) => isInMotion(ledger, height, ver),
  });
}

const GRACE_MS = 10_000;

/** A document as `model id`, since one id may name documents of several models. */
export type DocumentKey = `${ReadModelName} ${string}`;

/** The key of a document. */
export function keyOf(model: ReadModelName, id: string): DocumentKey {
  return `${model} ${id}`;
}

async function reach(checkpoints: Checkpoints, goal: number, graceMs: number): Promise<number> {
  const deadline = performance.now() + graceMs;
  for (;;) {
    const height = await checkpoints.height();
    if (height >= goal || performance.now() >= deadline) return height;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function brokenCheckpoint(
  { ledger }: CheckDeps,
  checkpoints: Checkpoints,
  goal: number,
): Promise<ReadModelDifference | null> {
  const row = await checkpoints.read();
  if (row === null || row.height === 0) return null;
  const block = await ledger.block(row.height - 1);
  return block?.hash === row.hash ? null : { kind: 'foreign', shown: row.height, ledger: goal };
}

async function deriveDigests(ledger: Ledger, height: number): Promise<Map<DocumentKey, string>> {
  const digests = new Map<DocumentKey, string>();
  for await (const { model, id, doc } of derivedWrites(ledger, height)) {
    if (doc === null) digests.delete(keyOf(model, id));
    else digests.set(keyOf(model, id), digestOf(doc));
  }
  return digests;
}

async function* derivedWrites(ledger: Ledger, height: number): AsyncGenerator<DocumentWrite> {
  const facts = new Facts();
  for (let number = 0; number < height; number += 1) {
    const block = await ledger.block(number);
    if (block !== null) yield* deriveBlock(block, facts).writes;
  }
}

/**
 * Documents whose digest differs, that are missing, or that no block gives; some may only have changed meanwhile.
 * @param sums take every document that is as it should be; those that are not are told by themselves
 */
async function findSuspects(
  connection: Connection,
  expected: ReadonlyMap<DocumentKey, string>,
  sums: TallySums,
): Promise<DocumentKey[]> {
  const suspects: DocumentKey[] = [];
  const missing = new Set(expected.keys());
  for (const model of readModelNames) {
    for await (const row of nativeCollection(connection, model).find({}, { useBigInt64: true })) {
      const key = keyOf(model, row._id);
      missing.delete(key);
      if (digestOf(row) === expected.get(key)) sums.add(model, row);
      else suspects.push(key);
    }
  }
  return [...suspects, ...missing];
}

/** Looks again at what seemed to differ, deriving all blocks to the height that the read model has by now. */
export async function confirmSuspects(
  { ledger, connection, graceMs = GRACE_MS }: CheckDeps,
  suspects: readonly DocumentKey[],
): Promise<ReadModelDifference[]> {
  const checkpoints = new Checkpoints(connection, ledger.channel);
  const height = await reach(checkpoints, (await ledger.info()).height, graceMs);
  const wanted = new Map<DocumentKey, Derived | null>(suspects.map((key) => [key, null]));
  for await (const { model, id, doc } of derivedWrites(ledger, height)) {
    if (wanted.has(keyOf(model, id))) wanted.set(keyOf(model, id), doc);
  }
  const found: ReadModelDifference[] = [];
  for (const [key, expected] of wanted) {
    const at = key.indexOf(' ');
    const [model, id] = [key.slice(0, at) as ReadModelName, key.slice(at + 1)];
    const row = await nativeCollection(connection, model).findOne({ _id: id }, { useBigInt64: true });
    if (row !== null && (await isInMotion(ledger, height, row.ver))) continue;
    found.push(...differenceOf(model, id, { expected, row }));
  }
  return found;
}

/** Whether a version belongs to a block that came after `height`; one that no block has is nobody's but a forger's. */
async function isInMotion(ledger: Ledger, height: number, ver: number): Promise<boolean> {
  if (ver < versionOf({ block: height, txIndex: 0 })) return false;
  return ver < versionOf({ block: (await ledger.info()).height, txIndex: 0 });
}

function differenceOf(
  model: ReadModelName,
  id: string,
  { expected, row }: { readonly expected: Derived | null; readonly row: object | null },
): ReadModelDifference[] {
  if (row === null) return expected === null ? [] : [{ kind: 'missing', model, id }];
  if (expected === null) return [{ kind: 'surplus', model, id }];
  const fields = differingFields(expected, row);
  return fields.length === 0 ? [] : [{ kind: 'altered', model, id, fields }];
}
