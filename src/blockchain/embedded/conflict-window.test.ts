import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys, ConflictWindow } from './conflict-window.ts';
import type { RangeRead, StateWrite } from './transaction.codec.ts';
import type { Version } from './state-row.ts';
import type { LedgerRead, ValidationCode } from '../ledger.port.ts';

const KEYS = ['a', 'b', 'c', '\u0000T\u0000a\u0000', '\u0000T\u0000b\u0000', '\u0000U\u0000a\u0000'];
const RANGES = [
  ['a', 'c'],
  ['b', ''],
  ['\u0000T\u0000', '\u0000T\u0000\u{10ffff}'],
  ['\u0000U\u0000', '\u0000U\u0000\u{10ffff}'],
] as const;

type State = ReadonlyMap<string, Version>;

test('keys stand in the order of their UTF-8 bytes', () => {
  const key = fc.string({
    unit: fc.constantFrom('a', '\u0000', '中', '（', '\u{10000}', '\u{10ffff}', '\uffff'),
  });
  fc.assert(
    fc.property(key, key, (left, right) => {
      const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
      assert.equal(Math.sign(compareKeys(left, right)), expected);
    }),
  );
});

/** What Fabric does: read everything again from the state and compare. */
function validateByReading(
  reads: readonly LedgerRead[],
  ranges: readonly RangeRead[],
  state: State,
): ValidationCode {
  const isCurrent = ({ key, version }: LedgerRead): boolean =>
    String(state.get(key)) === String(version ?? undefined);
  if (!reads.every(isCurrent)) return 'MVCC_READ_CONFLICT';
  const isSame = (range: RangeRead): boolean => {
    const now = walk(state, range, Infinity);
    return JSON.stringify(now.seen) === JSON.stringify(range.seen);
  };
  return ranges.every(isSame) ? 'VALID' : 'PHANTOM_READ_CONFLICT';
}

interface Bounds {
  readonly start: string;
  readonly end: string;
  /** False when the key at the end belongs to the range. */
  readonly exhausted?: boolean;
}

function walk(state: State, { start, end, exhausted = true }: Bounds, limit: number): RangeRead {
  const inside = [...state]
    .filter(([key]) => compareKeys(key, start) >= 0)
    .filter(([key]) => end === '' || compareKeys(key, end) < (exhausted ? 0 : 1))
    .filter(([key]) => key.startsWith('\u0000') === start.startsWith('\u0000'))
    .sort(([left], [right]) => compareKeys(left, right))
    .map(([key, version]) => ({ key, version }));
  const seen = inside.slice(0, limit);
  if (seen.length === inside.length) return { start, end, exhausted: true, seen };
  return { start, end: seen.at(-1)?.key ?? start, exhausted: false, seen };
}

test('the verdict is that of reading everything again, whatever was written in between', () => {
  const write = fc.record({ key: fc.constantFrom(...KEYS), isDelete: fc.boolean() });
  const history = fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });
  const scenario = fc.record({
    history,
    basis: fc.nat({ max: 12 }),
    lag: fc.nat({ max: 2 }),
    reads: fc.subarray(KEYS),
    ranges: fc.array(fc.tuple(fc.constantFrom(...RANGES), fc.integer({ min: 1, max: 3 })), { maxLength: 2 }),
  });
  const codes = new Set<ValidationCode>();
  fc.assert(
    fc.property(scenario, ({ history: blocks, basis: wanted, lag, reads, ranges }) => {
      const basis = Math.min(wanted, blocks.length);
      // The simulation may have seen more blocks than it certainly saw.
      const seenHeight = Math.min(basis + lag, blocks.length);
      const window = new ConflictWindow();
      const state = new Map<string, Version>();
      let seenState: State = new Map();
      blocks.forEach((writes, block) => {
        if (block === seenHeight) seenState = new Map(state);
        writes.forEach(({ key, isDelete }, tx) => {
          const version: Version = [block, tx];
          window.note(version, [{ key, value: isDelete ? null : Buffer.from('x') } satisfies StateWrite]);
          if (isDelete) state.delete(key);
          else state.set(key, version);
        });
      });
      if (seenHeight === blocks.length) seenState = new Map(state);
      window.forgetBelow(basis);
      const readSet = reads.map((key) => ({ key, version: seenState.get(key) ?? null }));
      const rangeSet = ranges.map(([[start, end], limit]) => walk(seenState, { start, end }, limit));
      const verdict = window.validate({ reads: readSet, ranges: rangeSet, writes: [], event: null }, basis);
      codes.add(verdict);
      assert.equal(verdict, validateByReading(readSet, rangeSet, state));
    }),
    { numRuns: 3000 },
  );
  assert.equal(codes.size, 3);
});
