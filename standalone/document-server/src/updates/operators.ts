// Owns what each update operator makes of the value at its path.
import { MongoError } from '../errors.ts';
import { compileFilter } from '../matcher/compile.ts';
import { isElementValue, parseFilter } from '../matcher/parse.ts';
import { patternOf } from '../matcher/regex.ts';
import { compare, equal } from '../values/compare.ts';
import { describe } from '../values/describe.ts';
import { combine, isNumber, toInteger } from '../values/numbers.ts';
import { bsonType, isDoc, Scalar, typeName, type Doc, type Value } from '../values/types.ts';

/** What an operator may know besides the value. */
export interface UpdateContext {
  readonly now: Date;
  readonly path: string;
  /** True while an upsert builds its document. */
  readonly inserting: boolean;
}

/** New value for the old one (undefined: missing); returning `keep` leaves the field as it is. */
export type UpdateOperator = (
  old: Value | undefined,
  argument: Value,
  context: UpdateContext,
) => Value | typeof keep;

/** Result of an operator that changes nothing. */
export const keep = Symbol('keep');

function arithmetic(operation: 'add' | 'multiply', name: string): UpdateOperator {
  return (old, argument, { path }) => {
    if (!isNumber(argument))
      throw new MongoError(14, `Cannot ${name} with non-numeric argument: {${path}: ${describe(argument)}}`);
    if (old === undefined) {
      if (operation === 'add') return argument;
      return combine('multiply', argument, zero(argument), false) ?? argument;
    }
    if (!isNumber(old))
      throw new MongoError(
        14,
        `Cannot apply $${name === 'increment' ? 'inc' : 'mul'} to a value of non-numeric type. The field '${path}' has the type ${typeName(old)}`,
      );
    const result = combine(operation, old, argument, false);
    if (result === undefined)
      throw new MongoError(
        2,
        `Failed to apply $${name === 'increment' ? 'inc' : 'mul'} operations to current value for '${path}': the result does not fit 64 bits`,
      );
    return result;
  };
}

function zero(like: Value): number | bigint {
  return typeof like === 'bigint' ? 0n : 0;
}

function arrayAt(old: Value | undefined, name: string, path: string): readonly Value[] | undefined {
  if (old === undefined || Array.isArray(old)) return old;
  throw new MongoError(
    2,
    `The field '${path}' must be an array but is of type ${typeName(old)} in document (${name})`,
  );
}

/** The values and options of $push and $addToSet: a plain value, or {$each: [...]} with modifiers. */
function eachOf(
  argument: Value,
  name: string,
  allowed: readonly string[],
): { values: readonly Value[]; options: Doc } {
  if (!isDoc(argument) || !argument.has('$each')) return { values: [argument], options: new Map() };
  const values = argument.get('$each');
  if (!Array.isArray(values))
    throw new MongoError(
      14,
      `The argument to $each in ${name} must be an array but it was of type ${typeName(values)}`,
    );
  for (const key of argument.keys())
    if (!allowed.includes(key)) throw new MongoError(2, `Unrecognized clause in ${name}: ${key}`);
  return { values, options: argument };
}

const push: UpdateOperator = (old, argument, { path }) => {
  const { values, options } = eachOf(argument, '$push', ['$each', '$slice', '$position']);
  const array = arrayAt(old, '$push', path) ?? [];
  const position = options.has('$position') ? toInteger(options.get('$position')) : array.length;
  const slice = options.has('$slice') ? toInteger(options.get('$slice')) : Infinity;
  if (position === undefined) throw new MongoError(2, 'The value for $position must be an integer value');
  if (slice === undefined) throw new MongoError(2, 'The value for $slice must be an integer value');
  const made = [...array];
  made.splice(position < 0 ? Math.max(0, array.length + position) : position, 0, ...values);
  if (slice === Infinity) return made;
  return slice >= 0 ? made.slice(0, slice) : made.slice(slice);
};

const addToSet: UpdateOperator = (old, argument, { path }) => {
  const { values } = eachOf(argument, '$addToSet', ['$each']);
  const array = arrayAt(old, '$addToSet', path);
  const made = [...(array ?? [])];
  for (const value of values) if (!made.some((known) => equal(known, value))) made.push(value);
  return array !== undefined && made.length === array.length ? keep : made;
};

function pullTest(argument: Value): (element: Value) => boolean {
  const pattern = patternOf(argument);
  if (pattern !== undefined) return (element) => typeof element === 'string' && pattern.test(element);
  if (!isDoc(argument)) return (element) => equal(element, argument);
  if (isElementValue(argument)) {
    const fits = compileFilter(parseFilter(new Map<string, Value>([['', argument]])));
    return (element) => fits(new Map([['', element]]));
  }
  const holds = compileFilter(parseFilter(argument));
  return (element) => isDoc(element) && holds(element);
}

const pull: UpdateOperator = (old, argument, { path }) => {
  const array = arrayAt(old, '$pull', path);
  const matches = pullTest(argument);
  const made = array?.filter((element) => !matches(element));
  return made === undefined || made.length === array?.length ? keep : made;
};

const pullAll: UpdateOperator = (old, argument, { path }) => {
  if (!Array.isArray(argument)) throw new MongoError(2, '$pullAll requires an array argument');
  const array = arrayAt(old, '$pullAll', path);
  const made = array?.filter((element) => !argument.some((value) => equal(value, element)));
  return made === undefined || made.length === array?.length ? keep : made;
};

const currentDate: UpdateOperator = (_old, argument, { now, path }) => {
  const type = isDoc(argument) ? argument.get('$type') : 'date';
  if (argument !== true && argument !== false && !isDoc(argument))
    throw new MongoError(
      2,
      `${typeName(argument)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}) for '${path}'.`,
    );
  if (type === 'date') return now;
  if (type !== 'timestamp')
    throw new MongoError(2, "The '$type' string field is required to be 'date' or 'timestamp'");
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(1, 0);
  bytes.writeUInt32LE(Math.floor(now.getTime() / 1000), 4);
  return new Scalar(bsonType.timestamp, bytes);
};

/** Every update operator but $unset, which has no value. */
export const updateOperators: Readonly<Record<string, UpdateOperator>> = {
  $set: (_old, argument) => argument,
  $setOnInsert: (_old, argument, { inserting }) => (inserting ? argument : keep),
  $inc: arithmetic('add', 'increment'),
  $mul: arithmetic('multiply', 'multiply'),
  $min: (old, argument) => (old === undefined || compare(argument, old) < 0 ? argument : keep),
  $max: (old, argument) => (old === undefined || compare(argument, old) > 0 ? argument : keep),
  $push: push,
  $addToSet: addToSet,
  $pull: pull,
  $pullAll: pullAll,
  $currentDate: currentDate,
};
