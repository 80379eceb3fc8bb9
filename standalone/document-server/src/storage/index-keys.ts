// Owns deriving the keys of a document for an index: compound, multikey, sparse and partial.
import { MongoError } from '../errors.ts';
import { arrayIndex } from '../matcher/paths.ts';
import { isDoc, undefinedValue, type Doc, type Value } from '../values/types.ts';
import type { Index, IndexPart } from './catalog.ts';
import { compoundKey } from './keys.ts';

/** The keys of one document in one index, and which components met an array. */
export interface DocumentKeys {
  readonly keys: readonly Buffer[];
  readonly multikey: readonly boolean[] | undefined;
}

/** Where a component stands on its way down: the value reached and the parts used up. */
interface Stand {
  readonly value: Value | undefined;
  readonly used: number;
}

const none: DocumentKeys = { keys: [], multikey: undefined };

/**
 * The keys of a document, without repetition. The document needs only the fields that the index reads.
 * @throws MongoError CannotIndexParallelArrays (171) when two components meet different arrays.
 */
export function keysOf(index: Index, root: Doc): DocumentKeys {
  if (index.partial !== undefined && !index.partial.holds(root)) return none;
  const plain = index.plain && plainKeys(index, index.plain, root);
  if (plain !== undefined) return plain;
  const collector = new Collector(index);
  collector.expand(index.parts.map((part) => descend(root, part, 0)));
  return { keys: collector.keys(), multikey: collector.multikey };
}

/** The same for fields without dots, of which at most one is an array with elements; undefined for any other document. */
function plainKeys(index: Index, fields: readonly string[], root: Doc): DocumentKeys | undefined {
  const values: Value[] = [];
  let array: readonly Value[] | undefined;
  let place = 0;
  let found = 0;
  for (const field of fields) {
    const value = root.get(field);
    if (value !== undefined) found++;
    if (Array.isArray(value)) {
      if (array !== undefined || value.length === 0) return undefined;
      array = value;
      place = values.length;
    }
    values.push(value ?? null);
  }
  if (array === undefined)
    return index.sparse && found === 0
      ? none
      : { keys: [compoundKey(values, index.descending)], multikey: undefined };
  const keys = array.map((element) => {
    values[place] = element;
    return compoundKey(values, index.descending);
  });
  return { keys: distinctKeys(keys), multikey: fields.map((_, at) => at === place) };
}

function distinctKeys(keys: readonly Buffer[]): readonly Buffer[] {
  if (keys.length < 2) return keys;
  const seen = new Map<string, Buffer>();
  for (const key of keys) seen.set(key.latin1Slice(), key);
  return seen.size === keys.length ? keys : [...seen.values()];
}

function descend(from: Value | undefined, part: IndexPart, used: number): Stand {
  let value = from;
  let at = used;
  for (; at < part.parts.length; at++) {
    const name = part.parts[at] ?? '';
    const position = Array.isArray(value) ? arrayIndex(name) : undefined;
    if (isDoc(value)) value = value.get(name);
    else if (Array.isArray(value) && position !== undefined) value = value[position];
    else break;
  }
  if (at < part.parts.length && !Array.isArray(value)) return { value: undefined, used: part.parts.length };
  return { value, used: at };
}

class Collector {
  readonly #index: KeyFields;
  readonly #found: Buffer[] = [];
  readonly #onKey: ((values: readonly Value[], key: Buffer) => void) | undefined;
  multikey: boolean[] | undefined;

  constructor(index: KeyFields, onKey?: (values: readonly Value[], key: Buffer) => void) {
    this.#index = index;
    this.#onKey = onKey;
  }

  /** Emits one key per element of the array that components stand at, or one key when there is none. */
  expand(stands: readonly Stand[], settled: readonly boolean[] = []): void {
    let array: readonly Value[] | undefined;
    for (const [at, stand] of stands.entries()) {
      if (settled[at] === true || !Array.isArray(stand.value)) continue;
      if (array !== undefined && array !== stand.value) throw this.#parallel();
      array = stand.value;
      this.multikey ??= stands.map(() => false);
      this.multikey[at] = true;
    }
    if (array === undefined) this.#emit(stands);
    else this.#expandArray(stands, settled, array);
  }

  #expandArray(stands: readonly Stand[], settled: readonly boolean[], array: readonly Value[]): void {
    const parts = this.#index.parts;
    const done = stands.map(
      (stand, at) =>
        settled[at] === true || (stand.value === array && stand.used === parts[at]?.parts.length),
    );
    for (const element of array.length === 0 ? [undefined] : array) {
      const next = stands.map((stand, at) => {
        const part = parts[at];
        if (stand.value !== array || settled[at] === true || part === undefined) return stand;
        if (stand.used === part.parts.length)
          return { value: element ?? undefinedValueOrNull(element), used: stand.used };
        return isDoc(element)
          ? descend(element, part, stand.used)
          : { value: undefined, used: part.parts.length };
      });
      this.expand(next, done);
    }
  }

  #emit(stands: readonly Stand[]): void {
    if (this.#index.sparse && stands.every((stand) => stand.value === undefined)) return;
    const values = stands.map((stand) => stand.value ?? null);
    const key = compoundKey(values, this.#index.descending);
    this.#found.push(key);
    this.#onKey?.(values, key);
  }

  #parallel(): MongoError {
    const fields = this.#index.parts.map((part) => `[${part.path}]`).join(' ');
    return new MongoError(171, `cannot index parallel arrays ${fields}`);
  }

  keys(): readonly Buffer[] {
    return distinctKeys(this.#found);
  }
}

/** An empty array stands in the index as BSON undefined, a null element as null. */
function undefinedValueOrNull(element: Value | undefined): Value {
  return element === undefined ? undefinedValue : null;
}

/** The values of an index's fields that make a key of a document, for the report of a duplicate key. */
export function keyValueOf(index: Index, root: Doc, key: Uint8Array): Doc {
  let found: readonly Value[] = [];
  const collector = new Collector(index, (values, made) => {
    if (made.equals(key)) found = values;
  });
  collector.expand(index.parts.map((part) => descend(root, part, 0)));
  return new Map(index.parts.map((part, at) => [part.path, found[at] ?? null]));
}

/** The fields by which keys are made: those of an index, or of a sort. */
export interface KeyFields {
  readonly parts: readonly IndexPart[];
  readonly descending: readonly boolean[];
  readonly sparse: boolean;
}

/**
 * The key by which a document is sorted: of an array its least, or greatest, element.
 * @throws MongoError BadValue (2) when two fields of the sort meet different arrays
 */
export function sortKeyOf(fields: KeyFields, root: Doc): Buffer {
  const collector = new Collector(fields);
  try {
    collector.expand(fields.parts.map((part) => descend(root, part, 0)));
  } catch (error) {
    if (error instanceof MongoError && error.code === 171)
      throw new MongoError(2, 'cannot sort with keys that are parallel arrays');
    throw error;
  }
  const keys = collector.keys();
  let best = keys[0] ?? Buffer.alloc(0);
  for (const key of keys) if (key.compare(best) < 0) best = key;
  return best;
}
