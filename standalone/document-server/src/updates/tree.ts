// Owns reading and changing values at dotted paths of a document that is being updated.
import { MongoError } from '../errors.ts';
import { arrayIndex } from '../matcher/paths.ts';
import { describe } from '../values/describe.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';

/** Largest array that setting an index past its end may fill with nulls. */
const paddingMax = 1500000;

/** A deep copy of documents and arrays; other values are never changed in place. */
export function cloneValue(value: Value): Value {
  if (isDoc(value)) return new Map([...value].map(([key, part]) => [key, cloneValue(part)]));
  return Array.isArray(value) ? value.map(cloneValue) : value;
}

/** The value at a path, by field names and array indexes; undefined when there is none. */
export function getAt(root: Doc, parts: readonly string[]): Value | undefined {
  let value: Value | undefined = root;
  for (const part of parts) {
    if (isDoc(value)) value = value.get(part);
    else if (Array.isArray(value)) value = value[arrayIndex(part) ?? -1];
    else return undefined;
  }
  return value;
}

/**
 * Sets the value at a path, creating documents on the way and filling arrays with nulls.
 * @throws MongoError PathNotViable (28) when the path leads through something else.
 */
export function setAt(root: Doc, parts: readonly string[], value: Value): void {
  let at: Value = root;
  for (const part of parts.slice(0, -1)) {
    let next: Value | undefined = isDoc(at) ? at.get(part) : elementOf(at, part);
    if (next === undefined) {
      next = new Map<string, Value>();
      put(at, part, next);
    } else if (!isDoc(next) && !Array.isArray(next)) throw notViable(parts, part, next);
    at = next;
  }
  put(at, parts.at(-1) ?? '', value);
}

function elementOf(array: Value, part: string): Value | undefined {
  return Array.isArray(array) ? array[arrayIndex(part) ?? -1] : undefined;
}

function put(container: Value, part: string, value: Value): void {
  if (isDoc(container)) {
    container.set(part, value);
    return;
  }
  const index = arrayIndex(part);
  if (!Array.isArray(container) || index === undefined)
    throw new MongoError(28, `Cannot create field '${part}' in element ${describe(container)}`);
  if (index > container.length + paddingMax)
    throw new MongoError(2, `can't backfill more than ${paddingMax} elements`);
  while (container.length < index) container.push(null);
  container[index] = value;
}

/** @throws MongoError PathNotViable (28) when the path leads through a value that has no fields. */
export function checkViable(root: Doc, parts: readonly string[]): void {
  let at: Value | undefined = root;
  for (const part of parts) {
    if (at === undefined) return;
    if (isDoc(at)) at = at.get(part);
    else if (Array.isArray(at) && arrayIndex(part) !== undefined) at = elementOf(at, part);
    else
      throw new MongoError(
        28,
        `Cannot use the part (${part}) of (${parts.join('.')}) to traverse the element ${describe(at)}`,
      );
  }
}

function notViable(parts: readonly string[], part: string, found: Value): MongoError {
  return new MongoError(
    28,
    `Cannot create field '${parts.at(-1) ?? ''}' in element {${part}: ${describe(found)}}`,
  );
}

/** Removes the field at a path; an array element becomes null. */
export function unsetAt(root: Doc, parts: readonly string[]): void {
  const parent = getAt(root, parts.slice(0, -1));
  const name = parts.at(-1) ?? '';
  const index = arrayIndex(name);
  if (isDoc(parent)) parent.delete(name);
  else if (Array.isArray(parent) && index !== undefined && index < parent.length) parent[index] = null;
}
