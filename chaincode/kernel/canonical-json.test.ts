/** Tests of canonical JSON: one text per value, whatever the order its keys were written in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, contentHashOf, sha256Hex } from './canonical-json.ts';

test('keys are sorted at every depth, lists keep their order', () => {
  assert.equal(canonicalJson({ b: 1, a: [{ d: null, c: '中' }, 2] }), '{"a":[{"c":"中","d":null},2],"b":1}');
});

test('undefined properties are left out', () => {
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}');
});

test('what JSON cannot hold exactly is refused', () => {
  for (const value of [0.5, Number.NaN, 2 ** 53, 1n, () => 1])
    assert.throws(() => canonicalJson({ value }), TypeError);
});

test('the key order does not change the hash and the text reads back as the value', () => {
  const json = fc.dictionary(
    fc.string(),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string())),
  );
  fc.assert(
    fc.property(json, (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(contentHashOf(value), contentHashOf(reversed));
      assert.equal(canonicalJson(JSON.parse(canonicalJson(value))), canonicalJson(value));
    }),
    { numRuns: 200 },
  );
});

test('SHA-256 of abc', () => {
  assert.equal(sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
