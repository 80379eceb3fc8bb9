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
  const decided = new Set<Filter>();
  const spans: (readonly Span[])[] = [];
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let tail: readonly Span[] | undefined;
  let points = 0;
  let rank = 0;
  let multikeyUsed = false;
  const constant: boolean[] = [];
  for (const [at, part] of index.parts.entries()) {
    const multikey = index.multikey[at] === true;
    const candidates = multikey && multikeyUsed ? [] : bounded.filter(({ path }) => path === part.path);
    const component = multikey ? best(candidates) : all(candidates);
    if (component === undefined) break;
    multikeyUsed ||= multikey;
    rank += component.rank;
    for (const filter of component.decided) decided.add(filter);
    const placed = part.descending ? component.spans.map(invertSpan).reverse() : component.spans;
    spans.push(placed);
    if (!placed.every((span) => span.point) || prefixes.length * placed.length > groupsMax) {
      tail = placed;
      break;
    }
    prefixes = prefixes.flatMap((prefix) => placed.map((span) => Buffer.concat([prefix, span.lo.bytes])));
    constant[at] = placed.length === 1 && !multikey;
    points++;
  }
  return { index, groups: groupsOf(prefixes, tail), decided, points, constant, rank, spans };
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
