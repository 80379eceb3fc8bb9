/** Gives a test file its MongoDB: the one at MONGODB_URI when set, else a document server of its own. */

import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { shortFolder, startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

/** Documents of these tests: any fields, an _id that the test chose. */
export interface Doc extends mongoose.mongo.BSON.Document {
  _id: number | string;
}

export type Collection = mongoose.mongo.Collection<Doc>;
export type Db = mongoose.mongo.Db;

/** A connected store; `close` ends everything it started and drops what it made. */
export interface Store {
  readonly uri: string;
  readonly client: mongoose.mongo.MongoClient;
  /** Keeps Int32, Long, Double and Decimal128 apart instead of turning them into numbers. */
  readonly exact: mongoose.mongo.MongoClient;
  /** The process when the store is the document server. */
  readonly server?: ServerProcess;
  /** A database of its own, which exists once something is written. */
  database(): Db;
  /** A collection of its own in a database of its own, filled. */
  collection(docs?: readonly Doc[]): Promise<Collection>;
  close(): Promise<void>;
}

/** Opens the store for one test file. */
export async function openStore(): Promise<Store> {
  const given = process.env['MONGODB_URI'];
  const folder = given ? undefined : await shortFolder();
  const server = folder && (await startServer(folder.path));
  const uri = given ?? server!.uri;
  const client = await new mongoose.mongo.MongoClient(uri).connect();
  const exact = await new mongoose.mongo.MongoClient(uri, { promoteValues: false }).connect();
  const made: Db[] = [];
  const database = (): Db => {
    made.push(client.db(freshName()));
    return made.at(-1)!;
  };
  return {
    uri,
    client,
    exact,
    ...(server && { server }),
    database,
    collection: async (docs = []) => {
      const collection = database().collection<Doc>('c');
      if (docs.length > 0) await collection.insertMany(docs.map((doc) => ({ ...doc })));
      return collection;
    },
    close: async () => {
      for (const db of made) await db.dropDatabase().catch(() => false);
      await client.close();
      await exact.close();
      await server?.stop();
      await folder?.remove();
    },
  };
}

/** A name that no other test uses. */
export function freshName(): string {
  return `t_${randomBytes(6).toString('hex')}`;
}

/** The same collection through the client that keeps number types apart. */
export function exactly(store: Store, collection: Collection): Collection {
  return store.exact.db(collection.dbName).collection<Doc>(collection.collectionName);
}
