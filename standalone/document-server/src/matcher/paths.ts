// Owns walking a dotted path through documents and arrays the way MongoDB's queries do.
import { isDoc, type Doc, type Value } from '../values/types.ts';

/** Judges one value found at the end of a path; undefined stands for missing. */
export type Test = (value: Value | undefined) => boolean;

const indexPattern = /^(?:0|[1-9]\d*)$/;

/** The array index that a path component names, or undefined. */
export function arrayIndex(part: string): number | undefined {
  return indexPattern.test(part) ? Number(part) : undefined;
}

/** The two judgements of a predicate: `test` also looks at the elements of an array, `single` takes it as one value. */
export interface LeafTests {
  readonly test: Test;
  readonly single: Test;
}

/**
 * True when the predicate holds for a value at the path. Arrays on the way are entered element by element, and by
 * index; a value that the path names by its index is taken as one value.
 */
export function anyAtPath(root: Doc, parts: readonly string[], leaf: LeafTests): boolean {
  return fromDoc(root, parts, 0, leaf);
}

function fromDoc(root: Doc, parts: readonly string[], at: number, leaf: LeafTests): boolean {
  const value = root.get(parts[at] ?? '');
  if (at === parts.length - 1) return leaf.test(value);
  if (isDoc(value)) return fromDoc(value, parts, at + 1, leaf);
  if (Array.isArray(value)) return fromArray(value, parts, at + 1, leaf);
  return leaf.test(undefined);
}

function fromArray(values: readonly Value[], parts: readonly string[], at: number, leaf: LeafTests): boolean {
  for (const element of values) if (isDoc(element) && fromDoc(element, parts, at, leaf)) return true;
  const index = arrayIndex(parts[at] ?? '');
  const named = index === undefined ? undefined : values[index];
  if (named === undefined) return false;
  if (at === parts.length - 1) return leaf.single(named);
  if (isDoc(named)) return fromDoc(named, parts, at + 1, leaf);
  return Array.isArray(named) && fromArray(named, parts, at + 1, leaf);
}

/** The test extended to the elements of an array: they are judged first, then the array itself. */
export function expandLeaf(test: Test): Test {
  return (value) => {
    if (Array.isArray(value)) for (const element of value) if (test(element)) return true;
    return test(value);
  };
}
