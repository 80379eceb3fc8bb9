// Owns create, drop, dropDatabase, createIndexes, dropIndexes, listIndexes, listCollections and listDatabases.
import { existsSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { MongoError } from '../errors.ts';
import { compileFilter } from '../matcher/compile.ts';
import { parseFilter, truthy } from '../matcher/parse.ts';
import type { Collection } from '../storage/catalog.ts';
import type { Namespace } from '../storage/store.ts';
import { encode } from '../values/encode.ts';
import { int } from '../values/readers.ts';
import { describe } from '../values/describe.ts';
import { doc, isDoc, type Doc, type Value } from '../values/types.ts';
import { ok, type Command, type Context } from './context.ts';
import { cursorDoc } from './cursors.ts';
import { checkIndexSpec, sameSpec } from './index-spec.ts';

const create: Command = (call, context) => {
  call.allow('autoIndexId', 'storageEngine', 'idIndex');
  const { ns } = call;
  const existing = context.store.find(ns);
  if (existing !== undefined) throw new MongoError(48, `Collection ${ns.db}.${ns.name} already exists.`);
  context.store.create(ns, new Map());
  return ok();
};

function existing(context: Context, ns: Namespace): Collection {
  const collection = context.store.find(ns);
  if (collection === undefined) throw new MongoError(26, `ns does not exist: ${ns.db}.${ns.name}`);
  return collection;
}

const drop: Command = (call, context) => {
  call.allow();
  const collection = context.store.find(call.ns);
  if (collection === undefined) return ok();
  const count = collection.indexes.length;
  context.store.drop(collection);
  context.cursors.removeAll(call.ns);
  return ok(['nIndexesWas', int(count)], ['ns', `${call.ns.db}.${call.ns.name}`]);
};

const dropDatabase: Command = (call, context) => {
  call.allow();
  const collections = [...context.store.catalog.values()].filter((collection) => collection.db === call.db);
  for (const collection of collections) {
    context.store.drop(collection);
    context.cursors.removeAll(collection);
  }
  return ok(['dropped', collections.length > 0 ? call.db : undefined]);
};

const createIndexes: Command = async (call, context) => {
  call.allow('indexes', 'commitQuorum', 'ignoreUnknownIndexOptions');
  const specs = call.docList('indexes').map(checkIndexSpec);
  if (specs.length === 0) throw new MongoError(2, 'Must specify at least one index to create');
  const created = context.store.find(call.ns) === undefined;
  const before = context.store.ensure(call.ns).indexes.length;
  let added = 0;
  for (const spec of specs) {
    if (await exists(context, call.ns, spec)) continue;
    await context.builds.build(context.store.ensure(call.ns), spec);
    added++;
  }
  return ok(
    ['numIndexesBefore', int(before)],
    ['numIndexesAfter', int(context.store.ensure(call.ns).indexes.length)],
    ['createdCollectionAutomatically', created],
    ['note', added === 0 ? 'all indexes already exist' : undefined],
  );
};

/** True when the index is there; one that is being built is waited for, a left-over of a failure is removed. */
async function exists(context: Context, ns: Namespace, spec: Doc): Promise<boolean> {
  const collection = context.store.ensure(ns);
  const same = collection.indexes.find((index) => sameSpec(index, spec));
  if (same === undefined || same.ready) return same !== undefined;
  if (await context.builds.wait(same)) return true;
  context.store.dropIndex(collection, same);
  return false;
}

const dropIndexes: Command = (call, context) => {
  call.allow('index');
  const collection = existing(context, call.ns);
  const wanted = call.body.get('index') ?? null;
  const before = collection.indexes.length;
  const names = Array.isArray(wanted) ? wanted : [wanted];
  for (const name of names) {
    const all = name === '*';
    const found = collection.indexes.filter((index) =>
      all
        ? index.name !== '_id_'
        : index.name === name || (isDoc(name) && encode(index.key).equals(encode(name))),
    );
    if (!all && found.length === 0) throw new MongoError(27, `index not found with name [${describe(name)}]`);
    if (found.some((index) => index.name === '_id_')) throw new MongoError(72, 'cannot drop _id index');
    for (const index of found) context.store.dropIndex(collection, index);
  }
  return ok(['nIndexesWas', int(before)]);
};

/** Writes a consistent copy of the data file; the path is one on this machine. Not a command of MongoDB. */
const documentServerBackup: Command = async (call, context) => {
  const path = call.body.get('to');
  if (typeof path !== 'string' || !isAbsolute(path)) throw new MongoError(2, "'to' must be an absolute path");
  if (existsSync(path)) throw new MongoError(2, `'${path}' exists already`);
  await context.store.settled();
  await context.workers.backup(path);
  return ok(['bytes', BigInt(statSync(path).size)]);
};

const listIndexes: Command = (call, context) => {
  call.allow('cursor');
  const docs = existing(context, call.ns)
    .indexes.filter((index) => index.ready)
    .map((index) => encode(index.spec));
  return ok(['cursor', cursorDoc({ db: call.db, name: call.ns.name }, 0n, docs, true)]);
};

const listCollections: Command = (call, context) => {
  call.allow('filter', 'nameOnly', 'cursor', 'authorizedCollections');
  const holds = compileFilter(parseFilter(call.doc('filter')));
  const nameOnly = truthy(call.body.get('nameOnly'));
  const docs = [...context.store.catalog.values()]
    .filter((collection) => collection.db === call.db)
    .map((collection) => describeCollection(collection, nameOnly))
    .filter(holds);
  return ok(['cursor', cursorDoc({ db: call.db, name: '$cmd.listCollections' }, 0n, docs.map(encode), true)]);
};

function describeCollection(collection: Collection, nameOnly: boolean): Doc {
  const made = doc(['name', collection.name], ['type', 'collection']);
  if (nameOnly) return made;
  const idIndex = collection.indexes.find((index) => index.name === '_id_');
  return made
    .set('options', new Map())
    .set('info', doc(['readOnly', false]))
    .set('idIndex', idIndex?.spec ?? null);
}

const listDatabases: Command = (_call, context) => {
  const names = new Set([...context.store.catalog.values()].map((collection) => collection.db));
  const databases: Value[] = [...names].map((name) => doc(['name', name], ['empty', false]));
  return ok(['databases', databases]);
};

/** The commands of this file. */
export const schemaCommands: Readonly<Record<string, Command>> = {
  create,
  drop,
  dropDatabase,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  listIndexes,
  listCollections,
  listDatabases,
  documentServerBackup,
};
