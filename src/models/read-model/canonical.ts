/** One text form per document, so that what is stored can be compared with what the ledger says. */
import { createHash } from 'node:crypto';

/** A field that differs; a missing one is shown as `(none)`. */
export interface FieldDifference {
  /** Dotted path. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** A document as text: keys sorted, 64-bit integers and dates told apart from numbers and strings. */
export function canonicalText(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date) return `date(${value.toISOString()})`;
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalText(one)}`).join(',')}}`;
}

/**
 * A short digest of a document. Equal digests mean equal documents; different ones may still mean the same fields in
 * another order, which `differingFields` tells: keys are not sorted here, which makes it several times faster.
 */
export function digestOf(document: unknown): string {
  return createHash('sha256').update(JSON.stringify(document, typed)).digest('base64').slice(0, 24);
}

// JSON knows neither 64-bit integers nor dates; `this` still holds the date that `toJSON` has turned into text.
function typed(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  const original = (this as Record<string, unknown>)[key];
  return original instanceof Date ? { date: value } : value;
}

const LONGEST = 200;
const NONE = '(none)';

/** The fields in which two documents differ, at the deepest objects that differ; arrays are compared whole. */
export function differingFields(expected: unknown, found: unknown, path = ''): FieldDifference[] {
  if (isPlain(expected) && isPlain(found)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
    return keys.flatMap((key) =>
      differingFields(expected[key], found[key], path === '' ? key : `${path}.${key}`),
    );
  }
  const [left, right] = [shown(expected), shown(found)];
  return left === right ? [] : [{ path, expected: left.slice(0, LONGEST), found: right.slice(0, LONGEST) }];
}

function shown(value: unknown): string {
  return value === undefined ? NONE : canonicalText(value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
