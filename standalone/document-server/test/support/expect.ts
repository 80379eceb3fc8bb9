/** What the suites say about answers: ids found, refusals with a code, values with their BSON types. */

import assert from 'node:assert/strict';
import { EJSON } from 'bson';
import mongoose from 'mongoose';
import type { Collection, Doc } from './store.ts';

export type Plain = Record<string, unknown>;
type Found = mongoose.mongo.FindOptions;

/** Ids that a filter finds, in ascending order of the ids. */
export async function idsOf(collection: Collection, filter: Plain, options: Found = {}): Promise<unknown[]> {
  const docs = await collection.find(filter, { ...options, sort: { _id: 1 } }).toArray();
  return docs.map((doc) => doc._id);
}

/** Ids in the order in which a sort answers. */
export async function order(collection: Collection, sort: Record<string, 1 | -1>): Promise<unknown[]> {
  const docs = await collection.find({}, { sort }).toArray();
  return docs.map((doc) => doc._id);
}

/** The one document with that id. */
export async function byId(collection: Collection, id: number | string): Promise<Doc | null> {
  return collection.findOne({ _id: id });
}

/** The part of a collection, of any documents, that makes indexes. */
interface Indexed {
  createIndex(keys: Keys, options: mongoose.mongo.IndexOptions, command: undefined): Promise<string>;
}
type Keys = Record<string, 1 | -1>;

/** Makes an index; returns its name. */
export function makeIndex(
  collection: Indexed,
  keys: Keys,
  options: mongoose.mongo.IndexOptions = {},
): Promise<string> {
  return collection.createIndex(keys, options, undefined);
}

/** Runs an aggregation to its end. */
export async function aggregate(collection: Collection, pipeline: Plain[]): Promise<Plain[]> {
  return collection.aggregate<Plain>(pipeline).toArray();
}

/** A value as canonical extended JSON: number types and field order are part of it. */
export function canonical(value: unknown): string {
  return EJSON.stringify(value, { relaxed: false });
}

/** Two values are the same to the byte: types, order of fields, everything. */
export function assertSameBson(actual: unknown, expected: unknown, message?: string): void {
  assert.equal(canonical(actual), canonical(expected), message);
}

/**
 * The server refuses with one of these codes.
 * @returns the error, for further looks at it
 */
export async function refused(
  action: Promise<unknown>,
  ...codes: readonly number[]
): Promise<mongoose.mongo.MongoServerError> {
  const error = await action.then(
    (answer) => assert.fail(`not refused, answered ${canonical(answer)}`),
    (reason: unknown) => reason,
  );
  assert.ok(
    error instanceof mongoose.mongo.MongoServerError,
    `not an answer of the server: ${String(error)}`,
  );
  assert.ok(
    codes.includes(Number(error.code)),
    `code ${error.code} instead of ${codes.join(' or ')}: ${error.message}`,
  );
  assert.ok(error.message.length > 5, 'a refusal has a sentence');
  return error;
}
