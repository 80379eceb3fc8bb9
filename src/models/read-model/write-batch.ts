/** Writes derived documents to the store: unordered upserts that never replace a newer document by an older one. */
import mongoose from 'mongoose';
import type { Connection, mongo } from 'mongoose';
import type { DocumentWrite } from './record-projections.ts';
import { collectionOf, readModelNames } from './read-models.ts';
import type { ReadModelName } from './read-models.ts';

/** A derived document as the driver hands it over. */
export type Row = { _id: string; ver: number } & Record<string, unknown>;

const DUPLICATE_KEY = 11000;
const CHUNK = 500;

/** The driver's collection behind a derived model. */
export function nativeCollection(connection: Connection, name: ReadModelName): mongo.Collection<Row> {
  return connection.getClient().db(connection.name).collection<Row>(collectionOf(name));
}

/**
 * Writes the last version of each document; equal and older versions in the store are replaced, newer ones stay.
 * @param writes in the order of the ledger
 * @param lastModels models that are written after all others
 */
export async function writeDocuments(
  connection: Connection,
  writes: readonly DocumentWrite[],
  lastModels: readonly ReadModelName[] = [],
): Promise<void> {
  const newest = new Map<ReadModelName, Map<string, DocumentWrite>>();
  for (const write of writes) {
    const ofModel = newest.get(write.model) ?? new Map<string, DocumentWrite>();
    newest.set(write.model, ofModel.set(write.id, write));
  }
  const writeModels = async (names: readonly ReadModelName[]): Promise<void> => {
    const tasks = names.map((name) => writeModel(nativeCollection(connection, name), newest.get(name)));
    await Promise.all(tasks);
  };
  await writeModels(readModelNames.filter((name) => !lastModels.includes(name)));
  for (const name of lastModels) await writeModels([name]);
}

async function writeModel(
  collection: mongo.Collection<Row>,
  writes: Map<string, DocumentWrite> | undefined,
): Promise<void> {
  const all = [...(writes?.values() ?? [])];
  for (let at = 0; at < all.length; at += CHUNK) {
    const chunk = all.slice(at, at + CHUNK);
    const isNew = chunk.every((write) => write.doc !== null && appended.has(write.model));
    const rest = isNew ? await insertChunk(collection, chunk) : chunk;
    if (rest.length > 0) await writeChunk(collection, rest.map(operationOf));
  }
}

/** Models whose documents are written once: nearly always an insert, which costs far less than an upsert. */
const appended: ReadonlySet<ReadModelName> = new Set(['block', 'transaction', 'activity']);

/** Inserts documents; returns those whose id is taken, for they may have to replace an equal or older version. */
async function insertChunk(
  collection: mongo.Collection<Row>,
  chunk: readonly DocumentWrite[],
): Promise<DocumentWrite[]> {
  try {
    await collection.insertMany(
      chunk.map((write) => write.doc as unknown as Row),
      { ordered: false },
    );
    return [];
  } catch (error) {
    const taken = duplicatesOf(error);
    if (taken === null) throw error;
    return taken.flatMap((index) => chunk[index] ?? []);
  }
}

function operationOf({ id, ver, doc }: DocumentWrite): mongo.AnyBulkWriteOperation<Row> {
  const filter = { _id: id, ver: { $lte: ver } };
  if (doc === null) return { deleteOne: { filter } };
  const { _id, ...replacement } = doc as unknown as Row;
  return { replaceOne: { filter, replacement, upsert: true } };
}

async function writeChunk(
  collection: mongo.Collection<Row>,
  operations: mongo.AnyBulkWriteOperation<Row>[],
): Promise<void> {
  try {
    await collection.bulkWrite(operations, { ordered: false });
  } catch (error) {
    // Where the store holds a newer version the filter misses, the upsert becomes an insert, and `_id` is taken: as intended.
    if (duplicatesOf(error) === null) throw error;
  }
}

/** Positions of the operations that failed because their id is taken; null for any other failure. */
function duplicatesOf(error: unknown): number[] | null {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return null;
  const failures: readonly mongo.WriteError[] = [error.writeErrors].flat();
  const areDuplicates = failures.length > 0 && failures.every((failure) => failure.code === DUPLICATE_KEY);
  return areDuplicates ? failures.map((failure) => failure.index) : null;
}
