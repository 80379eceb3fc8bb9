// Owns $dateToString and $dateTrunc with fixed-offset and named time zones.
import { MongoError } from '../errors.ts';
import { toInteger } from '../values/numbers.ts';
import { isDoc, typeName, type Doc, type Value } from '../values/types.ts';
import { compileExpression, type Expression } from './expressions.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const offsetPattern = /^([+-])(\d\d)(?::?(\d\d))?$/;

/** Offset from UTC in milliseconds at a moment. */
type Zone = (time: number) => number;

const zones = new Map<string, Zone>([
  ['UTC', () => 0],
  ['GMT', () => 0],
  ['Z', () => 0],
]);

/** @throws MongoError 40485 for a time zone that is not known. */
function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = makeZone(name);
  zones.set(name, zone);
  return zone;
}

function makeZone(name: string): Zone {
  const fixed = offsetPattern.exec(name);
  if (fixed !== null) {
    const offset = (Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)) * minuteMs * (fixed[1] === '-' ? -1 : 1);
    return () => offset;
  }
  try {
    return hourlyZone(
      new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        era: 'short',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      }),
    );
  } catch {
    throw new MongoError(40485, `unrecognized time zone identifier: "${name}"`);
  }
}

/** Formatting is slow; an offset holds for the quarter of an hour it is asked for, so it is kept. */
function hourlyZone(format: Intl.DateTimeFormat): Zone {
  const kept = new Map<number, number>();
  return (time) => {
    const slot = Math.floor(time / (15 * minuteMs));
    let offset = kept.get(slot);
    if (offset === undefined) {
      offset = offsetAt(format, slot * 15 * minuteMs);
      if (kept.size > 50_000) kept.clear();
      kept.set(slot, offset);
    }
    return offset;
  };
}

function offsetAt(format: Intl.DateTimeFormat, time: number): number {
  const parts = new Map(format.formatToParts(time).map((part) => [part.type, part.value]));
  const field = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name));
  const year = parts.get('era') === 'BC' ? 1 - field('year') : field('year');
  const local = new Date(0);
  local.setUTCFullYear(year, field('month') - 1, field('day'));
  local.setUTCHours(field('hour'), field('minute'), field('second'), 0);
  return local.getTime() - Math.floor(time / 1000) * 1000;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

interface Moment {
  /** The local time, held in the UTC fields of a date. */
  readonly local: Date;
  readonly offset: number;
}

function isoWeek(local: Date): { year: number; week: number; day: number } {
  const day = local.getUTCDay() === 0 ? 7 : local.getUTCDay();
  const thursday = new Date(local.getTime() + (4 - day) * dayMs);
  const start = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return {
    year: thursday.getUTCFullYear(),
    week: 1 + Math.floor((thursday.getTime() - start) / (7 * dayMs)),
    day,
  };
}

function dayOfYear(local: Date): number {
  return 1 + Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / dayMs);
}

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / minuteMs;
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${pad(Math.floor(minutes % 60), 2)}`;
}

const formats: Readonly<Record<string, (moment: Moment) => string>> = {
  Y: ({ local }) => pad(local.getUTCFullYear(), 4),
  m: ({ local }) => pad(local.getUTCMonth() + 1, 2),
  d: ({ local }) => pad(local.getUTCDate(), 2),
  H: ({ local }) => pad(local.getUTCHours(), 2),
  M: ({ local }) => pad(local.getUTCMinutes(), 2),
  S: ({ local }) => pad(local.getUTCSeconds(), 2),
  L: ({ local }) => pad(local.getUTCMilliseconds(), 3),
  j: ({ local }) => pad(dayOfYear(local), 3),
  w: ({ local }) => String(local.getUTCDay() + 1),
  u: ({ local }) => String(isoWeek(local).day),
  U: ({ local }) => pad(Math.floor((dayOfYear(local) + 6 - local.getUTCDay()) / 7), 2),
  V: ({ local }) => pad(isoWeek(local).week, 2),
  G: ({ local }) => pad(isoWeek(local).year, 4),
  z: ({ offset }) => offsetText(offset),
  Z: ({ offset }) => String(offset / minuteMs),
  '%': () => '%',
};

function options(argument: Value, name: string, allowed: readonly string[]): Doc {
  if (!isDoc(argument)) throw new MongoError(18629, `${name} only supports an object as its argument`);
  for (const key of argument.keys())
    if (!allowed.includes(key)) throw new MongoError(18534, `Unrecognized argument to ${name}: ${key}`);
  if (!argument.has('date')) throw new MongoError(18628, `Missing 'date' parameter to ${name}`);
  return argument;
}

function optional(argument: Doc, name: string): Expression | undefined {
  return argument.has(name) ? compileExpression(argument.get(name) ?? null) : undefined;
}

/** The moment in its zone, or undefined when date or zone is null. */
function momentOf(date: Value | undefined, zone: Value | undefined, name: string): Moment | undefined {
  if (date === null || date === undefined || zone === null) return undefined;
  const time = timeOf(date, name);
  if (zone !== undefined && typeof zone !== 'string')
    throw new MongoError(40517, `timezone must evaluate to a string, found ${typeName(zone)}`);
  const offset = zoneOf(zone ?? 'UTC')(time);
  return { local: new Date(time + offset), offset };
}

function timeOf(date: Value, name: string): number {
  if (date instanceof Date) return date.getTime();
  if (typeName(date) === 'objectId' && typeof date === 'object' && date !== null && 'bytes' in date)
    return Buffer.from(date.bytes).readUInt32BE(0) * 1000;
  throw new MongoError(16006, `can't convert from BSON type ${typeName(date)} to Date (${name})`);
}

function dateToString(argument: Value): Expression {
  const given = options(argument, '$dateToString', ['format', 'date', 'timezone', 'onNull']);
  const date = compileExpression(given.get('date') ?? null);
  const zone = optional(given, 'timezone');
  const onNull = optional(given, 'onNull');
  const format = optional(given, 'format');
  return (root) => {
    const moment = momentOf(
      date(root),
      zone === undefined ? undefined : (zone(root) ?? null),
      '$dateToString',
    );
    if (moment === undefined) return onNull === undefined ? null : onNull(root);
    const pattern = format === undefined ? '%Y-%m-%dT%H:%M:%S.%LZ' : format(root);
    if (pattern === null || pattern === undefined) return null;
    if (typeof pattern !== 'string')
      throw new MongoError(18533, '$dateToString requires that format be a string');
    return pattern.replace(/%(.?)/gs, (_, letter: string) => {
      const write = Object.hasOwn(formats, letter) ? formats[letter] : undefined;
      if (write === undefined)
        throw new MongoError(18536, `Invalid format character '%${letter}' in format string`);
      return write(moment);
    });
  };
}

const unitMs: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: minuteMs,
  hour: 60 * minuteMs,
  day: dayMs,
  week: 7 * dayMs,
};
const monthsIn: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };
const weekDays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
/** Bins are counted from the start of the year 2000. */
const reference = Date.UTC(2000, 0, 1);

function startOfBin(local: number, unit: string, binSize: number, startOfWeek: string): number {
  const months = monthsIn[unit];
  if (months !== undefined) {
    const date = new Date(local);
    const count = (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth();
    const start = Math.floor(count / (months * binSize)) * months * binSize;
    return Date.UTC(2000 + Math.floor(start / 12), ((start % 12) + 12) % 12, 1);
  }
  const size = (unitMs[unit] ?? 1) * binSize;
  const shift =
    unit === 'week' ? (weekDays.indexOf(startOfWeek) - new Date(reference).getUTCDay() + 7) % 7 : 0;
  const from = reference + shift * dayMs;
  return from + Math.floor((local - from) / size) * size;
}

function constantText(given: Doc, name: string, fallback: string): string {
  const value = given.get(name) ?? fallback;
  if (typeof value !== 'string' || value.startsWith('$'))
    throw new MongoError(238, `$dateTrunc takes '${name}' as a plain string on this server`);
  return value.toLowerCase();
}

function dateTrunc(argument: Value): Expression {
  const given = options(argument, '$dateTrunc', ['date', 'unit', 'binSize', 'timezone', 'startOfWeek']);
  const date = compileExpression(given.get('date') ?? null);
  const zone = optional(given, 'timezone');
  const unit = constantText(given, 'unit', '');
  const startOfWeek = weekDays.find((day) =>
    day.startsWith(constantText(given, 'startOfWeek', 'sunday').slice(0, 3)),
  );
  const binSize = given.has('binSize') ? toInteger(given.get('binSize')) : 1;
  if (unitMs[unit] === undefined && monthsIn[unit] === undefined)
    throw new MongoError(9, `unknown time unit value: ${unit}`);
  if (binSize === undefined || binSize < 1)
    throw new MongoError(5439018, '$dateTrunc requires binSize to be a positive whole number');
  if (startOfWeek === undefined) throw new MongoError(9, 'unknown day of week value');
  return (root) => {
    const name = zone === undefined ? undefined : (zone(root) ?? null);
    const moment = momentOf(date(root), name, '$dateTrunc');
    if (moment === undefined) return null;
    const start = startOfBin(moment.local.getTime(), unit, binSize, startOfWeek);
    return new Date(toUtc(start, typeof name === 'string' ? zoneOf(name) : zoneOf('UTC')));
  };
}

/** The moment at which clocks in the zone show a local time. */
function toUtc(local: number, zone: Zone): number {
  const guess = local - zone(local);
  return local - zone(guess);
}

/** The date operators. */
export const dateOperators = { $dateToString: dateToString, $dateTrunc: dateTrunc };
