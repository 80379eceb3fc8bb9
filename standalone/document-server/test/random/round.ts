/** One round of the random test: a collection, its indexes, and a number of queries and updates on it. */

import assert from 'node:assert/strict';
import { EJSON, Int32 } from 'bson';
import type mongoose from 'mongoose';
import { canonical, makeIndex } from '../support/expect.ts';
import type { Collection, Db, Doc } from '../support/store.ts';
import * as make from './generate.ts';
import type { IndexSpec } from './generate.ts';
import { Prng } from './prng.ts';
import { ReferenceCollection } from './reference-collection.ts';
import { ParallelArrays } from './reference-keys.ts';
import type { KeySpec } from './reference-keys.ts';
import { compare } from './reference-order.ts';
import type { Fields } from './reference-order.ts';
import { project } from './reference-project.ts';
import { Refusal, Unknown, applyUpdate } from './reference-update.ts';

export const CASES_PER_ROUND = 20;

/** What a run has done so far, printed at its end so that a run that tested nothing is seen. */
export interface Tally {
  queries: number;
  found: number;
  distincts: number;
  updates: number;
  refusals: number;
}

interface Round {
  readonly random: Prng;
  readonly collection: Collection;
  readonly reference: ReferenceCollection;
  readonly tally: Tally;
}

/** Runs one round. @throws Error that describes the first case on which the answers differ */
export async function runRound(run: { db: Db; seed: number; round: number; tally: Tally }): Promise<void> {
  const random = new Prng(run.seed * 7919 + run.round);
  const collection = run.db.collection<Doc>('r');
  const round: Round = { random, collection, reference: new ReferenceCollection(), tally: run.tally };
  const indexFirst = random.chance(0.5);
  // Now and then more documents than a server is likely to look at in one go.
  const count = random.chance(0.03) ? random.int(200, 450) : random.int(5, 40);
  const seeds = Array.from({ length: count }, (_, i) => make.makeDocument(random, i));
  if (indexFirst) await createIndexes(round, seeds);
  for (const doc of seeds) await insert(round, doc);
  if (!indexFirst) await createIndexes(round, seeds);
  for (let i = 0; i < CASES_PER_ROUND; i += 1) {
    if (random.chance(0.7)) await query(round);
    else await update(round);
  }
  await same(round, 'at the end of the round');
}

/** Does a thing on both sides; both must do it, or both refuse with the same code. */
async function both(
  round: Round,
  what: unknown,
  act: { reference: () => void; server: () => Promise<unknown> },
): Promise<void> {
  const expected = outcome(act.reference);
  const actual = await act.server().then(
    () => 0,
    (error: unknown) => Number((error as mongoose.mongo.MongoServerError).code),
  );
  const difference = `server: code ${actual}, reference: code ${expected.join(' or ')}`;
  assert.ok(expected.includes(actual), `${describe(round, what)}\n${difference}`);
  if (actual !== 0) round.tally.refusals += 1;
}

function outcome(act: () => void): readonly number[] {
  try {
    act();
    return [0];
  } catch (error) {
    if (error instanceof Refusal) return error.codes;
    throw error;
  }
}

async function createIndexes(
  { random, collection, reference, ...rest }: Round,
  docs: Fields[],
): Promise<void> {
  for (let i = random.int(0, 3); i > 0; i -= 1) {
    const index = make.makeIndex(random, docs);
    const keys = Object.fromEntries(index.keys);
    const twin = reference.indexes.some((each) => JSON.stringify(each.keys) === JSON.stringify(index.keys));
    if (twin || Object.keys(keys).length !== index.keys.length) continue;
    const options = {
      ...(index.unique && { unique: true }),
      ...(index.sparse && { sparse: true }),
      ...(index.partial && { partialFilterExpression: index.partial }),
    };
    await both(
      { random, collection, reference, ...rest },
      { createIndex: keys, options },
      {
        reference: () => reference.createIndex(index),
        server: () => makeIndex(collection, keys, options),
      },
    );
  }
}

async function insert(round: Round, doc: Fields): Promise<void> {
  await both(
    round,
    { insert: doc },
    {
      reference: () => round.reference.insert(doc),
      server: () => round.collection.insertOne(doc as Doc),
    },
  );
}

async function query(round: Round): Promise<void> {
  const { random, collection, reference } = round;
  const filter = make.makeFilter(random, reference.docs);
  const sort = random.chance(0.6) ? make.complete(make.makeSort(random), random.pick([1, -1])) : undefined;
  const projection = random.chance(0.3) ? make.makeProjection(random) : {};
  const window = sort && random.chance(0.5) ? { skip: random.int(0, 3), limit: random.int(1, 8) } : {};
  const options = { ...(sort && { sort: new Map(sort) }), projection, ...window };
  const expected = answer(reference.find(filter), { sort, projection, window });
  const ways: [name: string, hint: object][] = [
    ['by plan', {}],
    ['by scan', { hint: { $natural: 1 } }],
  ];
  for (const index of reference.indexes.filter((each) => !each.partial && !each.sparse)) {
    ways.push([`by ${JSON.stringify(index.keys)}`, { hint: Object.fromEntries(index.keys) }]);
  }
  for (const [way, hint] of ways) {
    const what = { filter, ...options, sort, way };
    const batchSize = random.pick([0, 2, 5, 1000]);
    const found = await collection
      .find(filter, { ...options, ...hint, ...(batchSize && { batchSize }) })
      .toArray()
      .catch(codeOf);
    assert.equal(text(found, sort), text(expected, sort), `${describe(round, what)}\nserver ≠ reference`);
  }
  const stages = [
    { $match: filter },
    ...(sort ? [{ $sort: new Map(sort) }] : []),
    ...(window.skip ? [{ $skip: window.skip }] : []),
    ...(window.limit ? [{ $limit: window.limit }] : []),
    ...(Object.keys(projection).length > 0 ? [{ $project: projection }] : []),
  ];
  const piped = await collection.aggregate(stages).toArray().catch(codeOf);
  assert.equal(text(piped, sort), text(expected, sort), `${describe(round, { stages })}\nserver ≠ reference`);
  await count(round, filter);
  await distinct(round, filter);
  if (Array.isArray(expected)) round.tally.found += expected.length;
  round.tally.queries += 1;
}

async function count({ collection, reference, ...rest }: Round, filter: Fields): Promise<void> {
  const [row] = await collection.aggregate<{ n: unknown }>([{ $match: filter }, { $count: 'n' }]).toArray();
  const say = (what: object): string => describe({ collection, reference, ...rest }, what);
  assert.equal(Number(row?.n ?? 0), reference.find(filter).length, say({ count: filter }));
}

/** Matches every document, and tells no planner so: the documents are read, where a distinct without a filter goes from key to key. */
const everything = { $nor: [{ _id: { $exists: false } }] };

/** The values at a path, of what a filter finds; now and then of all documents, from the keys of an index and by scan. */
async function distinct(round: Round, filter: Fields): Promise<void> {
  const { random, collection, reference } = round;
  const indexed = reference.indexes.flatMap(({ keys: [first] }) => (first === undefined ? [] : [first[0]]));
  const paths = [...make.PATHS, ...indexed, ...indexed];
  const path = random.pick(paths);
  const ways = random.chance(0.5) ? [filter] : [{}, everything];
  for (const way of ways) {
    // Through text, since the driver's values are not of the classes that the reference knows.
    const told = canonical(await collection.distinct(path, way));
    const found = EJSON.parse(told, { relaxed: false }) as unknown[];
    const expected = reference.distinct(path, way === filter ? filter : {});
    const agrees =
      found.length === expected.length && expected.every((a) => found.some((b) => compare(a, b) === 0));
    const sides = `server: ${canonical(found)}\nreference: ${canonical(expected)}`;
    assert.ok(agrees, `${describe(round, { distinct: path, filter: way })}\n${sides}`);
  }
  round.tally.distincts += 1;
}

/** Codes instead of documents where a sort meets parallel arrays. */
function answer(
  found: Fields[],
  {
    sort,
    projection,
    window,
  }: {
    sort: KeySpec | undefined;
    projection: Record<string, 0 | 1>;
    window: { skip?: number; limit?: number };
  },
): Fields[] | number {
  try {
    const ordered = sort ? ReferenceCollection.sorted(found, sort) : found;
    const from = window.skip ?? 0;
    return ordered.slice(from, window.limit && from + window.limit).map((doc) => project(doc, projection));
  } catch (error) {
    if (error instanceof ParallelArrays) return 2;
    throw error;
  }
}

function codeOf(error: unknown): number {
  return Number((error as mongoose.mongo.MongoServerError).code);
}

/** The answer as text; without a sort the order does not count. */
function text(found: readonly Fields[] | number, sort: KeySpec | undefined): string {
  if (typeof found === 'number') return `code ${found}`;
  const lines = found.map((doc) => canonical(doc));
  return (sort ? lines : lines.sort()).join('\n');
}

async function update(round: Round): Promise<void> {
  const { random, collection, reference } = round;
  if (random.chance(0.25) || reference.docs.length === 0) return rewrite(round);
  const target = random.pick(reference.docs);
  const change = make.makeUpdate(random, reference.docs, target);
  const filter = { _id: target['_id'] } as never;
  try {
    await both(
      round,
      { update: change, of: target },
      {
        reference: () => reference.replace(applyUpdate(target, change)),
        server: () => collection.updateOne(filter, change),
      },
    );
  } catch (error) {
    if (!(error instanceof Unknown)) throw error;
    return;
  }
  round.tally.updates += 1;
  const id = canonical(target['_id']);
  const now = reference.docs.find((doc) => canonical(doc['_id']) === id);
  const stored = await collection.findOne(filter);
  assert.equal(
    canonical(stored),
    canonical(now),
    `${describe(round, { update: change, of: target })}\nserver ≠ reference`,
  );
}

/** Deletes what a filter finds, or inserts one more. */
async function rewrite(round: Round): Promise<void> {
  const { random, collection, reference } = round;
  if (random.chance(0.6)) return insert(round, make.makeDocument(random, 1000 + random.int(0, 1_000_000)));
  if (random.chance(0.5)) return updateMany(round);
  const filter = { ...make.makeFilter(random, reference.docs), _id: { $gt: 20 } };
  const gone = new Set(reference.find(filter));
  const { deletedCount } = await collection.deleteMany(filter);
  assert.equal(`${deletedCount}`, `${gone.size}`, describe(round, { deleteMany: filter }));
  reference.docs = reference.docs.filter((doc) => !gone.has(doc));
}

/** Sets a field of all that a filter finds to one scalar, which no index can refuse unless it is unique. */
async function updateMany(round: Round): Promise<void> {
  const { random, collection, reference } = round;
  if (reference.indexes.some((index) => index.unique)) return;
  const filter = make.makeFilter(random, reference.docs);
  const change = { $set: { [random.pick(['a', 'b', 'c'])]: random.pick([1, 'ab', null, true].map(exact)) } };
  const before = reference.find(filter);
  const after = before.map((doc) => applyUpdate(doc, change));
  const { matchedCount, modifiedCount } = await collection.updateMany(filter, change);
  const changed = after.filter((doc, i) => canonical(doc) !== canonical(before[i])).length;
  const say = describe(round, { updateMany: filter, change });
  assert.deepEqual([matchedCount, modifiedCount].map(String), [before.length, changed].map(String), say);
  for (const doc of after) reference.replace(doc);
  await same(round, `after ${say}`);
}

function exact(value: unknown): unknown {
  return typeof value === 'number' ? new Int32(value) : value;
}

async function same(round: Round, when: string): Promise<void> {
  const stored = await round.collection.find({}, { hint: { $natural: 1 } }).toArray();
  assert.equal(text(stored, undefined), text(round.reference.docs, undefined), describe(round, when));
}

function describe({ reference }: Round, what: unknown): string {
  const indexes = reference.indexes.map((index: IndexSpec) => canonical(index)).join('\n  ');
  const docs = reference.docs.map((doc) => canonical(doc)).join('\n  ');
  const plain = (_: string, value: unknown): unknown =>
    value instanceof RegExp ? { $regex: value.source } : value;
  return `${JSON.stringify(JSON.parse(canonical(what)), plain)}\nindexes:\n  ${indexes}\ndocuments:\n  ${docs}`;
}
