// Owns the shortest way to a document: a filter that names its _id is looked up, without a plan.
import { compileFilter, fieldsOf, isRisky } from '../matcher/compile.ts';
import type { Filter } from '../matcher/parse.ts';
import type { Collection } from '../storage/catalog.ts';
import { keyOf } from '../storage/keys.ts';
import type { Statements } from '../storage/store.ts';
import { decodeFields } from '../values/decode.ts';
import { bsonType, Int, Scalar, type Value } from '../values/types.ts';

/** A document in the file. */
export interface Stored {
  readonly row: number;
  readonly bytes: Uint8Array;
}

/** A filter that names one _id, and what else it asks of the document. */
export interface IdFilter {
  readonly id: Value;
  readonly others: readonly Filter[];
}

/** The one _id that a filter names; undefined where the planner must look, as for values that no single key stands for. */
export function idIn(filter: Filter): IdFilter | undefined {
  const conjuncts = filter.kind === 'and' ? filter.children : [filter];
  const named = conjuncts.find((one) => one.kind === 'leaf' && one.path === '_id' && one.op === 'eq');
  if (named?.kind !== 'leaf' || !hasOneKey(named.value) || isRisky(filter)) return undefined;
  return { id: named.value, others: conjuncts.filter((one) => one !== named) };
}

function hasOneKey(id: Value): boolean {
  if (typeof id === 'string' || typeof id === 'bigint' || id instanceof Int) return true;
  return id instanceof Scalar && id.type === bsonType.objectId;
}

/** The document with this _id, if the rest of the filter holds for it too. */
export function findById(
  statements: Statements,
  collection: Collection,
  { id, others }: IdFilter,
): Stored | undefined {
  const [index] = collection.indexes;
  const found = index && statements.byKey(collection.table, index.table).get(keyOf(id));
  if (found === undefined) return undefined;
  const [row, bytes] = found as unknown as [number, Uint8Array];
  const rest: Filter = { kind: 'and', children: others };
  const holds = others.length === 0 || compileFilter(rest)(decodeFields(bytes, fieldsOf(rest)));
  return holds ? { row, bytes } : undefined;
}
