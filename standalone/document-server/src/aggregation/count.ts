// Owns recognising the pipeline by which drivers count documents, so that an index can answer it.
import { isNumber, toDouble, toInteger } from '../values/numbers.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';

/** A pipeline that only counts: what to count, and the document to answer with. */
export interface CountPipeline {
  readonly filter: Doc;
  readonly skip: number;
  readonly limit: number;
  readonly id: Value;
  readonly field: string;
}

/** Reads [$match, $skip, $limit, {$group: {_id: constant, n: {$sum: 1}}}], all but the last optional. */
export function countPipeline(pipeline: readonly Value[]): CountPipeline | undefined {
  const rest = pipeline.filter(isDoc);
  if (rest.length !== pipeline.length || rest.some((stage) => stage.size !== 1)) return undefined;
  const filter = take(rest, '$match') ?? new Map<string, Value>();
  const skip = toInteger(take(rest, '$skip') ?? 0);
  const limit = take(rest, '$limit');
  const most = limit === undefined ? 0 : toInteger(limit);
  const group = take(rest, '$group');
  if (rest.length > 0 || !isDoc(filter) || !isDoc(group) || skip === undefined || skip < 0) return undefined;
  if (most === undefined || (limit !== undefined && most < 1)) return undefined;
  const counted = countedField(group);
  return counted === undefined ? undefined : { filter, skip, limit: most, ...counted };
}

function take(stages: Doc[], name: string): Value | undefined {
  return stages[0]?.has(name) === true ? stages.shift()?.get(name) : undefined;
}

function countedField(group: Doc): { id: Value; field: string } | undefined {
  const [first, second, ...more] = [...group];
  if (first?.[0] !== '_id' || second === undefined || more.length > 0) return undefined;
  const [id, sum] = [first[1], second[1]];
  const one = isDoc(sum) && sum.size === 1 ? sum.get('$sum') : undefined;
  const constant = id === null || isNumber(id);
  return constant && isNumber(one) && toDouble(one) === 1 && typeof one === 'object'
    ? { id, field: second[0] }
    : undefined;
}
