// Owns recognising the pipeline by which drivers count documents, so that an index can answer it.
import { isNumber, toInteger } from '../values/numbers.ts';
import { Int, isDoc, type Doc, type Value } from '../values/types.ts';

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
  const skip = wholeFrom(take(rest, '$skip'), 0);
  const limit = wholeFrom(take(rest, '$limit'), 1);
  const counted = countedField(take(rest, '$group'));
  if (rest.length > 0 || counted === undefined || !isDoc(filter)) return undefined;
  return skip === undefined || limit === undefined ? undefined : { filter, skip, limit, ...counted };
}

/** A whole number, 0 when it is not given, undefined when it is none. */
function wholeFrom(value: Value | undefined, least: number): number | undefined {
  if (value === undefined) return 0;
  const whole = toInteger(value);
  return whole !== undefined && whole >= least ? whole : undefined;
}

function take(stages: Doc[], name: string): Value | undefined {
  return stages[0]?.has(name) === true ? stages.shift()?.get(name) : undefined;
}

function countedField(group: Value | undefined): { id: Value; field: string } | undefined {
  if (!isDoc(group) || group.size !== 2) return undefined;
  const id = group.get('_id');
  const [field = ''] = [...group.keys()].filter((name) => name !== '_id');
  const isConstant = id === null || isNumber(id);
  return isConstant && addsOne(group.get(field)) ? { id, field } : undefined;
}

/** {$sum: 1} with an int32, whose sum is an int32 or a long. */
function addsOne(sum: Value | undefined): boolean {
  const one = isDoc(sum) && sum.size === 1 ? sum.get('$sum') : undefined;
  return one instanceof Int && one.value === 1;
}
