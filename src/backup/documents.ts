/** The documents in a backup: the built-in server's own file, or BSON files of a MongoDB, without what blocks derive. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { mongo } from 'mongoose';
import type { Connection } from 'mongoose';
import { readModelSchemas } from '../models/read-model/read-models.ts';
import { StartError } from '../supervisor/start-error.ts';

const serverFile = 'documents.sqlite';
const batchDocuments = 500;
/** The projector makes these anew from the blocks. */
const derived = new Set([
  'checkpoints',
  ...Object.values(readModelSchemas).map((schema) => String(schema.get('collection'))),
]);

/** Writes the documents into a folder while the platform runs. @param builtIn true for the built-in server */
export async function saveDocuments(connection: Connection, folder: string, builtIn: boolean): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const database = connection.getClient().db(connection.name);
  if (builtIn) {
    const to = join(folder, serverFile);
    await connection.getClient().db('admin').command({ documentServerBackup: 1, to });
    return;
  }
  const collections = await database.listCollections({}, { nameOnly: true }).toArray();
  for (const { name } of collections) {
    if (derived.has(name) || name.startsWith('system.')) continue;
    const documents = database.collection(name).find({}, { raw: true }).stream();
    await pipeline(documents, createWriteStream(join(folder, `${name}.bson`), { mode: 0o600, flush: true }));
  }
}

/** @throws StartError when the database holds anything; the connection is closed then */
export async function assertEmpty(connection: Connection): Promise<void> {
  const database = connection.getClient().db(connection.name);
  if ((await database.listCollections({}, { nameOnly: true }).toArray()).length === 0) return;
  await connection.close();
  throw new StartError(`The database ${connection.name} of MONGODB_URI is not empty; nothing was restored.`);
}

/** Puts BSON files back into an empty database. @returns how many documents */
export async function loadDocuments(connection: Connection, folder: string): Promise<number> {
  const database = connection.getClient().db(connection.name);
  let count = 0;
  for (const file of await readdir(folder)) {
    const collection = database.collection(file.replace(/\.bson$/, ''));
    for await (const batch of batches(join(folder, file))) {
      await collection.insertMany(batch);
      count += batch.length;
    }
  }
  return count;
}

async function* batches(path: string): AsyncGenerator<mongo.Document[]> {
  let batch: mongo.Document[] = [];
  for await (const bytes of documentsOf(path)) {
    batch.push(mongo.BSON.deserialize(bytes, { promoteValues: false }));
    if (batch.length < batchDocuments) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Each document of a BSON file; its first four bytes are its size. */
async function* documentsOf(path: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, part]);
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const size = rest.readInt32LE(0);
      yield rest.subarray(0, size);
      rest = rest.subarray(size);
    }
  }
  if (rest.length > 0) throw new StartError(`${path} ends within a document.`);
}
