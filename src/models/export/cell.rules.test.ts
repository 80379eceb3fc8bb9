/** No cell of an export is a formula, whatever a bank or a person wrote into it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { csvLine, harmless } from './cell.rules.ts';

test('formulas become text', () => {
  for (const text of [
    '=1+1',
    '+1',
    '-2+3',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    ' =1',
    '＝1',
    '=HYPERLINK("http://x")',
  ])
    assert.ok(harmless(text).startsWith("'"), JSON.stringify(text));
  for (const text of ['收款单位', '-100.00', '0.50', 'T20261120', '']) assert.equal(harmless(text), text);
});

test('what was written is read back, and no cell begins as a formula does', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (cells) => {
      const records: string[][] = parse(csvLine(cells), { relax_column_count: true });
      const written = records[0] ?? [''];
      assert.deepEqual(
        written,
        cells.map((cell) => harmless(cell)),
      );
      for (const cell of written) assert.doesNotMatch(cell, /^[=+@\t]/);
    }),
    { numRuns: 300 },
  );
});
