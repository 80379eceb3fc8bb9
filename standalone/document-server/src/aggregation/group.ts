// Owns $group and its accumulators.
import { MongoError } from '../errors.ts';
import { compare } from '../values/compare.ts';
import { addDecimals, decimalFromText, toDecimalValue, type Decimal } from '../values/decimal.ts';
import { int } from '../values/readers.ts';
import { divide, exact, fitsLong, isNumber, narrowest, toDecimal, type Numeric } from '../values/numbers.ts';
import { keyOf } from '../storage/keys.ts';
import { Int, isDoc, Scalar, type Doc, type Value } from '../values/types.ts';
import { compileExpression, type Expression } from './expressions.ts';

/** Gathers the values of one group. */
interface Accumulator {
  readonly add: (value: Value | undefined) => void;
  readonly result: () => Value;
}

/** Exact sum over all number types: integers as bigint, doubles with compensation, decimals apart. */
class Sum {
  #whole = 0n;
  #wholeSmall = 0;
  #long = false;
  #double: number | undefined;
  #lost = 0;
  #decimal: Decimal | undefined;
  #special: number | undefined;
  count = 0;

  add(value: Numeric): void {
    this.count++;
    if (value instanceof Int) {
      this.#wholeSmall += value.value;
      if (Math.abs(this.#wholeSmall) > 2 ** 52) this.#settle();
    } else if (typeof value === 'bigint') {
      this.#whole += value;
      this.#long = true;
    } else if (value instanceof Scalar) this.#addDecimal(value);
    else this.#addDouble(value);
  }

  #settle(): void {
    this.#whole += BigInt(this.#wholeSmall);
    this.#wholeSmall = 0;
  }

  #addDouble(value: number): void {
    const old = this.#double ?? 0;
    const sum = old + value;
    if (Number.isFinite(sum))
      this.#lost += Math.abs(old) >= Math.abs(value) ? old - sum + value : value - sum + old;
    this.#double = sum;
  }

  #addDecimal(value: Scalar): void {
    const part = exact(value);
    if (typeof part === 'number') this.#special = (this.#special ?? 0) + part;
    else this.#decimal = this.#decimal === undefined ? part : addDecimals(this.#decimal, part);
  }

  /** The sum in the widest type that was met; an integer sum too large for 64 bits becomes a double. */
  total(): Numeric {
    this.#settle();
    if (this.#special !== undefined) return decimalFromText(String(this.#special + this.#plain()));
    if (this.#decimal !== undefined) return this.#decimalTotal(this.#decimal);
    if (this.#double !== undefined) return this.#plain();
    if (!fitsLong(this.#whole)) return Number(this.#whole);
    return this.#long ? this.#whole : narrowest(this.#whole);
  }

  #plain(): number {
    const double = this.#double ?? 0;
    return double + (Number.isFinite(double) ? this.#lost : 0) + Number(this.#whole);
  }

  #decimalTotal(start: Decimal): Numeric {
    let sum = addDecimals(start, { coefficient: this.#whole, exponent: 0 });
    if (this.#double !== undefined) {
      const double = exact(toDecimal(this.#double + this.#lost));
      if (typeof double === 'number') return decimalFromText(String(double));
      sum = addDecimals(sum, double);
    }
    return toDecimalValue(sum);
  }
}

function sum(): Accumulator {
  const total = new Sum();
  return {
    add: (value) => {
      if (isNumber(value)) total.add(value);
    },
    result: () => (total.count === 0 ? int(0) : total.total()),
  };
}

function average(): Accumulator {
  const total = new Sum();
  return {
    add: (value) => {
      if (isNumber(value)) total.add(value);
    },
    result: () => (total.count === 0 ? null : divide(total.total(), int(total.count))),
  };
}

function extreme(sign: 1 | -1): () => Accumulator {
  return () => {
    let best: Value | undefined;
    return {
      add: (value) => {
        if (value === undefined || value === null) return;
        if (best === undefined || compare(value, best) * sign < 0) best = value;
      },
      result: () => best ?? null,
    };
  };
}

function first(): Accumulator {
  let found: Value | undefined;
  let any = false;
  return {
    add: (value) => {
      if (!any) found = value;
      any = true;
    },
    result: () => found ?? null,
  };
}

function last(): Accumulator {
  let found: Value | undefined;
  return { add: (value) => (found = value), result: () => found ?? null };
}

function push(): Accumulator {
  const values: Value[] = [];
  return {
    add: (value) => {
      if (value !== undefined) values.push(value);
    },
    result: () => values,
  };
}

function addToSet(): Accumulator {
  const values = new Map<string, Value>();
  return {
    add: (value) => {
      if (value === undefined) return;
      const key = keyOf(value).latin1Slice();
      if (!values.has(key)) values.set(key, value);
    },
    result: () => [...values.values()],
  };
}

function countAll(): Accumulator {
  let counted = 0;
  return { add: () => counted++, result: () => int(counted) };
}

const accumulators: Readonly<Record<string, () => Accumulator>> = {
  $sum: sum,
  $avg: average,
  $min: extreme(1),
  $max: extreme(-1),
  $first: first,
  $last: last,
  $push: push,
  $addToSet: addToSet,
  $count: countAll,
};

interface Field {
  readonly name: string;
  readonly make: () => Accumulator;
  readonly value: Expression;
}

/** A compiled $group: turns documents into one document per group, in order of first appearance. */
export type Group = (rows: Iterable<Doc>) => Iterable<Doc>;

const groupBytesMax = 100 * 1024 * 1024;

/** @throws MongoError for an unknown accumulator or a missing _id. */
export function compileGroup(spec: Value): Group {
  if (!isDoc(spec)) throw new MongoError(15947, "a group's fields must be specified in an object");
  if (!spec.has('_id')) throw new MongoError(15955, 'a group specification must include an _id');
  const id = compileExpression(spec.get('_id') ?? null);
  const fields = [...spec].filter(([name]) => name !== '_id').map(([name, value]) => fieldOf(name, value));
  return (rows) => runGroup(rows, id, fields);
}

function fieldOf(name: string, value: Value): Field {
  if (name.includes('.')) throw new MongoError(40235, `The field name '${name}' cannot contain '.'`);
  if (!isDoc(value) || value.size !== 1)
    throw new MongoError(40234, `The field '${name}' must be an accumulator object`);
  const [operator = ''] = value.keys();
  const make = Object.hasOwn(accumulators, operator) ? accumulators[operator] : undefined;
  if (make === undefined) throw new MongoError(15952, `unknown group operator '${operator}'`);
  const argument = value.get(operator) ?? null;
  if (operator === '$count') checkNoArguments(argument);
  return { name, make, value: compileExpression(argument) };
}

function checkNoArguments(argument: Value): void {
  if (!isDoc(argument) || argument.size > 0)
    throw new MongoError(9, '$count takes no arguments, i.e. $count:{}');
}

interface OpenGroup {
  readonly id: Value;
  readonly parts: Accumulator[];
}

function* runGroup(rows: Iterable<Doc>, id: Expression, fields: readonly Field[]): Generator<Doc> {
  for (const { id: value, parts } of gather(rows, id, fields).values()) {
    const made: Doc = new Map<string, Value>([['_id', value]]);
    for (const [at, field] of fields.entries()) made.set(field.name, parts[at]?.result() ?? null);
    yield made;
  }
}

function gather(rows: Iterable<Doc>, id: Expression, fields: readonly Field[]): Map<string, OpenGroup> {
  const groups = new Map<string, OpenGroup>();
  let bytes = 0;
  for (const root of rows) {
    const value = id(root) ?? null;
    const key = typeof value === 'string' ? value : `\0${keyOf(value).latin1Slice()}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { id: value, parts: fields.map((field) => field.make()) };
      groups.set(key, group);
      bytes += key.length + 100 * fields.length;
      if (bytes > groupBytesMax)
        throw new MongoError(
          292,
          '$group exceeds the memory limit of 104857600 bytes, and this server does not group on disk',
        );
    }
    for (const [at, field] of fields.entries()) group.parts[at]?.add(field.value(root));
  }
  return groups;
}
