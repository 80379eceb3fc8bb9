/** Tests of fen: strict parsing, and splits that lose nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fen, formatFen, parseFen, parseYuan, splitByWeights, sumFen } from './fen.ts';

test('yuan with at most two decimals become fen exactly', () => {
  const vectors: [string, bigint][] = [
    ['0', 0n],
    ['0.01', 1n],
    ['0.1', 10n],
    ['19.99', 1999n],
    ['1,234,567.80', 123_456_780n],
    ['10000000.00', 1_000_000_000n],
    ['300,000,000,000', 30_000_000_000_000n],
  ];
  for (const [text, amount] of vectors) assert.equal(parseYuan(text), amount, text);
});

test('yuan that are not exact are refused, not cleaned', () => {
  for (const text of [
    '',
    '1.',
    '.5',
    '1.234',
    '-1',
    '+1',
    '1e3',
    '10.50g',
    ' 1',
    '01',
    '1,23',
    '1,2345',
    '１',
    '¥1',
  ]) {
    assert.throws(() => parseYuan(text), RangeError, text);
  }
});

test('fen text is strict both ways', () => {
  for (const text of ['', '01', '-1', '1.0', '1e3', '9'.repeat(19)]) {
    assert.throws(() => parseFen(text), RangeError, text);
  }
  assert.equal(formatFen(parseFen('9'.repeat(18))), '9'.repeat(18));
  assert.throws(() => formatFen(fen(-1n)), RangeError);
});

test('the thesis ratio splits as the domain notes say', () => {
  assert.deepEqual(splitByWeights(fen(1n), [4n, 6n, 90n]), [0n, 0n, 1n]);
  assert.deepEqual(splitByWeights(fen(7n), [4n, 6n, 90n]), [0n, 1n, 6n]);
  assert.deepEqual(splitByWeights(fen(100_000_001n), [4n, 6n, 90n]), [4_000_000n, 6_000_000n, 90_000_001n]);
  assert.deepEqual(splitByWeights(fen(1_000_000_000n), [4n, 6n, 90n]), [
    40_000_000n,
    60_000_000n,
    900_000_000n,
  ]);
});

test('equal remainders go to the earlier part', () => {
  assert.deepEqual(splitByWeights(fen(5n), [1n, 1n, 1n]), [2n, 2n, 1n]);
});

test('any split sums to the total and each part is within one fen of its share', () => {
  const weights = fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), weights, (total, raw) => {
      const parts = [...raw, 1n];
      const whole = parts.reduce((sum, weight) => sum + weight, 0n);
      const split = splitByWeights(fen(total), parts);
      assert.equal(sumFen(split), total);
      split.forEach((part, at) => {
        const off = part * whole - total * (parts[at] ?? 0n);
        assert.ok(off > -whole && off < whole);
      });
    }),
    { numRuns: 300 },
  );
});

test('a split without a positive weight is refused', () => {
  assert.throws(() => splitByWeights(fen(1n), []), RangeError);
  assert.throws(() => splitByWeights(fen(1n), [0n]), RangeError);
  assert.throws(() => splitByWeights(fen(1n), [2n, -1n]), RangeError);
});
