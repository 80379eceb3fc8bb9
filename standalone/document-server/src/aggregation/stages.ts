// Owns the stages of a pipeline: each turns a stream of documents into another.
import { MongoError } from '../errors.ts';
import { compileFilter } from '../matcher/compile.ts';
import { parseFilter } from '../matcher/parse.ts';
import { parseSort, Sorter } from '../planner/sort.ts';
import { int } from '../values/readers.ts';
import { toInteger } from '../values/numbers.ts';
import { doc, isDoc, typeName, type Doc, type Value } from '../values/types.ts';
import { getAt, setAt } from '../updates/tree.ts';
import { compileGroup } from './group.ts';
import { compileLookup, type Joined } from './lookup.ts';
import { compileAddFields, compileProjection } from './projection.ts';

/** A compiled stage. */
export type Stage = (rows: Iterable<Doc>) => Iterable<Doc>;

/** Compiles a stage from its argument; `joined` reads other collections. */
type StageMaker = (argument: Value, joined: Joined) => Stage;

function mapping(change: (root: Doc) => Doc): Stage {
  return function* (rows) {
    for (const row of rows) yield change(row);
  };
}

function wholeNumber(argument: Value, name: string, least: number): number {
  const value = toInteger(argument);
  if (least === 1 && value === 0) throw new MongoError(15958, 'the limit must be positive');
  if (value === undefined || value < least)
    throw new MongoError(
      5107200 + least,
      `invalid argument to ${name} stage: Expected a ${least === 0 ? 'non-negative' : 'positive'} whole number`,
    );
  return value;
}

function requireDoc(argument: Value, name: string): Doc {
  if (isDoc(argument)) return argument;
  throw new MongoError(15959, `the ${name} specification must be an object, found ${typeName(argument)}`);
}

const match: StageMaker = (argument) => {
  const holds = compileFilter(parseFilter(requireDoc(argument, '$match')));
  return function* (rows) {
    for (const row of rows) if (holds(row)) yield row;
  };
};

const sort: StageMaker = (argument) => {
  const parts = parseSort(argument);
  if (parts.length === 0) throw new MongoError(15976, '$sort stage must have at least one sort key');
  return (rows) => {
    const sorter = new Sorter<Doc>(parts, Infinity);
    for (const row of rows) sorter.add(row, row, roughBytes(row));
    return sorter.finish();
  };
};

/** A cheap guess at what a document takes in memory. */
function roughBytes(row: Doc): number {
  let bytes = 64;
  for (const [key, value] of row) {
    bytes += 16 + key.length;
    if (typeof value === 'string') bytes += value.length * 2;
    else if (isDoc(value)) bytes += roughBytes(value);
    else if (Array.isArray(value)) bytes += value.length * 24;
  }
  return bytes;
}

const skip: StageMaker = (argument) => {
  const count = wholeNumber(argument, '$skip', 0);
  return function* (rows) {
    let at = 0;
    for (const row of rows) if (at++ >= count) yield row;
  };
};

const limit: StageMaker = (argument) => {
  const count = wholeNumber(argument, '$limit', 1);
  return function* (rows) {
    let at = 0;
    for (const row of rows) {
      yield row;
      if (++at >= count) return;
    }
  };
};

const countStage: StageMaker = (argument) => {
  if (typeof argument !== 'string' || argument === '' || argument.startsWith('$') || argument.includes('.'))
    throw new MongoError(40156, 'the count field must be a non-empty string without $ and .');
  return function* (rows) {
    let counted = 0;
    for (const row of rows) counted += Math.min(1, row.size + 1);
    if (counted > 0) yield doc([argument, int(counted)]);
  };
};

const project: StageMaker = (argument) => {
  const spec = requireDoc(argument, '$project');
  if (spec.size === 0)
    throw new MongoError(51272, 'Invalid $project :: projection specification must have at least one field');
  return mapping(compileProjection(spec));
};

const addFields: StageMaker = (argument) => mapping(compileAddFields(requireDoc(argument, '$addFields')));

const unset: StageMaker = (argument) => {
  const names = Array.isArray(argument) ? argument : [argument];
  const spec: Doc = new Map();
  for (const name of names) {
    if (typeof name !== 'string')
      throw new MongoError(
        31002,
        '$unset specification must be a string or an array containing only string values',
      );
    spec.set(name, false);
  }
  return mapping(compileProjection(spec));
};

const unwind: StageMaker = (argument) => {
  const given = isDoc(argument) ? argument : doc(['path', argument]);
  const path = given.get('path');
  const indexName = given.get('includeArrayIndex');
  const preserve = given.get('preserveNullAndEmptyArrays') === true;
  for (const key of given.keys())
    if (!['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'].includes(key))
      throw new MongoError(28811, `unrecognized option to $unwind stage: ${key}`);
  if (typeof path !== 'string' || !path.startsWith('$') || path.length < 2)
    throw new MongoError(28818, 'path option to $unwind stage should be prefixed with a $');
  const parts = path.slice(1).split('.');
  return function* (rows) {
    for (const row of rows) yield* unwound(row, { parts, indexName, preserve });
  };
};

interface Unwind {
  readonly parts: readonly string[];
  readonly indexName: Value | undefined;
  readonly preserve: boolean;
}

function* unwound(row: Doc, { parts, indexName, preserve }: Unwind): Generator<Doc> {
  const found = throughDocs(row, parts);
  const place = (made: Doc, index: bigint | null): Doc => {
    if (typeof indexName === 'string') setAt(made, indexName.split('.'), index);
    return made;
  };
  if (!Array.isArray(found)) {
    if (preserve || (found !== undefined && found !== null)) yield place(new Map(row), null);
    return;
  }
  if (found.length === 0 && preserve) yield place(without(row, parts), null);
  for (const [index, element] of found.entries()) {
    const made = along(row, parts);
    setAt(made, parts, element);
    yield place(made, BigInt(index));
  }
}

function without(row: Doc, parts: readonly string[]): Doc {
  const made = along(row, parts);
  const parent = parts.length === 1 ? made : throughDocs(made, parts.slice(0, -1));
  if (isDoc(parent)) parent.delete(parts.at(-1) ?? '');
  return made;
}

function throughDocs(row: Doc, parts: readonly string[]): Value | undefined {
  let value: Value | undefined = row;
  for (const part of parts) value = isDoc(value) ? value.get(part) : undefined;
  return value;
}

/** A copy in which the documents on the way to the path are copies too. */
function along(row: Doc, parts: readonly string[]): Doc {
  const made: Doc = new Map(row);
  const [first = ''] = parts;
  const inner = made.get(first);
  if (parts.length > 1 && isDoc(inner)) made.set(first, along(inner, parts.slice(1)));
  return made;
}

const replaceRoot: StageMaker = (argument) => {
  const path = isDoc(argument) ? argument.get('newRoot') : undefined;
  if (typeof path !== 'string' || !path.startsWith('$') || path.startsWith('$$'))
    throw new MongoError(238, '$replaceRoot takes a field path on this server');
  const parts = path.slice(1).split('.');
  return mapping((row) => {
    const found = getAt(row, parts);
    if (!isDoc(found)) throw new MongoError(40228, "'newRoot' expression must evaluate to an object");
    return found;
  });
};

const facet: StageMaker = (argument, joined) => {
  const facets = [...requireDoc(argument, '$facet')].map(([name, pipeline]): [string, Stage[]] => [
    name,
    compileStages(pipeline, joined, true),
  ]);
  if (facets.length === 0) throw new MongoError(40169, 'the $facet specification must be a non-empty object');
  return function* (rows) {
    const all: Doc[] = [];
    let bytes = 0;
    for (const row of rows) {
      all.push(row);
      bytes += roughBytes(row);
      if (bytes > 100 * 1024 * 1024)
        throw new MongoError(292, '$facet exceeds the memory limit of 104857600 bytes');
    }
    yield new Map(facets.map(([name, stages]): [string, Value] => [name, [...runStages(all, stages)]]));
  };
};

const makers: Readonly<Record<string, StageMaker>> = {
  $match: match,
  $sort: sort,
  $skip: skip,
  $limit: limit,
  $count: countStage,
  $project: project,
  $addFields: addFields,
  $set: addFields,
  $unset: unset,
  $unwind: unwind,
  $group: (argument) => compileGroup(argument),
  $replaceRoot: replaceRoot,
  $facet: facet,
  $lookup: (argument, joined) => compileLookup(argument, joined),
};

/**
 * Compiles the stages of a pipeline.
 * @throws MongoError 40324 for a stage outside the subset.
 */
export function compileStages(pipeline: Value | undefined, joined: Joined, inFacet = false): Stage[] {
  if (!Array.isArray(pipeline))
    throw new MongoError(14, `'pipeline' must be an array, found ${typeName(pipeline)}`);
  return pipeline.map((stage) => {
    if (!isDoc(stage)) throw new MongoError(14, "Each element of the 'pipeline' array must be an object");
    if (stage.size !== 1)
      throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
    const [name = ''] = stage.keys();
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
    if (make === undefined) throw new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
    if (inFacet && name === '$facet')
      throw new MongoError(40600, '$facet is not allowed to be used within a $facet stage');
    return make(stage.get(name) ?? null, joined);
  });
}

/** Runs documents through stages. */
export function runStages(rows: Iterable<Doc>, stages: readonly Stage[]): Iterable<Doc> {
  let stream = rows;
  for (const stage of stages) stream = stage(stream);
  return stream;
}
