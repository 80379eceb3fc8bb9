// Owns turning the bounds of a filter into the key intervals of one index, and what of the filter remains.
import type { Filter } from '../matcher/parse.ts';
import type { Index } from '../storage/catalog.ts';
import { endBytes, fullSpan, intersect, invertSpan, type Bounded, type Span } from './spans.ts';

/** Keys from `lo` up to, not including, `hi`. */
export interface Interval {
  readonly lo: Buffer;
  readonly hi: Buffer;
}

/** Intervals that share a key prefix; within a group keys are in order. */
export interface Group {
  readonly prefix: Buffer;
  readonly intervals: readonly Interval[];
}

/** An index with the intervals that a filter needs of it. */
export interface IndexBounds {
  readonly index: Index;
  readonly groups: readonly Group[];
  /** Conjuncts that the intervals already decide. */
  readonly decided: ReadonlySet<Filter>;
  /** Leading components that are bound to single values. */
  readonly points: number;
  /** Leading components that are bound to exactly one value each, per component. */
  readonly constant: readonly boolean[];
  /** Sum of how much each used component narrows. */
  readonly rank: number;
  /** The spans used for each component, for explain. */
  readonly spans: readonly (readonly Span[])[];
}

const groupsMax = 1000;
const upper = Buffer.of(0xff);

interface Component {
  readonly spans: readonly Span[];
  readonly decided: readonly Filter[];
  readonly rank: number;
}

/** The intervals of an index for these bounds; `undefined` for a component that nothing bounds ends the prefix. */
export function boundsFor(index: Index, bounded: readonly Bounded[]): IndexBounds {
  const used = componentsOf(index, bounded);
  const constant: boolean[] = [];
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let tail: readonly Span[] | undefined;
  let points = 0;
  for (const [at, { spans }] of used.entries()) {
    if (!spans.every((span) => span.point) || prefixes.length * spans.length > groupsMax) {
      tail = spans;
      break;
    }
    prefixes = prefixes.flatMap((prefix) => spans.map((span) => Buffer.concat([prefix, span.lo.bytes])));
    constant[at] = spans.length === 1 && index.multikey[at] !== true;
    points++;
  }
  const placed = used.slice(0, tail === undefined ? points : points + 1);
  return {
    index,
    groups: groupsOf(prefixes, tail),
    decided: new Set(placed.flatMap((component) => component.decided)),
    points,
    constant,
    rank: placed.reduce((sum, component) => sum + component.rank, 0),
    spans: placed.map((component) => component.spans),
  };
}

/**
 * True when no document can be found twice: a component that holds arrays is bound to one single value, and of several
 * arrays only one may stand in an index.
 */
export function findsOnce({ index, points, spans }: IndexBounds): boolean {
  return index.multikey.every((flag, at) => !flag || (at < points && spans[at]?.length === 1));
}

/** The bound components from the first on, their spans as the keys lie; of components with arrays only one is bound. */
function componentsOf(index: Index, bounded: readonly Bounded[]): Component[] {
  const used: Component[] = [];
  let multikeyUsed = false;
  for (const [at, part] of index.parts.entries()) {
    const multikey = index.multikey[at] === true;
    const candidates = multikey && multikeyUsed ? [] : bounded.filter(({ path }) => path === part.path);
    const component = multikey ? best(candidates) : all(candidates);
    if (component === undefined) break;
    multikeyUsed ||= multikey;
    const spans = part.descending ? component.spans.map(invertSpan).reverse() : component.spans;
    used.push({ ...component, spans });
  }
  return used;
}

function groupsOf(prefixes: readonly Buffer[], tail: readonly Span[] | undefined): Group[] {
  return prefixes.map((prefix) => ({
    prefix,
    intervals:
      tail === undefined
        ? [{ lo: prefix, hi: Buffer.concat([prefix, upper]) }]
        : tail.map((span) => ({
            lo: Buffer.concat([prefix, endBytes(span.lo)]),
            hi: Buffer.concat([prefix, endBytes(span.hi)]),
          })),
  }));
}

/** On a component that never met an array all predicates speak of one value: their bounds intersect. */
function all(candidates: readonly Bounded[]): Component | undefined {
  if (candidates.length === 0) return undefined;
  let spans: readonly Span[] = [fullSpan];
  for (const { bounds } of candidates) spans = intersect(spans, bounds.spans);
  return {
    spans,
    decided: candidates.filter(({ bounds }) => bounds.exact).map(({ source }) => source),
    rank: Math.max(...candidates.map(({ bounds }) => bounds.rank)),
  };
}

/** On an array different elements may satisfy different predicates: only one may bound. */
function best(candidates: readonly Bounded[]): Component | undefined {
  let chosen: Bounded | undefined;
  for (const candidate of candidates)
    if (chosen === undefined || candidate.bounds.rank > chosen.bounds.rank) chosen = candidate;
  if (chosen === undefined) return undefined;
  const { bounds, source } = chosen;
  return { spans: bounds.spans, decided: bounds.exact ? [source] : [], rank: bounds.rank };
}
