/** Random documents, filters, sorts, projections, updates and indexes, small enough to collide often. */

import { Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import type { Prng } from './prng.ts';
import type { KeySpec } from './reference-keys.ts';
import { isFields } from './reference-order.ts';
import type { Fields } from './reference-order.ts';

/** Paths that filters, sorts and indexes run along; the documents have arrays and objects at all of them. */
export const PATHS = ['a', 'b', 'c', 'a.b', 'a.c', 'b.c', 'a.b.c'] as const;

/** Filters also name elements by their number. */
const FILTER_PATHS = [...PATHS, ...PATHS, 'a.0', 'a.1.b', 'b.0.c', 'c.1'];

const SCALARS: readonly unknown[] = [
  null,
  ...[-1, 0, 1, 2, 3, 7].map((value) => new Int32(value)),
  ...[-0, 0.5, 1, 2, 2.5, NaN, Infinity, -Infinity, 0.1, 9007199254740992].map((value) => new Double(value)),
  ...['1', '2', '9007199254740991', '9007199254740992', '9007199254740993', '-9223372036854775808'].map(
    (text) => Long.fromString(text),
  ),
  ...['0.1', '1.0', '2', '9007199254740992.5', '-3.50'].map((text) => Decimal128.fromString(text)),
  ...['', 'a', 'ab', 'abc', 'b', 'B', '扶', 'z'],
  true,
  false,
  ...[-1, 0, 1000].map((value) => new Date(value)),
  new ObjectId('000000000000000000000001'),
  new ObjectId('0000000000000000000000ff'),
];

/** A document with this _id. */
export function makeDocument(random: Prng, _id: number): Fields {
  const doc: Fields = { _id: new Int32(_id) };
  for (const name of random.some(['a', 'b', 'c'], 1, 3)) doc[name] = makeValue(random, 0);
  return doc;
}

/** A value; the deeper, the more often a scalar. */
export function makeValue(random: Prng, depth: number): unknown {
  const scalar = (): unknown => random.pick(SCALARS);
  if (depth > 2) return scalar();
  return random.weighted<unknown>([
    [5, scalar],
    [2, () => makeFields(random, depth + 1)],
    [2, () => makeArray(random, depth + 1)],
  ]);
}

function makeFields(random: Prng, depth: number): Fields {
  const names = random.some(['b', 'c', 'd'], 0, 2);
  return Object.fromEntries(names.map((name) => [name, makeValue(random, depth)]));
}

function makeArray(random: Prng, depth: number): unknown[] {
  const ofObjects = random.chance(0.4);
  return Array.from({ length: random.int(0, 3) }, () =>
    ofObjects && random.chance(0.8) ? makeFields(random, depth) : makeValue(random, depth + 1),
  );
}

/** A value that some document has, or a new one. */
export function likelyValue(random: Prng, docs: readonly Fields[]): unknown {
  if (docs.length === 0 || random.chance(0.3)) return makeValue(random, 1);
  let value: unknown = random.pick(docs)[random.pick(['a', 'b', 'c'])] ?? null;
  while (random.chance(0.6)) {
    const inner: unknown[] = Array.isArray(value) ? value : isFields(value) ? Object.values(value) : [];
    if (inner.length === 0) break;
    value = random.pick(inner);
  }
  return value;
}

/** A filter of one to three conditions, sometimes with logic around them. */
export function makeFilter(random: Prng, docs: readonly Fields[], depth = 0): Fields {
  const filter: Fields = {};
  if (random.chance(0.05)) return filter;
  for (const path of random.some(FILTER_PATHS, 1, depth === 0 ? 2 : 1))
    filter[path] = makeCondition(random, docs);
  if (depth < 2 && random.chance(0.2)) {
    const branches = Array.from({ length: random.int(1, 3) }, () => makeFilter(random, docs, depth + 1));
    filter[random.pick(['$and', '$or', '$nor'])] = branches;
  }
  return filter;
}

function makeCondition(random: Prng, docs: readonly Fields[]): unknown {
  const value = (): unknown => likelyValue(random, docs);
  const values = (): unknown[] => Array.from({ length: random.int(0, 4) }, value);
  const bound = (): Fields => ({ [random.pick(['$gt', '$gte', '$lt', '$lte'])]: value() });
  return random.weighted<unknown>([
    [6, value],
    [2, () => ({ $eq: value() })],
    [5, bound],
    [3, () => ({ ...bound(), ...bound() })],
    [4, () => ({ $in: random.chance(0.1) ? [...values(), /^a/] : values() })],
    [1, () => ({ $nin: values() })],
    [1, () => ({ $ne: value() })],
    [2, () => ({ $exists: random.chance(0.6) })],
    [1, () => ({ $type: random.some(TYPES, 1, 2) })],
    [1, () => ({ $not: random.chance(0.5) ? bound() : { $in: values() } })],
    [1, () => ({ $size: random.int(0, 2) })],
    [2, () => ({ $elemMatch: { ...bound(), ...(random.chance(0.5) && bound()) } })],
    [2, () => ({ $elemMatch: { [random.pick(['b', 'c'])]: random.chance(0.5) ? value() : bound() } })],
    [1, () => ({ $all: values() })],
    [1, () => ({ $all: [{ $elemMatch: { $gte: value() } }, { $elemMatch: { b: value() } }] })],
    [1, () => random.pick([/^a/, /b$/, /^ab/, /^/])],
    [
      1,
      () => ({ $regex: random.pick(['^a', '^ab?', 'c', '^a|z']), ...(random.chance(0.3) && { $ne: 'ab' }) }),
    ],
  ]);
}

const TYPES = [
  'number',
  'int',
  'long',
  'double',
  'decimal',
  'string',
  'object',
  'array',
  'bool',
  'date',
  'null',
  'objectId',
];

/** A sort of one to three paths. */
export function makeSort(random: Prng): KeySpec {
  return random.some(PATHS, 1, 2).map((path) => [path, random.pick([1, -1])]);
}

/** Adds _id, which makes the order of any sort complete. */
export function complete(sort: KeySpec, direction: 1 | -1): KeySpec {
  return [...sort, ['_id', direction]];
}

/** An inclusion, an exclusion, or nothing. */
export function makeProjection(random: Prng): Record<string, 0 | 1> {
  const kind = random.pick([1, 0] as const);
  const chosen = random.some(PATHS, 0, 2);
  const apart = chosen.filter(
    (path) => !chosen.some((other) => other !== path && path.startsWith(`${other}.`)),
  );
  const projection = Object.fromEntries(apart.map((path) => [path, kind])) as Record<string, 0 | 1>;
  if (random.chance(0.3)) projection['_id'] = apart.length > 0 && kind === 0 ? 0 : random.pick([0, 1]);
  return projection;
}

/** One index: its keys and options. */
export interface IndexSpec {
  readonly keys: KeySpec;
  readonly unique?: true;
  readonly sparse?: true;
  readonly partial?: Fields;
}

/** A random index, most often of two paths, sometimes partial, sparse or unique. */
export function makeIndex(random: Prng, docs: readonly Fields[]): IndexSpec {
  const paths = makeSort(random);
  const keys = random.chance(0.3) ? complete(paths, random.pick([1, -1])) : paths;
  const partial = (): IndexSpec => ({ keys, partial: makePartial(random, docs) });
  return random.weighted<IndexSpec>([
    [6, () => ({ keys })],
    [2, partial],
    [1, () => ({ keys, sparse: true })],
    [1, () => ({ keys, unique: true })],
    [0.5, () => ({ ...partial(), unique: true })],
  ]);
}

function makePartial(random: Prng, docs: readonly Fields[]): Fields {
  const path = random.pick(PATHS);
  const value = likelyValue(random, docs);
  return random.weighted<Fields>([
    [2, () => ({ [path]: { $exists: true } })],
    [2, () => ({ [path]: { [random.pick(['$gt', '$gte', '$lt', '$lte'])]: value } })],
    [1, () => ({ [path]: { $eq: value } })],
    [1, () => ({ [path]: { $type: random.pick(TYPES) } })],
  ]);
}

/** An update of one to three paths that do not meet, made for one of the documents. */
export function makeUpdate(random: Prng, docs: readonly Fields[], target: Fields): Record<string, Fields> {
  // A number names an element only: as a name of a field it would lose its place among JavaScript's keys.
  const elements = ['a.0', 'a.1.b', 'c.2'].filter((path) => Array.isArray(target[path.slice(0, 1)]));
  const paths = [...PATHS, 'd', 'e.f', ...elements];
  const chosen = random.some(paths, 1, 3);
  const apart = chosen.filter(
    (path) => !chosen.some((other) => other !== path && `${path}.`.startsWith(`${other}.`)),
  );
  const update: Record<string, Fields> = {};
  for (const path of apart) {
    const [operator, operand] = makeChange(random, docs);
    (update[operator] ??= {})[path] = operand;
  }
  return update;
}

function makeChange(random: Prng, docs: readonly Fields[]): readonly [operator: string, operand: unknown] {
  const value = (): unknown => likelyValue(random, docs);
  const plain = (): unknown => random.pick(SCALARS.filter((each) => each !== null));
  const numbers = [
    new Int32(1),
    new Int32(2147483647),
    new Double(0.5),
    Long.fromString('9007199254740993'),
    Decimal128.fromString('0.2'),
  ];
  const each = (): unknown[] => Array.from({ length: random.int(0, 3) }, value);
  return random.weighted<readonly [string, unknown]>([
    [4, () => ['$set', value()]],
    [2, () => ['$unset', '']],
    [3, () => ['$inc', random.pick(numbers)]],
    [1, () => ['$min', value()]],
    [1, () => ['$max', value()]],
    [2, () => ['$push', plain()]],
    [2, () => ['$push', { $each: each(), ...(random.chance(0.6) && { $slice: random.int(-3, 3) }) }]],
    [2, () => ['$addToSet', random.chance(0.5) ? plain() : { $each: each() }]],
    [1, () => ['$pull', plain()]],
    [1, () => ['$pull', random.chance(0.3) ? { $in: each() } : { [random.pick(['$gte', '$lte'])]: plain() }]],
    [1, () => ['$pull', { b: plain() }]],
    [1, () => ['$setOnInsert', 1]],
  ]);
}
