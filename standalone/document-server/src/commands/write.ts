// Owns insert, update and delete, with their bulk forms: ordered or not, each failure with its index.
import { MongoError } from '../errors.ts';
import { parseFilter, truthy, type Filter } from '../matcher/parse.ts';
import { checkDocument, decode } from '../values/decode.ts';
import { int } from '../values/readers.ts';
import { encode } from '../values/encode.ts';
import { toInteger } from '../values/numbers.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import { checkSize } from '../storage/rows.ts';
import { parseUpdate, type Update } from '../updates/update.ts';
import { replaced } from '../updates/raw-replacement.ts';
import { upsertDocument, withId, type Upserted } from '../updates/upsert.ts';
import { ok, type Call, type Command, type Context } from './context.ts';
import { forEachTarget, type TargetWanted } from './targets.ts';
import type { Namespace } from '../storage/store.ts';

const batchMax = 100_000;
const turnStatements = 1000;
/** Failures that are told in full; an answer has its limit of size, so that later ones have their code only. */
const errorsTold = 10_000;

/** The parts of an error that a write's answer carries. */
export function errorFields(error: MongoError): [string, Value][] {
  const extra = [...error.extra] as [string, Value][];
  return [['code', int(error.code)], ...extra, ['errmsg', error.message]];
}

function failureOf(error: MongoError, index: number, full: boolean): Doc {
  const told = full ? error : new MongoError(error.code, '');
  return new Map<string, Value>([['index', int(index)], ...errorFields(told)]);
}

function checkBatch(size: number): void {
  if (size === 0 || size > batchMax)
    throw new MongoError(16, `Write batch sizes must be between 1 and ${batchMax}. Got ${size} operations.`);
}

/** Runs statements one after another; ordered ones stop at the first failure. */
async function runAll<T>(
  { call, context }: { call: Call; context: Context },
  statements: readonly T[],
  run: (statement: T, index: number) => void | Promise<void>,
): Promise<Doc[]> {
  checkBatch(statements.length);
  const ordered = call.body.get('ordered') === undefined || truthy(call.body.get('ordered'));
  const errors: Doc[] = [];
  for (const [index, statement] of statements.entries()) {
    // Others get their turn in a long batch.
    if (index > 0 && index % turnStatements === 0) await context.store.settled();
    try {
      const running = run(statement, index);
      if (running !== undefined) await running;
    } catch (error) {
      if (!(error instanceof MongoError)) throw error;
      errors.push(failureOf(error, index, errors.length < errorsTold));
      if (ordered) break;
    }
  }
  return errors;
}

function result(count: number, errors: readonly Doc[], ...more: [string, Value | undefined][]): Doc {
  return ok(['n', int(count)], ...more, ['writeErrors', errors.length > 0 ? [...errors] : undefined]);
}

const insert: Command = async (call, context) => {
  call.allow('documents', 'ordered', 'bypassDocumentValidation', 'bypassEmptyTsReplacement');
  const { ns } = call;
  let count = 0;
  const errors = await runAll({ call, context }, call.rawList('documents'), (bytes) => {
    insertOne(context, ns, bytes);
    count++;
  });
  return result(count, errors);
};

/** Inserts a document as it came, with its _id first. */
export function insertOne(context: Context, ns: Namespace, bytes: Uint8Array): void {
  checkSize(bytes);
  checkDocument(bytes);
  const ready = startsWithId(bytes) ? bytes : encode(withId(decode(bytes)));
  checkSize(ready);
  context.rows.insert(context.store.ensure(ns), ready);
}

function startsWithId(bytes: Uint8Array): boolean {
  return bytes[5] === 0x5f && bytes[6] === 0x69 && bytes[7] === 0x64 && bytes[8] === 0;
}

/** What an update statement did. */
export interface UpdateOutcome {
  matched: number;
  modified: number;
  upserted: Upserted | undefined;
  before: Uint8Array | undefined;
  after: Uint8Array | undefined;
}

/** An update of one or many documents, inserting one when none matches and `upsert` is set. */
export async function runUpdate(
  context: Context,
  wanted: TargetWanted,
  change: { u: Value | undefined; arrayFilters: Value | undefined; upsert: boolean },
): Promise<UpdateOutcome> {
  const update = parseUpdate(change.u, change.arrayFilters);
  if (update.isReplacement && wanted.limit === 0)
    throw new MongoError(9, 'multi update is not supported for replacement-style update');
  const outcome: UpdateOutcome = {
    matched: 0,
    modified: 0,
    upserted: undefined,
    before: undefined,
    after: undefined,
  };
  const searching = forEachTarget(context, wanted, ({ row, bytes }) => {
    outcome.matched++;
    outcome.before = bytes;
    outcome.after = bytes;
    const after = changed(update, bytes);
    if (after === undefined) return;
    checkSize(after);
    context.rows.replace(context.store.ensure(wanted.ns), row, bytes, after);
    outcome.modified++;
    outcome.after = after;
  });
  // Awaited only when needed: between a search that found nothing and the insert nobody else may come.
  if (searching !== undefined) await searching;
  if (outcome.matched === 0 && change.upsert) {
    outcome.upserted = upsertDocument(wanted.filter, update);
    outcome.after = outcome.upserted.bytes;
    checkSize(outcome.after);
    context.rows.insert(context.store.ensure(wanted.ns), outcome.after);
  }
  return outcome;
}

/** The bytes of the changed document, or undefined when nothing changes. */
function changed(update: Update, before: Uint8Array): Uint8Array | undefined {
  if (update.raw !== undefined) {
    const after = replaced(before, update.raw);
    return after.equals(before) ? undefined : after;
  }
  const made = update.apply(decode(before), false);
  return made === undefined ? undefined : encode(made);
}

function statementDoc(statement: Doc, name: string): Doc {
  const value = statement.get(name);
  if (isDoc(value)) return value;
  throw new MongoError(40414, `BSON field '${name}' is missing but a required field`);
}

function refuseUnknown(statement: Doc, known: readonly string[]): void {
  for (const key of statement.keys())
    if (!known.includes(key)) throw new MongoError(40415, `BSON field '${key}' is an unknown field.`);
  if (
    truthy(statement.get('collation')) &&
    !(isDoc(statement.get('collation')) && statementDoc(statement, 'collation').get('locale') === 'simple')
  )
    throw new MongoError(238, "'collation' is not supported by this server");
}

function targetOf(ns: Namespace, statement: Doc, limit: 0 | 1): TargetWanted {
  const filterDoc = statementDoc(statement, 'q');
  const filter: Filter = parseFilter(filterDoc);
  return { ns, filter, filterDoc, sort: [], sortDoc: undefined, hint: statement.get('hint'), limit };
}

/** Statements are checked before the first one runs. */
function checkStatements(
  statements: readonly Doc[],
  required: readonly string[],
  known: readonly string[],
): void {
  for (const statement of statements) {
    refuseUnknown(statement, known);
    for (const name of required)
      if (!statement.has(name))
        throw new MongoError(40414, `BSON field '${name}' is missing but a required field`);
    if (!isDoc(statement.get('q')))
      throw new MongoError(14, "BSON field 'q' is the wrong type, expected type 'object'");
  }
}

const update: Command = async (call, context) => {
  call.allow('updates', 'ordered', 'bypassDocumentValidation', 'let', 'bypassEmptyTsReplacement');
  const { ns } = call;
  const statements = call.updateList('updates');
  checkStatements(statements, ['q', 'u'], ['q', 'u', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation']);
  const upserted: Doc[] = [];
  let matched = 0;
  let modified = 0;
  const errors = await runAll({ call, context }, statements, async (statement, index) => {
    const outcome = await runUpdate(
      context,
      targetOf(ns, statement, truthy(statement.get('multi')) ? 0 : 1),
      {
        u: statement.get('u'),
        arrayFilters: statement.get('arrayFilters'),
        upsert: truthy(statement.get('upsert')),
      },
    );
    matched += outcome.matched;
    modified += outcome.modified;
    if (outcome.upserted === undefined) return;
    matched++;
    upserted.push(
      new Map<string, Value>([
        ['index', int(index)],
        ['_id', outcome.upserted.id],
      ]),
    );
  });
  return result(
    matched,
    errors,
    ['nModified', int(modified)],
    ['upserted', upserted.length > 0 ? upserted : undefined],
  );
};

const remove: Command = async (call, context) => {
  call.allow('deletes', 'ordered', 'let');
  const { ns } = call;
  const statements = call.docList('deletes');
  checkStatements(statements, ['q', 'limit'], ['q', 'limit', 'hint', 'collation']);
  for (const statement of statements)
    if (![0, 1].includes(toInteger(statement.get('limit')) ?? -1))
      throw new MongoError(9, 'The limit field in delete objects must be 0 or 1.');
  let removed = 0;
  const errors = await runAll({ call, context }, statements, async (statement) => {
    const wanted = targetOf(ns, statement, truthy(statement.get('limit')) ? 1 : 0);
    await forEachTarget(context, wanted, ({ row, bytes }) => {
      context.rows.remove(context.store.ensure(ns), row, bytes);
      removed++;
    });
  });
  return result(removed, errors);
};

/** The commands of this file. */
export const writeCommands: Readonly<Record<string, Command>> = { insert, update, delete: remove };
