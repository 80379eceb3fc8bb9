// Owns the bounds that a predicate puts on one index component: spans of key bytes.
import { keyOf } from '../storage/keys.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { bsonType, isDoc, orderOf, Scalar, type Value } from '../values/types.ts';
import type { Filter, Leaf } from '../matcher/parse.ts';
import { patternOf } from '../matcher/regex.ts';

/** A place between keys: just before, or just after, all keys that begin with these bytes. */
export interface End {
  readonly bytes: Buffer;
  readonly after: boolean;
}

/** A stretch of keys; a point when all of it is one value. */
export interface Span {
  readonly lo: End;
  readonly hi: End;
  readonly point: boolean;
}

/** What a predicate allows on a component, in ascending order. */
export interface Bounds {
  readonly spans: readonly Span[];
  /** True when a key within the spans is enough for the predicate to hold. */
  readonly exact: boolean;
  /** How much the bounds narrow: 3 equality, 2 range, 1 hardly. */
  readonly rank: 1 | 2 | 3;
}

/** The end as bytes to compare stored keys with; the first byte of a component is never 0xff. */
export function endBytes(end: End): Buffer {
  if (!end.after) return end.bytes;
  let length = end.bytes.length;
  while (end.bytes[length - 1] === 0xff) length--;
  const bytes = Buffer.from(end.bytes.subarray(0, length));
  bytes[length - 1] = (bytes[length - 1] ?? 0) + 1;
  return bytes;
}

/** The end as it lies in a component that is stored inverted. */
export function invertEnd(end: End): End {
  return { bytes: Buffer.from(end.bytes.map((byte) => ~byte & 0xff)), after: !end.after };
}

/** Orders two ends. */
export function compareEnds(left: End, right: End): number {
  return endBytes(left).compare(endBytes(right));
}

const first: End = { bytes: Buffer.of(0x01), after: false };
const last: End = { bytes: Buffer.of(0xfe), after: true };

/** Every key. */
export const fullSpan: Span = { lo: first, hi: last, point: false };
const full: Bounds = { spans: [fullSpan], exact: false, rank: 1 };
const nullish: Span = {
  lo: { bytes: Buffer.of(0x04), after: false },
  hi: { bytes: Buffer.of(0x05), after: true },
  point: false,
};

function pointSpan(value: Value): Span {
  const bytes = keyOf(value);
  return { lo: { bytes, after: false }, hi: { bytes, after: true }, point: true };
}

function equality(value: Value): Bounds {
  if (value === null) return { spans: [nullish], exact: false, rank: 3 };
  if (Array.isArray(value)) {
    const [element] = value;
    const head = element === undefined ? new Scalar(bsonType.undefined, Buffer.alloc(0)) : element;
    return { spans: merge([pointSpan(head), pointSpan(value)]), exact: false, rank: 3 };
  }
  return { spans: [pointSpan(value)], exact: true, rank: 3 };
}

/** All keys of the type that a value compares with; NaN is left out, since no range holds it. */
function bracket(value: Value): { lo: End; hi: End } {
  const order = orderOf(value);
  const lo = isNumber(value)
    ? { bytes: Buffer.from([order, 0, 0, 0, 0, 0, 0, 0, 0]), after: true }
    : { bytes: Buffer.of(order), after: false };
  return { lo, hi: { bytes: Buffer.of(order), after: true } };
}

function range(op: string, value: Value): Bounds {
  if (value === null) return op.endsWith('e') ? equality(null) : { spans: [], exact: true, rank: 3 };
  if (isUnbounded(value)) return full;
  const bytes = keyOf(value);
  const whole = bracket(value);
  const span =
    op === 'gt' || op === 'gte'
      ? { lo: { bytes, after: op === 'gt' }, hi: whole.hi, point: false }
      : { lo: whole.lo, hi: { bytes, after: op === 'lte' }, point: false };
  return { spans: [span], exact: true, rank: 2 };
}

function isUnbounded(value: Value): boolean {
  if (isNumber(value)) return Number.isNaN(toDouble(value));
  if (Array.isArray(value)) return true;
  return value instanceof Scalar && (value.type === bsonType.minKey || value.type === bsonType.maxKey);
}

function regex(value: Value): Bounds {
  const pattern = patternOf(value);
  if (pattern === undefined) return full;
  const prefix = keyOf(pattern.prefix).subarray(0, -2);
  const span = { lo: { bytes: prefix, after: false }, hi: { bytes: prefix, after: true }, point: false };
  return {
    spans: merge([span, pointSpan(value)]),
    exact: pattern.prefixOnly,
    rank: pattern.prefix === '' ? 1 : 2,
  };
}

function membership(value: Value): Bounds {
  const parts = (Array.isArray(value) ? value : []).map((part) =>
    patternOf(part) === undefined ? equality(part) : regex(part),
  );
  return {
    spans: merge(parts.flatMap((part) => part.spans)),
    exact: parts.every((part) => part.exact),
    rank: parts.some((part) => part.rank < 3) ? 2 : 3,
  };
}

/** Everything but these values; null and arrays are left to the filter. */
function complement(value: Value): Bounds {
  const inner = membership(Array.isArray(value) ? value : [value]);
  if (!inner.exact) return full;
  const spans: Span[] = [];
  let from = first;
  for (const span of inner.spans) {
    spans.push({ lo: from, hi: span.lo, point: false });
    from = span.hi;
  }
  return { spans: [...spans, { lo: from, hi: last, point: false }], exact: false, rank: 1 };
}

/** Sorts spans and joins those that touch or overlap. */
export function merge(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => compareEnds(a.lo, b.lo) || compareEnds(a.hi, b.hi));
  const made: Span[] = [];
  for (const span of sorted) {
    const previous = made.at(-1);
    if (previous === undefined || compareEnds(previous.hi, span.lo) <= 0) made.push(span);
    else if (compareEnds(previous.hi, span.hi) < 0)
      made[made.length - 1] = { ...previous, hi: span.hi, point: false };
  }
  return made;
}

/** The spans that lie in both lists. */
export function intersect(left: readonly Span[], right: readonly Span[]): Span[] {
  const made: Span[] = [];
  for (const a of left) {
    for (const b of right) {
      const lo = compareEnds(a.lo, b.lo) >= 0 ? a.lo : b.lo;
      const hi = compareEnds(a.hi, b.hi) <= 0 ? a.hi : b.hi;
      if (compareEnds(lo, hi) < 0) made.push({ lo, hi, point: a.point || b.point });
    }
  }
  return made;
}

/** The span of a descending component. */
export function invertSpan(span: Span): Span {
  return { lo: invertEnd(span.hi), hi: invertEnd(span.lo), point: span.point };
}

function leafBounds(leaf: Leaf): Bounds | undefined {
  if (leaf.op === 'eq') return equality(leaf.value);
  if (leaf.op === 'in') return membership(leaf.value);
  if (leaf.op === 'regex') return regex(leaf.value);
  if (leaf.op === 'exists') return full;
  return ['lt', 'lte', 'gt', 'gte'].includes(leaf.op) ? range(leaf.op, leaf.value) : undefined;
}

/** A predicate with the path and the bounds it gives. */
export interface Bounded {
  readonly path: string;
  readonly bounds: Bounds;
  /** The conjunct of the filter that this comes from. */
  readonly source: Filter;
}

/** The bounds that one conjunct of a filter gives; none for what no index can narrow. */
export function boundsOf(filter: Filter): Bounded[] {
  if (filter.kind === 'not') return negated(filter);
  if (filter.kind !== 'leaf') return [];
  if (filter.op === 'elemMatch') return elementBounds(filter);
  const bounds = leafBounds(filter);
  return bounds === undefined ? [] : [{ path: filter.path, bounds, source: filter }];
}

function negated(filter: Extract<Filter, { kind: 'not' }>): Bounded[] {
  const { child } = filter;
  if (child.kind !== 'leaf') return [];
  if (child.op === 'exists') return [{ path: child.path, bounds: equality(null), source: filter }];
  if (child.op === 'eq' || child.op === 'in')
    return [{ path: child.path, bounds: complement(child.value), source: filter }];
  return [];
}

/** Bounds inside $elemMatch hold for some element, so they narrow but never decide. */
function elementBounds(filter: Leaf): Bounded[] {
  if (!isDoc(filter.value) || filter.inner === undefined) return [];
  const inner = filter.inner.kind === 'and' ? filter.inner.children : [filter.inner];
  return inner
    .filter((part) => part.kind === 'leaf')
    .flatMap(boundsOf)
    .map(({ path, bounds }) => ({
      path: path === '' ? filter.path : `${filter.path}.${path}`,
      bounds: { ...bounds, exact: false },
      source: filter,
    }));
}
