// Owns turning a filter tree into a function on documents, and listing the top-level fields it reads.
import type { Doc, Value } from '../values/types.ts';
import { anyAtPath, type Test } from './paths.ts';
import type { Filter } from './parse.ts';
import { patternOf } from './regex.ts';

/** A filter as a function on a document. */
export type Predicate = (root: Doc) => boolean;

/** Compiles a filter; the result is pure and may be kept. */
export function compileFilter(filter: Filter): Predicate {
  if (filter.kind === 'leaf') return compileLeaf(filter);
  if (filter.kind === 'not') {
    const inner = compileFilter(filter.child);
    return (root) => !inner(root);
  }
  const children = filter.children.map(compileFilter);
  if (filter.kind === 'or') return (root) => children.some((holds) => holds(root));
  if (filter.kind === 'nor') return (root) => !children.some((holds) => holds(root));
  return (root) => children.every((holds) => holds(root));
}

function compileLeaf(filter: Extract<Filter, { kind: 'leaf' }>): Predicate {
  const { parts, test } = filter;
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return (root) => test(root.get(first));
  return (root) => anyAtPath(root, parts, filter);
}

/** True when a regular expression in the filter may take very long. */
export function isRisky(filter: Filter): boolean {
  if (filter.kind === 'not') return isRisky(filter.child);
  if (filter.kind !== 'leaf') return filter.children.some(isRisky);
  if (filter.inner !== undefined) return isRisky(filter.inner);
  const values = filter.op === 'in' && Array.isArray(filter.value) ? filter.value : [filter.value];
  return values.some((value) => patternOf(value)?.risky === true);
}

/** The top-level fields that a filter looks at. */
export function fieldsOf(filter: Filter, into: Set<string> = new Set()): Set<string> {
  if (filter.kind === 'leaf') into.add(filter.parts[0] ?? '');
  else if (filter.kind === 'not') fieldsOf(filter.child, into);
  else for (const child of filter.children) fieldsOf(child, into);
  return into;
}

/** Compiles a filter on one value, as in $elemMatch: {$gt: 1}; an array is judged as one value. */
export function compileSingle(filter: Filter): (value: Value) => boolean {
  if (filter.kind === 'leaf') {
    const test: Test = filter.single;
    return (value) => test(value);
  }
  if (filter.kind === 'not') {
    const inner = compileSingle(filter.child);
    return (value) => !inner(value);
  }
  const children = filter.children.map(compileSingle);
  return (value) => {
    if (filter.kind === 'and') return children.every((holds) => holds(value));
    return children.some((holds) => holds(value)) === (filter.kind === 'or');
  };
}
