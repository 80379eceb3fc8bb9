import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyFilter } from './key-filter.ts';

const part = fc
  .string({ minLength: 1, maxLength: 12, unit: 'binary' })
  .filter((text) => !text.includes('\u0000'));
const parts = fc.array(part, { minLength: 1, maxLength: 5 });
const composite = (of: readonly string[]): string => `\u0000${of.map((one) => `${one}\u0000`).join('')}`;

test('nothing is known to be absent before everything was added', () => {
  const filter = new KeyFilter();
  filter.add('a');
  assert.equal(filter.mayHold('b'), true);
  filter.complete();
  assert.equal(filter.mayHold('b'), false);
  assert.equal(filter.mayHold('a'), true);
});

test('a key and every beginning of a composite key are found, also from another thread’s filter', () => {
  const filter = new KeyFilter();
  filter.complete();
  const other = new KeyFilter(filter.memory);
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), fc.array(part, { maxLength: 20 }), (lists, simple) => {
      for (const list of lists) filter.add(composite(list));
      for (const key of simple) filter.add(key);
      const beginnings = lists.flatMap((list) => list.map((_, at) => composite(list.slice(0, at + 1))));
      return [...beginnings, ...simple].every((key) => other.mayHold(key));
    }),
    { numRuns: 200 },
  );
});

test('half a surrogate pair is the replacement character that the store makes of it', () => {
  const filter = new KeyFilter();
  filter.complete();
  filter.add('x\ud800');
  assert.equal(filter.mayHold('x\ufffd'), true);
});

test('few absent keys are taken for present ones', () => {
  const filter = new KeyFilter();
  filter.complete();
  for (let at = 0; at < 20_000; at++) filter.add(composite(['FLOW', `bank-${at % 7}`, String(at)]));
  let found = 0;
  for (let at = 20_000; at < 40_000; at++) {
    if (filter.mayHold(composite(['FLOW', `bank-${at % 7}`, String(at)]))) found++;
  }
  assert.ok(found < 20, `${found} of 20,000`);
});
