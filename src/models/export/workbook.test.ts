/** What is written is read back whole by our own reader: text as text, amounts to the fen, no formula anywhere. */
import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { readXlsx } from '../statement/parse/xlsx.reader.ts';
import { workbookOf, type SheetRow } from './workbook.ts';

test('a workbook keeps accounts, negative amounts and huge sums, and defuses formulas', async () => {
  const folder = await mkdtemp('/tmp/book-');
  try {
    const rows: SheetRow[] = [
      { cells: ['账号', '金额'], bold: true },
      { cells: ['6222000000000000001', { fen: -5n }] },
      { cells: ['=cmd|"/C calc"!A0 & <b>', { fen: 10n ** 17n + 1n }] },
      { cells: ['', { fen: 99_999_999_999_999_9n }] },
    ];
    await pipeline(workbookOf('表:1', rows, [20, 20]), createWriteStream(join(folder, 'a.xlsx')));
    const read: string[][] = [];
    for await (const row of readXlsx(join(folder, 'a.xlsx'))) {
      assert.ok(row.cells.every((cell) => cell.fault === undefined));
      read.push(row.cells.map((cell) => cell.text));
    }
    assert.deepEqual(read, [
      ['账号', '金额'],
      ['6222000000000000001', '-0.05'],
      ['\'=cmd|"/C calc"!A0 & <b>', '1000000000000000.01'],
      ['', '9999999999999.99'],
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
