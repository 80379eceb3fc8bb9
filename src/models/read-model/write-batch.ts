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
  await writeModels(lastModels);
}

async function writeModel(
  collection: mongo.Collection<Row>,
  writes: Map<string, DocumentWrite> | undefined,
): Promise<void> {
  if (writes === undefined) return;
  const operations = [...writes.values()].map(operationOf);
  for (let at = 0; at < operations.length; at += CHUNK) {
    await writeChunk(collection, operations.slice(at, at + CHUNK));
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
    if (!isOnlyNewer(error)) throw error;
  }
}

// Where the store holds a newer version the filter misses, the upsert becomes an insert, and `_id` is taken: as intended.
function isOnlyNewer(error: unknown): boolean {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) return false;
  const failures: readonly mongo.WriteError[] = [error.writeErrors].flat();
  return failures.length > 0 && failures.every((failure) => failure.code === DUPLICATE_KEY);
}
