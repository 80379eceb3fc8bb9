// Owns find, getMore, killCursors, count, distinct and aggregate.
import { MongoError } from '../errors.ts';
import type { ReadJob } from '../planner/jobs.ts';
import type { FindResult } from '../planner/queries.ts';
import { truthy } from '../matcher/parse.ts';
import { int } from '../values/readers.ts';
import { toInteger } from '../values/numbers.ts';
import { isDoc, typeName, type Doc } from '../values/types.ts';
import { ok, type Command, type Context } from './context.ts';
import { cursorDoc, type NextBatch } from './cursors.ts';
import { countPipeline } from '../aggregation/count.ts';
import { aggregateHead, explainJob } from './explain.ts';
import { answerOf, jobFor } from './read-job.ts';

const firstBatchDefault = 101;
/** Larger batches are read by a worker. */
const smallBatch = 1000;
const findFields = [
  'filter',
  'sort',
  'projection',
  'hint',
  'skip',
  'limit',
  'batchSize',
  'singleBatch',
  'noCursorTimeout',
  'allowDiskUse',
  'allowPartialResults',
  'let',
  'collation',
  'tailable',
  'awaitData',
  'min',
  'max',
  'returnKey',
  'showRecordId',
  'oplogReplay',
];
const refusedFields = [
  'collation',
  'tailable',
  'awaitData',
  'min',
  'max',
  'returnKey',
  'showRecordId',
  'let',
];

/** @throws MongoError NotImplemented for options that would change the answer. */
function refuse(query: Doc): void {
  for (const name of refusedFields) {
    const value = query.get(name);
    if (truthy(value) && !(isDoc(value) && (value.size === 0 || isSimpleCollation(name, value))))
      throw new MongoError(238, `'${name}' is not supported by this server`);
  }
}

function isSimpleCollation(name: string, value: Doc): boolean {
  return name === 'collation' && value.get('locale') === 'simple';
}

const find: Command = async (call, context) => {
  call.allow(...findFields);
  refuse(call.body);
  const batch = call.count('batchSize') ?? firstBatchDefault;
  const job = { ...jobFor('find', call, call.ns), limit: call.count('limit') ?? 0 };
  const steps = new FindSteps(context, job);
  if (batch === 0) {
    const id = context.cursors.add(call.ns, steps.next, truthy(call.body.get('noCursorTimeout')));
    return ok(['cursor', cursorDoc(call.ns, id, [], true)]);
  }
  const result = await steps.next(batch);
  const goesOn = steps.open && !truthy(call.body.get('singleBatch'));
  const id = goesOn ? context.cursors.add(call.ns, steps.next, truthy(call.body.get('noCursorTimeout'))) : 0n;
  return ok(['cursor', cursorDoc(call.ns, id, result.docs, true)]);
};

/** A find from batch to batch. */
class FindSteps {
  readonly #context: Context;
  #job: ReadJob;
  #ready: Uint8Array[] | undefined;
  open = true;

  constructor(context: Context, job: ReadJob) {
    this.#context = context;
    this.#job = job;
  }

  readonly next: NextBatch = async (batch) => {
    if (this.#ready !== undefined) return this.#fromReady(batch);
    const result = await this.#context.reads.run({ ...this.#job, batch, heavy: batch > smallBatch });
    this.open = result.position !== undefined || result.rest.length > 0;
    if (result.rest.length > 0) this.#ready = result.rest;
    const limit = this.#job.limit === 0 ? 0 : this.#job.limit - result.docs.length;
    this.#job = { ...this.#job, position: result.position, skip: 0, limit };
    return result;
  };

  #fromReady(batch: number): FindResult {
    const part = cutBatch(this.#ready ?? [], batch);
    this.#ready = part.rest;
    this.open = part.rest.length > 0;
    return part;
  }
}

const batchBytes = 16 * 1024 * 1024;

function cutBatch(docs: Uint8Array[], batch: number): FindResult {
  let bytes = 0;
  let at = 0;
  for (const doc of docs) {
    bytes += doc.length;
    if (at >= batch || (at > 0 && bytes > batchBytes)) break;
    at++;
  }
  return { docs: docs.slice(0, at), position: undefined, rest: docs.slice(at) };
}

const getMore: Command = async (call, context) => {
  call.allow('collection', 'batchSize', 'term', 'lastKnownCommittedOpTime');
  const id = call.body.get('getMore');
  const name = call.body.get('collection');
  if (typeof id !== 'bigint')
    throw new MongoError(
      14,
      `BSON field 'getMore.getMore' is the wrong type '${typeName(id)}', expected type 'long'`,
    );
  if (typeof name !== 'string') throw new MongoError(14, "BSON field 'getMore.collection' is not a string");
  const ns = { db: call.db, name };
  const next = context.cursors.take(id, ns);
  const batch = call.count('batchSize') ?? 0;
  const result = await next(batch === 0 ? Number.MAX_SAFE_INTEGER : batch);
  const open = result.position !== undefined || result.rest.length > 0;
  if (!open) context.cursors.remove(id);
  return ok(['cursor', cursorDoc(ns, open ? id : 0n, result.docs, false)]);
};

const killCursors: Command = (call, context) => {
  const ids = call.body.get('cursors');
  const list = Array.isArray(ids) ? ids.filter((id) => typeof id === 'bigint') : [];
  const killed = list.filter((id) => context.cursors.remove(id));
  const unknown = list.filter((id) => !killed.includes(id));
  return ok(
    ['cursorsKilled', killed],
    ['cursorsNotFound', unknown],
    ['cursorsAlive', []],
    ['cursorsUnknown', []],
  );
};

const count: Command = async (call, context) => {
  call.allow('query', 'limit', 'skip', 'hint', 'collation', 'fields');
  refuse(call.body);
  const most = Math.abs(toInteger(call.body.get('limit')) ?? 0);
  const answer = answerOf(await context.reads.run({ ...jobFor('count', call, call.ns), limit: most }));
  return ok(['n', int(Number(answer.get('n') ?? 0n))]);
};

const distinct: Command = async (call, context) => {
  call.allow('key', 'query', 'hint', 'collation');
  if (!call.body.has('key'))
    throw new MongoError(40414, "BSON field 'distinct.key' is missing but a required field");
  refuse(call.body);
  return ok(...answerOf(await context.reads.run(jobFor('distinct', call, call.ns))));
};

const aggregate: Command = async (call, context) => {
  call.allow(
    'pipeline',
    'cursor',
    'explain',
    'allowDiskUse',
    'hint',
    'collation',
    'let',
    'bypassDocumentValidation',
  );
  refuse(call.body);
  if (typeof call.body.get('aggregate') !== 'string')
    throw new MongoError(73, 'an aggregate without a collection is not supported by this server');
  if (!call.body.has('cursor') && !truthy(call.body.get('explain')))
    throw new MongoError(
      9,
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  if (truthy(call.body.get('explain'))) {
    const query = aggregateHead(call.body).set('verbosity', 'queryPlanner');
    return explainJob(context, { ...jobFor('explain', call, call.ns), query });
  }
  const cursor = call.doc('cursor');
  const batch = toInteger(cursor.get('batchSize')) ?? firstBatchDefault;
  const pipeline = call.body.get('pipeline');
  const heavy = !Array.isArray(pipeline) || countPipeline(pipeline) === undefined;
  const result = await context.reads.run({ ...jobFor('aggregate', call, call.ns), batch, heavy });
  let rest = result.rest;
  const next: NextBatch = (wanted) => {
    const part = cutBatch(rest, wanted);
    rest = part.rest;
    return part;
  };
  const id = rest.length > 0 ? context.cursors.add(call.ns, next, false) : 0n;
  return ok(['cursor', cursorDoc(call.ns, id, result.docs, true)]);
};

/** The commands of this file. */
export const readCommands: Readonly<Record<string, Command>> = {
  find,
  getMore,
  killCursors,
  count,
  distinct,
  aggregate,
};
