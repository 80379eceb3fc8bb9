// Owns checking the specification of an index, and telling whether it is one that exists already.
import { MongoError } from '../errors.ts';
import { parseFilter, truthy, type Filter } from '../matcher/parse.ts';
import { arrayIndex } from '../matcher/paths.ts';
import type { Index } from '../storage/catalog.ts';
import { encode } from '../values/encode.ts';
import { int } from '../values/readers.ts';
import { describe } from '../values/describe.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { isDoc, typeName, type Doc, type Value } from '../values/types.ts';

const known = new Set([
  'v',
  'key',
  'name',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
  'background',
  'ns',
  'hidden',
]);
const partsMax = 30;

/** The specification as it is stored; the background flag, which means nothing any more, is dropped. */
export function checkIndexSpec(spec: Doc): Doc {
  const key = spec.get('key');
  const name = spec.get('name');
  if (!isDoc(key) || key.size === 0) throw new MongoError(67, 'Index keys cannot be an empty object');
  if (typeof name !== 'string' || name === '') throw new MongoError(67, 'index names cannot be empty');
  if (key.size > partsMax) throw new MongoError(67, `an index has at most ${partsMax} fields`);
  for (const [path, direction] of key) checkPart(path, direction);
  checkOptions(spec);
  checkPartial(spec);
  checkExpiry(spec.get('expireAfterSeconds'), key);
  const made: Doc = new Map<string, Value>([
    ['v', int(2)],
    ['key', key],
    ['name', name],
  ]);
  for (const [option, value] of spec)
    if (!['v', 'key', 'name', 'background', 'ns', 'hidden'].includes(option)) made.set(option, value);
  return made;
}

function checkOptions(spec: Doc): void {
  for (const option of spec.keys())
    if (!known.has(option))
      throw new MongoError(
        197,
        `The field '${option}' is not valid for an index specification of this server`,
      );
  if (truthy(spec.get('hidden')))
    throw new MongoError(238, 'hidden indexes are not supported by this server');
}

function checkPart(path: string, direction: Value): void {
  if (!isNumber(direction) || toDouble(direction) === 0)
    throw new MongoError(
      67,
      `Values in the index key pattern must be numbers other than 0; '${describe(direction)}' indexes are not supported by this server`,
    );
  const parts = path.split('.');
  if (parts.includes('')) throw new MongoError(67, 'Index keys cannot contain an empty field.');
  if (parts.some((part) => part.startsWith('$')))
    throw new MongoError(67, `Index key contains an illegal field name: '${path}'`);
  if (parts.some((part) => arrayIndex(part) !== undefined))
    throw new MongoError(67, `an index on a numbered field ('${path}') is not supported by this server`);
}

function checkPartial(spec: Doc): void {
  const partial = spec.get('partialFilterExpression');
  if (partial === undefined) return;
  if (!isDoc(partial)) throw new MongoError(14, 'partialFilterExpression must be an object');
  if (truthy(spec.get('sparse')))
    throw new MongoError(67, 'cannot mix "partialFilterExpression" and "sparse" options');
  checkPartialFilter(parseFilter(partial));
}

function checkPartialFilter(filter: Filter): void {
  if (filter.kind === 'leaf' && ['eq', 'lt', 'lte', 'gt', 'gte', 'in', 'exists', 'type'].includes(filter.op))
    return;
  if (filter.kind === 'and' || filter.kind === 'or') {
    for (const child of filter.children) checkPartialFilter(child);
    return;
  }
  throw new MongoError(67, 'Expression not supported in partial index');
}

function checkExpiry(expiry: Value | undefined, key: Doc): void {
  if (expiry === undefined) return;
  if (!isNumber(expiry))
    throw new MongoError(
      67,
      `TTL index 'expireAfterSeconds' option must be numeric, but received a type of ${typeName(expiry)}`,
    );
  const seconds = toDouble(expiry);
  if (!(seconds >= 0 && seconds <= 2147483647))
    throw new MongoError(67, 'TTL index expireAfterSeconds must be within 0 and 2147483647');
  if (key.size > 1 || key.has('_id'))
    throw new MongoError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL');
}

/**
 * True when the index exists as it is wanted.
 * @throws MongoError IndexOptionsConflict (85) or IndexKeySpecsConflict (86) when it exists otherwise.
 */
export function sameSpec(index: Index, spec: Doc): boolean {
  const sameKey = encode(plainKey(index.key)).equals(encode(plainKey(keyOfSpec(spec))));
  const name = spec.get('name');
  const sameOptions = optionsText(index.spec) === optionsText(spec);
  const samePartial =
    optionText(index.spec, 'partialFilterExpression') === optionText(spec, 'partialFilterExpression');
  if (index.name === '_id_' && sameKey) return true;
  if (index.name === name) {
    if (sameKey && sameOptions) return true;
    throw new MongoError(
      86,
      `An existing index has the same name as the requested index. Requested index: ${describe(spec)}, existing index: ${describe(index.spec)}`,
    );
  }
  if (sameKey && samePartial)
    throw new MongoError(85, `Index already exists with a different name: ${index.name}`);
  return false;
}

function keyOfSpec(spec: Doc): Doc {
  const key = spec.get('key');
  return isDoc(key) ? key : new Map<string, Value>();
}

/** Directions as plain 1 and -1, so that 1 and 1.0 are the same index. */
function plainKey(key: Doc): Doc {
  return new Map(
    [...key].map(([path, direction]) => [
      path,
      isNumber(direction) ? Math.sign(toDouble(direction)) : direction,
    ]),
  );
}

function optionText(spec: Doc, name: string): string {
  const value = spec.get(name);
  if (name === 'unique' || name === 'sparse') return String(truthy(value));
  return value === undefined ? '' : describe(isNumber(value) ? toDouble(value) : value);
}

function optionsText(spec: Doc): string {
  return ['unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression']
    .map((name) => optionText(spec, name))
    .join('|');
}
