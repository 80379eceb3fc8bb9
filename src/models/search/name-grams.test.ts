import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gramsOf, pairsOf } from './name-grams.ts';

test('every piece of a name is found by its parts, and a piece that is not there by none of its own', () => {
  for (const name of ['大塘镇通村公路', '公路', '路', 'aa公aa', '𠮷野路']) {
    const grams = gramsOf(name);
    const characters = Array.from(name);
    for (let from = 0; from < characters.length; from += 1) {
      assert.ok(
        grams.some((one) => one.startsWith(characters[from] ?? '')),
        `${name} by one character`,
      );
      for (let to = from + 2; to <= characters.length; to += 1)
        for (const pair of pairsOf(characters.slice(from, to).join('')))
          assert.ok(grams.includes(pair), name);
    }
  }
  assert.ok(!pairsOf('公铁').some((pair) => gramsOf('通村公路').includes(pair)));
  assert.deepEqual([gramsOf(''), pairsOf('公'), pairsOf('')], [[], [], []]);
});
