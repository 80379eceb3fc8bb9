// Owns projections: fields in, fields out, and computed fields, for find and for $project.
import { MongoError } from '../errors.ts';
import { isNumber } from '../values/numbers.ts';
import { truthy } from '../matcher/parse.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import { compileExpression, type Expression } from './expressions.ts';

/** Makes the projected document. */
export type Projection = (root: Doc) => Doc;

/** A tree of fields: true to keep or drop, an expression to compute, or deeper fields. */
type Node = Map<string, true | Expression | Node>;

interface Parsed {
  readonly tree: Node;
  readonly including: boolean;
  readonly id: boolean;
}

/**
 * Compiles a projection; an empty one keeps everything.
 * @throws MongoError 31254 when fields are both kept and dropped, 2 for operators outside the subset.
 */
export function compileProjection(spec: Doc): Projection {
  const { tree, including, id } = parse(spec);
  if (!including) {
    if (!id) tree.set('_id', true);
    return (root) => exclude(root, tree);
  }
  if (id) tree.set('_id', true);
  return (root) => {
    const made = include(root, tree);
    compute(made, tree, root);
    return made;
  };
}

/** Top-level fields that a projection needs, or undefined when it needs the whole document. */
export function projectionFields(spec: Doc): Set<string> | undefined {
  const { tree, including } = parse(spec);
  if (!including) return undefined;
  const fields = new Set<string>(['_id', ...tree.keys()]);
  for (const value of tree.values()) if (hasExpression(value)) return undefined;
  return fields;
}

function hasExpression(value: true | Expression | Node): boolean {
  if (value === true) return false;
  return value instanceof Map ? [...value.values()].some(hasExpression) : true;
}

function parse(spec: Doc): Parsed {
  const tree: Node = new Map();
  const state: State = { including: undefined, id: true };
  for (const [path, value] of spec) addField(tree, path, value, state);
  const including = state.including ?? (spec.has('_id') && truthy(spec.get('_id')));
  return { tree, including, id: state.id };
}

interface State {
  including: boolean | undefined;
  id: boolean;
}

function addField(tree: Node, path: string, value: Value, state: State): void {
  checkFieldPath(path);
  const isFlag = typeof value === 'boolean' || isNumber(value);
  if (path === '_id' && isFlag) state.id = truthy(value);
  else if (isFields(value)) {
    if (value.size === 0)
      throw new MongoError(51270, 'An empty sub-projection is not a valid value. Found empty object at path');
    for (const [key, inner] of value) addField(tree, `${path}.${key}`, inner, state);
  } else {
    decide(state, path, !isFlag || truthy(value));
    place(tree, path.split('.'), isFlag ? true : expressionOf(path, value));
  }
}

function checkFieldPath(path: string): void {
  if (path === '') throw new MongoError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.split('.').some((part) => part.startsWith('$')))
    throw new MongoError(2, `projection of '${path}' is not supported by this server`);
}

/** True for a document of further fields, not of an operator. */
function isFields(value: Value): value is Doc {
  return isDoc(value) && ![...value.keys()].some((key) => key.startsWith('$'));
}

function decide(state: State, path: string, including: boolean): void {
  if (state.including !== undefined && state.including !== including)
    throw new MongoError(
      including ? 31253 : 31254,
      `Cannot do ${including ? 'inclusion' : 'exclusion'} on field ${path} in ${including ? 'exclusion' : 'inclusion'} projection`,
    );
  state.including = including;
}

function expressionOf(path: string, value: Value): Expression {
  if (isDoc(value))
    for (const key of value.keys())
      if (['$slice', '$elemMatch', '$meta'].includes(key))
        throw new MongoError(2, `${key} in the projection of '${path}' is not supported by this server`);
  return compileExpression(value);
}

function place(tree: Node, parts: readonly string[], value: true | Expression): void {
  let at = tree;
  for (const part of parts.slice(0, -1)) {
    let next = at.get(part);
    if (next === undefined) at.set(part, (next = new Map()));
    if (!(next instanceof Map)) throw collision(parts);
    at = next;
  }
  const last = parts.at(-1) ?? '';
  if (at.has(last)) throw collision(parts);
  at.set(last, value);
}

function collision(parts: readonly string[]): MongoError {
  return new MongoError(31250, `Path collision at ${parts.join('.')}`);
}

function include(root: Doc, tree: Node): Doc {
  const made: Doc = new Map();
  for (const [key, value] of root) {
    const wanted = tree.get(key);
    if (wanted === true) made.set(key, value);
    else if (wanted instanceof Map) {
      const inner = includeInner(value, wanted);
      if (inner !== undefined) made.set(key, inner);
    }
  }
  return made;
}

function includeInner(value: Value, tree: Node): Value | undefined {
  if (isDoc(value)) return include(value, tree);
  if (!Array.isArray(value)) return undefined;
  return value.map((element) => includeInner(element, tree)).filter((element) => element !== undefined);
}

function exclude(root: Doc, tree: Node): Doc {
  const made: Doc = new Map();
  for (const [key, value] of root) {
    const dropped = tree.get(key);
    if (dropped === undefined) made.set(key, value);
    else if (dropped instanceof Map) made.set(key, excludeInner(value, dropped));
  }
  return made;
}

function excludeInner(value: Value, tree: Node): Value {
  if (isDoc(value)) return exclude(value, tree);
  return Array.isArray(value) ? value.map((element) => excludeInner(element, tree)) : value;
}

/** Sets the computed fields, in the order of the projection; inside arrays in each document. */
function compute(made: Doc, tree: Node, root: Doc): void {
  for (const [key, value] of tree) {
    if (value === true) continue;
    if (value instanceof Map) computeInner(made, key, value, root);
    else {
      const result = value(root);
      if (result === undefined) made.delete(key);
      else made.set(key, result);
    }
  }
}

function computeInner(made: Doc, key: string, tree: Node, root: Doc): void {
  if (!hasExpression(tree)) return;
  const old = made.get(key);
  if (Array.isArray(old)) {
    for (const element of old) if (isDoc(element)) compute(element, tree, root);
    return;
  }
  const inner: Doc = isDoc(old) ? old : new Map<string, Value>();
  compute(inner, tree, root);
  made.set(key, inner);
}

/** Compiles $addFields: everything is kept, the given fields are set. */
export function compileAddFields(spec: Doc): Projection {
  const tree: Node = new Map();
  for (const [path, value] of spec) place(tree, path.split('.'), compileExpression(value));
  return (root) => {
    const made: Doc = copyAlong(root, tree);
    compute(made, tree, root);
    return made;
  };
}

/** Copies what will be changed, so that the source document stays as it is. */
function copyAlong(root: Doc, tree: Node): Doc {
  const made: Doc = new Map(root);
  for (const [key, value] of tree) {
    const old = made.get(key);
    if (!(value instanceof Map)) continue;
    if (isDoc(old)) made.set(key, copyAlong(old, value));
    else if (Array.isArray(old))
      made.set(
        key,
        old.map((element) => (isDoc(element) ? copyAlong(element, value) : element)),
      );
  }
  return made;
}
