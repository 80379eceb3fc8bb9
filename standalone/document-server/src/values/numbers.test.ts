import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimalFromText, decimalText } from './decimal.ts';
import { int } from './readers.ts';
import { combine, divide } from './numbers.ts';
import { Int, Scalar } from './types.ts';

function text(value: unknown): string {
  if (value instanceof Int) return `int ${value.value}`;
  return value instanceof Scalar ? `decimal ${decimalText(value)}` : `${typeof value} ${String(value)}`;
}

test('sums keep the wider type', () => {
  assert.equal(text(combine('add', int(1), int(2), false)), 'int 3');
  assert.equal(text(combine('add', int(2147483647), int(1), false)), 'bigint 2147483648');
  assert.equal(text(combine('add', 9007199254740993n, int(1), false)), 'bigint 9007199254740994');
  assert.equal(text(combine('add', 1n, 0.5, false)), 'number 1.5');
  assert.equal(text(combine('add', decimalFromText('0.1'), decimalFromText('0.2'), false)), 'decimal 0.3');
  assert.equal(
    text(combine('add', 2n ** 53n + 1n, decimalFromText('0.10'), false)),
    'decimal 9007199254740993.10',
  );
});

test('a sum beyond 64 bits is refused, or spills into a double', () => {
  assert.equal(combine('add', 2n ** 63n - 1n, 1n, false), undefined);
  assert.equal(text(combine('add', 2n ** 63n - 1n, 1n, true)), `number ${2 ** 63}`);
});

test('decimals round half to even at 34 digits', () => {
  const nines = decimalFromText('9'.repeat(34));
  assert.equal(
    text(combine('add', nines, decimalFromText('0.5'), false)),
    'decimal 1.000000000000000000000000000000000E+34',
  );
  assert.equal(text(divide(decimalFromText('1'), int(3))), `decimal 0.${'3'.repeat(34)}`);
  assert.equal(text(divide(decimalFromText('1'), int(8))), 'decimal 0.125');
});
