// Owns findAndModify: one document changed or removed, given back as it was or as it is.
import { MongoError } from '../errors.ts';
import { parseFilter, truthy } from '../matcher/parse.ts';
import { compileProjection } from '../aggregation/projection.ts';
import { parseSort } from '../planner/sort.ts';
import { decode } from '../values/decode.ts';
import { int } from '../values/readers.ts';
import { doc, RawDoc, type Doc, type Value } from '../values/types.ts';
import { ok, type Call, type Command, type Context } from './context.ts';
import { forEachTarget, type TargetWanted } from './targets.ts';
import { runUpdate } from './write.ts';

const known = [
  'query',
  'sort',
  'remove',
  'update',
  'new',
  'fields',
  'upsert',
  'arrayFilters',
  'hint',
  'collation',
  'let',
  'bypassDocumentValidation',
];

function wantedBy(call: Call): TargetWanted {
  const filterDoc = call.doc('query');
  const sortDoc = call.body.has('sort') ? call.doc('sort') : undefined;
  return {
    ns: call.ns,
    filter: parseFilter(filterDoc),
    filterDoc,
    sort: parseSort(sortDoc),
    sortDoc,
    hint: call.body.get('hint'),
    limit: 1,
  };
}

function shown(call: Call, bytes: Uint8Array | undefined): Value {
  if (bytes === undefined) return null;
  const fields: Doc = call.doc('fields');
  return fields.size === 0 ? new RawDoc(bytes) : compileProjection(fields)(decode(bytes));
}

const findAndModify: Command = async (call, context) => {
  call.allow(...known);
  for (const name of ['collation', 'let'])
    if (call.doc(name).size > 0 && call.doc(name).get('locale') !== 'simple')
      throw new MongoError(238, `'${name}' is not supported by this server`);
  if (truthy(call.body.get('remove'))) return removeOne(call, context);
  if (!call.body.has('update')) throw new MongoError(9, 'Either an update or remove=true must be specified');
  const outcome = await runUpdate(context, wantedBy(call), {
    u: call.body.get('update'),
    arrayFilters: call.body.get('arrayFilters'),
    upsert: truthy(call.body.get('upsert')),
  });
  const wantsNew = truthy(call.body.get('new'));
  const count = outcome.matched + (outcome.upserted === undefined ? 0 : 1);
  return ok(
    [
      'lastErrorObject',
      doc(['n', int(count)], ['updatedExisting', outcome.matched > 0], ['upserted', outcome.upserted?.id]),
    ],
    ['value', shown(call, wantsNew ? outcome.after : outcome.before)],
  );
};

async function removeOne(call: Call, context: Context): Promise<Doc> {
  for (const name of ['update', 'new', 'upsert'])
    if (truthy(call.body.get(name))) throw new MongoError(9, `Cannot specify both ${name} and remove=true`);
  let removed: Uint8Array | undefined;
  const wanted = wantedBy(call);
  await forEachTarget(context, wanted, ({ row, bytes }) => {
    context.rows.remove(context.store.ensure(wanted.ns), row, bytes);
    removed = bytes;
  });
  return ok(
    ['lastErrorObject', doc(['n', int(removed === undefined ? 0 : 1)])],
    ['value', shown(call, removed)],
  );
}

/** The commands of this file. */
export const findAndModifyCommands: Readonly<Record<string, Command>> = {
  findAndModify,
  findandmodify: findAndModify,
};
