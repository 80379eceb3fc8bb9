/** What an update makes of a document, for the reference: new fields by name, errors with MongoDB's codes. */

import { Decimal128, Double, Int32, Long } from 'bson';
import { valueFulfils, isOperators, matches } from './reference-match.ts';
import { MISSING, compare, isFields, isNumber } from './reference-order.ts';
import type { Fields } from './reference-order.ts';

/** The server must refuse with one of these codes and leave the document alone. */
export class Refusal extends Error {
  readonly codes: readonly number[];
  constructor(...codes: readonly number[]) {
    super(`code ${codes.join(' or ')}`);
    this.codes = codes;
  }
}

/** The reference cannot say: a sum of a double and a decimal is rounded by rules it does not know. */
export class Unknown extends Error {}

/** Gives the new value of a field, or MISSING to leave it out; `old` is MISSING where nothing is. */
type Change = (old: unknown) => unknown;

/**
 * The document after an update; the one given stays as it is.
 * @throws Refusal when the server must refuse
 */
export function applyUpdate(doc: Fields, update: Readonly<Record<string, Fields>>): Fields {
  const made = copy(doc) as Fields;
  const steps = Object.entries(update).flatMap(([operator, fields]) =>
    Object.entries(fields).map(([path, operand]) => ({ operator, path: path.split('.'), operand })),
  );
  steps.sort((a, b) => comparePaths(a.path, b.path));
  for (const { operator, path, operand } of steps) {
    if (operator === '$setOnInsert') continue;
    const creates = operator !== '$unset' && operator !== '$pull';
    changeAt(made, path, { change: changes[operator]!(operand), creates, tolerant: operator === '$unset' });
  }
  return made;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copy(inner)]));
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [left, right] = [a[i]!, b[i]!];
    const numeric = /^\d+$/.test(left) && /^\d+$/.test(right);
    const difference = numeric ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

interface Step {
  readonly change: Change;
  /** Makes what is missing on the path. */
  readonly creates: boolean;
  /** Does nothing, instead of refusing, where a path runs through a scalar. */
  readonly tolerant: boolean;
}

function changeAt(node: unknown, [name, ...rest]: readonly string[], step: Step): void {
  const passable = isFields(node) || (Array.isArray(node) && /^\d+$/.test(name!));
  if (!passable) {
    if (step.tolerant) return;
    throw new Refusal(28);
  }
  const holder = node as Fields;
  const old = Object.hasOwn(holder, name!) ? holder[name!] : MISSING;
  if (rest.length > 0 && old !== MISSING) changeAt(old, rest, step);
  else if (old !== MISSING || step.creates) {
    put(holder, name!, rest.length === 0 ? step.change(old) : grown(rest, step.change));
  }
}

function put(holder: Fields, name: string, value: unknown): void {
  if (Array.isArray(holder)) {
    while (holder.length < Number(name)) holder.push(null);
    holder[Number(name)] = value === MISSING ? null : value;
  } else if (value === MISSING) Reflect.deleteProperty(holder, name);
  else holder[name] = value;
}

function grown(path: readonly string[], change: Change): unknown {
  return path.reduceRight<unknown>((value, name) => ({ [name]: value }), change(MISSING));
}

const changes: Record<string, (operand: unknown) => Change> = {
  $set: (operand) => () => operand,
  $unset: () => () => MISSING,
  $min: (operand) => (old) => (old === MISSING || compare(operand, old) < 0 ? operand : old),
  $max: (operand) => (old) => (old === MISSING || compare(operand, old) > 0 ? operand : old),
  $inc: (operand) => (old) => (old === MISSING ? operand : add(old, operand)),
  $push: (operand) => (old) => push(list(old), operand),
  $addToSet: (operand) => (old) => {
    const set = list(old);
    for (const item of isEach(operand) ? operand.$each : [operand]) {
      if (!set.some((each) => compare(each, item) === 0)) set.push(item);
    }
    return set;
  },
  $pull: (operand) => (old) => {
    if (!Array.isArray(old)) throw new Refusal(2);
    return (old as unknown[]).filter((item) => !pulled(item, operand));
  },
};

function list(old: unknown): unknown[] {
  if (old === MISSING) return [];
  if (!Array.isArray(old)) throw new Refusal(2);
  return [...(old as unknown[])];
}

function isEach(operand: unknown): operand is { $each: unknown[]; $slice?: number } {
  return isFields(operand) && '$each' in operand;
}

function push(items: unknown[], operand: unknown): unknown[] {
  if (!isEach(operand)) return [...items, operand];
  const all = [...items, ...operand.$each];
  if (operand.$slice === undefined) return all;
  return operand.$slice < 0 ? all.slice(operand.$slice) : all.slice(0, operand.$slice);
}

function pulled(item: unknown, condition: unknown): boolean {
  if (isOperators(condition) || condition instanceof RegExp) return valueFulfils(item, condition);
  if (isFields(condition)) return isFields(item) && matches(item, condition);
  return compare(item, condition) === 0;
}

function add(a: unknown, b: unknown): unknown {
  if (!isNumber(a) || !isNumber(b)) throw new Refusal(14);
  const [doubles, decimals] = [Double, Decimal128].map((type) => [a, b].some((each) => each instanceof type));
  if (doubles && decimals) throw new Unknown();
  if (doubles) return new Double(asDouble(a) + asDouble(b));
  if (decimals) return addDecimals(String(a), String(b));
  const sum = BigInt(String(a)) + BigInt(String(b));
  if (BigInt.asIntN(64, sum) !== sum) throw new Refusal(2);
  const ints = a instanceof Int32 && b instanceof Int32 && BigInt.asIntN(32, sum) === sum;
  return ints ? new Int32(Number(sum)) : Long.fromBigInt(sum);
}

function asDouble(value: unknown): number {
  return value instanceof Long ? Number(value.toString()) : Number(value);
}

/** Sum of two decimal texts without exponents, written with the longer fraction of the two. */
function addDecimals(a: string, b: string): Decimal128 {
  if (!/^-?\d+(\.\d+)?$/.test(a) || !/^-?\d+(\.\d+)?$/.test(b)) throw new Unknown();
  const places = Math.max(...[a, b].map((text) => (text.split('.')[1] ?? '').length));
  const scaled = ([a, b] as const).map((text) => {
    const [whole, part = ''] = text.split('.');
    return BigInt(`${whole}${part.padEnd(places, '0')}`);
  });
  const sum = scaled[0]! + scaled[1]!;
  if (sum === 0n) throw new Unknown();
  const digits = String(sum < 0n ? -sum : sum).padStart(places + 1, '0');
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return Decimal128.fromString(`${sum < 0n ? '-' : ''}${text}`);
}
