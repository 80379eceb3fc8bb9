// Owns deriving the keys of a document for an index: compound, multikey, sparse and partial.
import { MongoError } from '../errors.ts';
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
  const collector = new Collector(index);
  collector.expand(index.parts.map((part) => descend(root, part, 0)));
  return { keys: collector.keys(), multikey: collector.multikey };
}

function descend(from: Value | undefined, part: IndexPart, used: number): Stand {
  let value = from;
  let at = used;
  while (at < part.parts.length && isDoc(value)) value = value.get(part.parts[at++] ?? '');
  if (at < part.parts.length && !Array.isArray(value)) return { value: undefined, used: part.parts.length };
  return { value, used: at };
}

class Collector {
  readonly #index: Index;
  readonly #found: Buffer[] = [];
  multikey: boolean[] | undefined;

  constructor(index: Index) {
    this.#index = index;
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
      (stand, at) => settled[at] === true || (stand.value === array && stand.used === parts[at]?.parts.length),
    );
    for (const element of array.length === 0 ? [undefined] : array) {
      const next = stands.map((stand, at) => {
        const part = parts[at];
        if (stand.value !== array || settled[at] === true || part === undefined) return stand;
        if (stand.used === part.parts.length) return { value: element ?? undefinedValueOrNull(element), used: stand.used };
        return isDoc(element) ? descend(element, part, stand.used) : { value: undefined, used: part.parts.length };
      });
      this.expand(next, done);
    }
  }

  #emit(stands: readonly Stand[]): void {
    if (this.#index.sparse && stands.every((stand) => stand.value === undefined)) return;
    this.#found.push(
      compoundKey(
        stands.map((stand) => stand.value ?? null),
        this.#index.descending,
      ),
    );
  }

  #parallel(): MongoError {
    const fields = this.#index.parts.map((part) => `[${part.path}]`).join(' ');
    return new MongoError(171, `cannot index parallel arrays ${fields}`);
  }

  keys(): readonly Buffer[] {
    if (this.#found.length < 2) return this.#found;
    const seen = new Map<string, Buffer>();
    for (const key of this.#found) seen.set(key.latin1Slice(), key);
    return [...seen.values()];
  }
}

/** An empty array stands in the index as BSON undefined, a null element as null. */
function undefinedValueOrNull(element: Value | undefined): Value {
  return element === undefined ? undefinedValue : null;
}

/** The values of an index's fields in a document, for the report of a duplicate key. */
export function keyValueOf(index: Index, root: Doc): Doc {
  const made: Doc = new Map();
  for (const part of index.parts) made.set(part.path, descend(root, part, 0).value ?? null);
  return made;
}
