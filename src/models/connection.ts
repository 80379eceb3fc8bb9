/** Opens the connection to the document store with the options that the models rely on. */
import mongoose from 'mongoose';
import type { Connection, ConnectOptions } from 'mongoose';

/** Options of every connection: 64-bit integers are read as bigint, and a missing server is told in seconds. */
export const documentStoreOptions = {
  useBigInt64: true,
  autoIndex: false,
  autoCreate: false,
  serverSelectionTimeoutMS: 5000,
  maxPoolSize: 20,
} as const satisfies ConnectOptions;

/**
 * Opens a connection of its own (tests, commands).
 * @param uri a mongodb:// address with the database name
 * @throws MongooseServerSelectionError when no server answers within 5 s
 */
export async function openDocumentStore(uri: string): Promise<Connection> {
  return await mongoose.createConnection(uri, documentStoreOptions).asPromise();
}

/**
 * Connects Mongoose's default connection, on which models made by `model(…)` live, and returns it.
 * @param uri a mongodb:// address with the database name
 * @throws MongooseServerSelectionError when no server answers within 5 s
 */
export async function connectDocumentStore(uri: string): Promise<Connection> {
  await mongoose.connect(uri, documentStoreOptions);
  return mongoose.connection;
}
