import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../storage/keys.ts';
import { compare } from './compare.ts';
import { int } from './readers.ts';
import { decimalFromText } from './decimal.ts';
import { bsonType, Scalar, undefinedValue, type Value } from './types.ts';

const nothing = Buffer.alloc(0);
const binary = (size: number, byte: number): Scalar => {
  const bytes = Buffer.alloc(5 + size, byte);
  bytes.writeInt32LE(size, 0);
  bytes[4] = 0;
  return new Scalar(bsonType.binary, bytes);
};

/** Values in BSON order; a row holds values that are equal. */
const ordered: readonly (readonly Value[])[] = [
  [new Scalar(bsonType.minKey, nothing)],
  [undefinedValue],
  [null],
  [NaN, decimalFromText('NaN')],
  [-Infinity, decimalFromText('-Infinity')],
  [decimalFromText('-1E400')],
  [-(2n ** 63n), -(2 ** 63)],
  [-9007199254740993n],
  [-9007199254740992, -9007199254740992n],
  [int(-1), -1, -1n, decimalFromText('-1.00')],
  [decimalFromText('-1E-400')],
  [0, -0, int(0), 0n, decimalFromText('0'), decimalFromText('-0E+3')],
  [decimalFromText('1E-400')],
  [decimalFromText('0.1')],
  [0.1],
  [0.5, decimalFromText('0.5')],
  [int(10), 10, 10n, decimalFromText('1E1')],
  [9007199254740992n, 9007199254740992],
  [decimalFromText('9007199254740992.5')],
  [9007199254740993n, decimalFromText('9007199254740993')],
  [2n ** 63n - 1n],
  [2 ** 63],
  [decimalFromText('1E400')],
  [Infinity],
  [''],
  ['a'],
  ['a\0b'],
  ['ab'],
  ['\uffee'],
  ['😀'],
  [new Map<string, Value>()],
  [new Map<string, Value>([['a', int(1)]]), new Map<string, Value>([['a', 1]])],
  [new Map<string, Value>([['b', 0]])],
  [new Map<string, Value>([['a', 'x']])],
  [[]],
  [[int(1)], [1n]],
  [[int(1), null]],
  [['x']],
  [binary(1, 9)],
  [binary(2, 1)],
  [new Scalar(bsonType.objectId, Buffer.alloc(12, 0xff))],
  [false],
  [true],
  [new Date(-1)],
  [new Date(0)],
  [new Scalar(bsonType.maxKey, nothing)],
];

test('all pairs compare as the list says, by value and by key', () => {
  for (const [i, left] of ordered.entries()) {
    for (const [j, right] of ordered.entries()) {
      for (const a of left) {
        for (const b of right) {
          assert.equal(Math.sign(compare(a, b)), Math.sign(i - j), `rows ${i} and ${j}`);
          assert.equal(keyOf(a).compare(keyOf(b)), Math.sign(i - j), `keys of rows ${i} and ${j}`);
        }
      }
    }
  }
});
