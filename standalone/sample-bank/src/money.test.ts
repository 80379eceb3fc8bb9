import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatYuan, parseYuan } from './money.ts';

test('yuan are read exactly', () => {
  assert.equal(parseYuan('400,000.00'), 40000000n);
  assert.equal(parseYuan(' 0.1 '), 10n);
  assert.equal(parseYuan('90071992547409.93'), 9007199254740993n);
});

test('what is no amount of yuan is not read', () => {
  for (const text of ['', '-1', '1.234', '1e3', '12a', '.5', '１２'])
    assert.equal(parseYuan(text), undefined, text);
});

test('fen are written with separators and two decimals, and read back the same', () => {
  assert.equal(formatYuan(40000000n), '400,000.00');
  assert.equal(formatYuan(5n), '0.05');
  for (const fen of [0n, 1n, 99n, 100n, 123456789n, 9007199254740993n])
    assert.equal(parseYuan(formatYuan(fen)), fen);
});
