// Owns reading an update and applying it to a document: operators, replacement, array filters.
import { MongoError } from '../errors.ts';
import { compileFilter, type Predicate } from '../matcher/compile.ts';
import { arrayIndex } from '../matcher/paths.ts';
import { fieldsOf } from '../matcher/compile.ts';
import { parseFilter, type Filter } from '../matcher/parse.ts';
import { compare, equal } from '../values/compare.ts';
import { describe } from '../values/describe.ts';
import { isDoc, RawDoc, typeName, type Doc, type Value } from '../values/types.ts';
import { keep, updateOperators } from './operators.ts';
import { checkViable, cloneValue, getAt, setAt, unsetAt } from './tree.ts';

/** An update, checked and ready to be applied to any number of documents. */
export interface Update {
  readonly isReplacement: boolean;
  /** A replacement that came unread, in place of `apply`. */
  readonly raw?: RawDoc;
  /** Changes a document that is the caller's own; undefined when nothing changes. */
  readonly apply: (before: Doc, inserting: boolean) => Doc | undefined;
}

interface Step {
  readonly name: string;
  readonly path: string;
  readonly parts: readonly string[];
  readonly argument: Value;
}

type ArrayFilters = ReadonlyMap<string, (element: Value) => boolean>;

/**
 * Reads the `u` of an update statement.
 * @throws MongoError FailedToParse (9) for an unknown modifier, ConflictingUpdateOperators (40) and others.
 */
export function parseUpdate(update: Value | undefined, arrayFilters: Value | undefined): Update {
  if (Array.isArray(update))
    throw new MongoError(238, 'pipeline-style updates are not supported by this server');
  if (update instanceof RawDoc) return { isReplacement: true, raw: update, apply: () => undefined };
  if (!isDoc(update)) throw new MongoError(9, 'Update argument must be either an object or an array');
  const [first] = update.keys();
  if (first?.startsWith('$') !== true) return replacement(update);
  const steps = stepsOf(update);
  const filters = parseArrayFilters(arrayFilters, steps);
  return {
    isReplacement: false,
    apply: (before, inserting) => applySteps(before, steps, filters, inserting),
  };
}

function replacement(update: Doc): Update {
  for (const key of update.keys())
    if (key.startsWith('$'))
      throw new MongoError(
        52,
        `The dollar ($) prefixed field '${key}' in '${key}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
  return {
    isReplacement: true,
    apply: (before) => {
      const id = before.get('_id');
      const wanted = update.get('_id');
      if (id !== undefined && wanted !== undefined && !equal(wanted, id)) throw immutableId();
      const first = id ?? wanted;
      const made: Doc = new Map(first === undefined ? [] : [['_id', first]]);
      for (const [key, value] of update) if (key !== '_id') made.set(key, value);
      return identical(before, made) ? undefined : made;
    },
  };
}

function stepsOf(update: Doc): Step[] {
  const steps: Step[] = [];
  for (const [name, fields] of update) {
    if (name !== '$unset' && !Object.hasOwn(updateOperators, name))
      throw new MongoError(
        9,
        `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (!isDoc(fields))
      throw new MongoError(
        9,
        `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${name}: ${describe(fields)}}`,
      );
    for (const [path, argument] of fields) steps.push({ name, path, parts: checkedParts(path), argument });
  }
  checkConflicts(steps);
  return steps.sort((a, b) => orderPaths(a.parts, b.parts));
}

/** New fields are created in the order of their names, numbers by value, whatever the order in the update. */
function orderPaths(left: readonly string[], right: readonly string[]): number {
  for (const [at, part] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    if (part === other) continue;
    const a = arrayIndex(part);
    const b = arrayIndex(other);
    if (a !== undefined && b !== undefined) return a - b;
    return compare(part, other);
  }
  return 0;
}

function checkedParts(path: string): readonly string[] {
  const parts = path.split('.');
  if (path === '') throw new MongoError(56, 'An empty update path is not valid.');
  if (parts.includes(''))
    throw new MongoError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
  for (const part of parts) {
    if (part === '$')
      throw new MongoError(
        2,
        "The positional operator '$' is not supported by this server; use arrayFilters.",
      );
    if (part.startsWith('$') && !/^\$\[[a-z0-9A-Z]*\]$/.test(part) && !['$ref', '$id', '$db'].includes(part))
      throw new MongoError(
        52,
        `The dollar ($) prefixed field '${part}' in '${path}' is not valid for storage.`,
      );
  }
  return parts;
}

function checkConflicts(steps: readonly Step[]): void {
  const paths = steps.map((step) => step.path).sort();
  const seen = new Set<string>();
  for (const path of paths) {
    const parts = path.split('.');
    for (let size = 1; size <= parts.length; size++) {
      const prefix = parts.slice(0, size).join('.');
      if (seen.has(prefix))
        throw new MongoError(40, `Updating the path '${path}' would create a conflict at '${prefix}'`);
    }
    seen.add(path);
  }
}

function parseArrayFilters(filters: Value | undefined, steps: readonly Step[]): ArrayFilters {
  const made = new Map<string, (element: Value) => boolean>();
  if (filters !== undefined && !Array.isArray(filters))
    throw new MongoError(14, 'arrayFilters must be an array');
  for (const filter of filters ?? []) {
    if (!isDoc(filter)) throw new MongoError(14, 'an array filter must be an object');
    const parsed = parseFilter(filter);
    const names = [...fieldsOf(parsed)];
    const [name] = names;
    if (name === undefined || names.length > 1)
      throw new MongoError(9, 'Error parsing array filter :: Expected a single top-level field name');
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name))
      throw new MongoError(
        2,
        `Error parsing array filter :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
      );
    if (made.has(name))
      throw new MongoError(9, `Found multiple array filters with the same top-level field name ${name}`);
    made.set(name, elementTest(name, parsed));
  }
  checkIdentifiers(made, steps);
  return made;
}

function checkIdentifiers(filters: ReadonlyMap<string, unknown>, steps: readonly Step[]): void {
  const used = new Set<string>();
  for (const { path, parts } of steps) {
    for (const part of parts) {
      const name = identifierOf(part);
      if (name === undefined || name === '') continue;
      if (!filters.has(name))
        throw new MongoError(2, `No array filter found for identifier '${name}' in path '${path}'`);
      used.add(name);
    }
  }
  for (const name of filters.keys())
    if (!used.has(name))
      throw new MongoError(9, `The array filter for identifier '${name}' was not used in the update`);
}

function identifierOf(part: string): string | undefined {
  return part.startsWith('$[') ? part.slice(2, -1) : undefined;
}

function elementTest(name: string, filter: Filter): (element: Value) => boolean {
  const holds: Predicate = compileFilter(filter);
  return (element) => holds(new Map([[name, element]]));
}

/** Changes the document itself, which nobody else holds. */
function applySteps(
  root: Doc,
  steps: readonly Step[],
  filters: ArrayFilters,
  inserting: boolean,
): Doc | undefined {
  const id = root.get('_id');
  const idBefore = id === undefined ? undefined : cloneValue(id);
  const now = new Date();
  let changed = false;
  for (const step of steps) {
    for (const parts of placesOf(root, step.parts, filters)) {
      const path = parts.join('.');
      if (applyStep(root, { ...step, parts, path }, { now, inserting })) changed = true;
    }
  }
  if (!changed) return undefined;
  if (idBefore !== undefined) checkIdKept(idBefore, root.get('_id'));
  return root;
}

function applyStep(root: Doc, step: Step, when: { now: Date; inserting: boolean }): boolean {
  const old = getAt(root, step.parts);
  if (step.name === '$unset') {
    if (old !== undefined) unsetAt(root, step.parts);
    return old !== undefined;
  }
  const made = updateOperators[step.name]?.(old, step.argument, { ...when, path: step.path });
  if (made === undefined || made === keep) {
    if (step.name !== '$setOnInsert') checkViable(root, step.parts);
    return false;
  }
  if (old !== undefined && identical(old, made)) return false;
  setAt(root, step.parts, cloneValue(made));
  return true;
}

/** True when both are equal in value, type and field order, so that writing would change nothing. */
function identical(left: Value, right: Value): boolean {
  if (typeName(left) !== typeName(right)) return false;
  if (isDoc(left) && isDoc(right)) return identicalDocs(left, right);
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((value, at) => identical(value, right[at] ?? null));
  return (
    Object.is(left, right) ||
    (typeof left !== 'number' && describe(left) === describe(right) && equal(left, right))
  );
}

function identicalDocs(left: Doc, right: Doc): boolean {
  const others = [...right];
  if (left.size !== others.length) return false;
  return [...left].every(([key, value], at) => {
    const other = others[at];
    return other?.[0] === key && identical(value, other[1]);
  });
}

function checkIdKept(before: Value, now: Value | undefined): void {
  if (now === undefined || !identical(before, now)) throw immutableId();
}

function immutableId(): MongoError {
  return new MongoError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
}

/** The concrete paths that `$[]` and `$[name]` stand for in this document. */
function placesOf(root: Doc, parts: readonly string[], filters: ArrayFilters): (readonly string[])[] {
  const at = parts.findIndex((part) => part.startsWith('$['));
  if (at < 0) return [parts];
  const array = getAt(root, parts.slice(0, at));
  if (!Array.isArray(array))
    throw new MongoError(
      2,
      `The path '${parts.slice(0, at).join('.')}' must exist in the document in order to apply array updates.`,
    );
  const matches = filters.get(identifierOf(parts[at] ?? '') ?? '');
  return array.flatMap((element, index) => {
    if (matches !== undefined && !matches(element)) return [];
    return placesOf(root, [...parts.slice(0, at), String(index), ...parts.slice(at + 1)], filters);
  });
}
