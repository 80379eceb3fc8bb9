/** CSV and workbooks are read by a column map; numbers that a spreadsheet has spoilt are refused by row. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  csv,
  workbook,
  type SampleCell,
  type SampleStatement,
} from '../../../../test/support/statement-files.ts';
import { standardProfile } from '../../bank-profile/standard-profile.ts';
import { readCsv } from './csv.reader.ts';
import { decoded, encodingOf } from './decode.ts';
import { StatementUnreadable, type RowPart, type StatementPart } from './part.ts';
import { readTable } from './table.reader.ts';
import { plainNumber } from './xlsx-cell.ts';
import { readXlsx } from './xlsx.reader.ts';

const sample: SampleStatement = {
  account: '5201000000000001',
  opening: '1000.00',
  closing: '900.50',
  date: '2026-11-20',
  totals: '合计,,,100.00,0.50',
  entries: [
    { serialNo: 't1', direction: 'DBIT', yuan: '100.00', other: '5202000000000002', otherName: '收款，单位' },
    { serialNo: 'T2', direction: 'CRDT', yuan: '0.50', other: '', memo: '利息' },
  ],
};

async function readText(bytes: Uint8Array): Promise<StatementPart[]> {
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream for the reader
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 11) yield bytes.subarray(at, at + 11);
  };
  return collect(readTable(readCsv(decoded(chunks(), encodingOf(bytes))), standardProfile));
}

async function readBook(bytes: Uint8Array): Promise<StatementPart[]> {
  const folder = await mkdtemp('/tmp/xlsx-');
  try {
    await writeFile(join(folder, 'a'), bytes);
    return await collect(readTable(readXlsx(join(folder, 'a')), standardProfile));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function collect(parts: AsyncIterable<StatementPart>): Promise<StatementPart[]> {
  const found: StatementPart[] = [];
  for await (const part of parts) found.push(part);
  return found;
}
const rows = (parts: readonly StatementPart[]): RowPart[] => parts.filter((one) => one.kind === 'row');
const faults = (parts: readonly StatementPart[]): [number, string][] =>
  parts.filter((one) => one.kind === 'fault').map((one) => [one.row, one.reason]);

function gb18030(text: string): Uint8Array {
  // Node writes no GB18030; its two-byte area is turned round from the decoder.
  const bytesOf = new Map<string, number[]>();
  const decoder = new TextDecoder('gb18030');
  for (let high = 0x81; high <= 0xfe; high += 1)
    for (let low = 0x40; low <= 0xfe; low += 1)
      if (low !== 0x7f) bytesOf.set(decoder.decode(Uint8Array.of(high, low)), [high, low]);
  return Uint8Array.from(
    Array.from(text).flatMap((char) =>
      char < '\u0080' ? [char.charCodeAt(0)] : (bytesOf.get(char) ?? [0x3f]),
    ),
  );
}

for (const [name, bytes] of [
  ['UTF-8', Buffer.from(csv(sample))],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${csv(sample)}`)],
  ['GB18030', gb18030(csv(sample))],
] as const) {
  test(`CSV in ${name}`, async () => {
    const parts = await readText(bytes);
    assert.deepEqual(faults(parts), []);
    const section = parts.find((one) => one.kind === 'section');
    assert.equal(section?.account, '5201000000000001');
    const [first, second] = rows(parts);
    assert.deepEqual(first?.entry, {
      serialNo: 't1',
      subIndex: 0,
      bookingDate: '2026-11-20',
      txTime: '2026-11-20T10:15:30+08:00',
      direction: 'DBIT',
      status: 'BOOK',
      amountFen: '10000',
      currency: 'CNY',
      other: { account: '5202000000000002', name: '收款，单位', bankNo: '' },
      purpose: '',
      reference: '',
      reversal: false,
      originalSerialNo: null,
    });
    assert.equal(second?.entry.direction, 'CRDT');
    assert.deepEqual(
      parts.filter((one) => one.kind === 'balance').map((one) => [one.which, one.fen]),
      [
        ['opening', 100_000n],
        ['closing', 90_050n],
      ],
    );
    assert.deepEqual(
      parts.filter((one) => one.kind === 'totals').map((one) => [one.side, one.fen]),
      [
        ['DBIT', 10_000n],
        ['CRDT', 50n],
      ],
    );
  });
}

test('CSV rows that cannot be read are named with their line and reason', async () => {
  const lines = [
    '交易流水号,交易日期,借贷标志,金额,对方账号',
    'A1,2026-11-20,借,1.00,520200001',
    'A2,2026-13-20,借,1.00,520200001',
    'A3,2026-11-20,?,1.00,520200001',
    'A4,2026-11-20,贷,1.005,520200001',
    'A5,2026-11-20,贷,"1,00.00",520200001',
    'A6,2026-11-20,贷,0,520200001',
    ',2026-11-20,贷,1,520200001',
    'A8,2026-11-20,借,-1.00,520200001',
  ];
  const parts = await readText(Buffer.from(lines.join('\n')));
  assert.deepEqual(faults(parts), [
    [3, 'date'],
    [4, 'direction'],
    [5, 'amount'],
    [6, 'amount'],
    [7, 'amount'],
    [8, 'serial'],
  ]);
  const reversed = rows(parts).at(-1)?.entry;
  assert.deepEqual([reversed?.serialNo, reversed?.reversal, reversed?.direction], ['A8', true, 'CRDT']);
});

const unreadable: [string, string | Uint8Array, string][] = [
  ['a table without known heads', 'a,b,c\n1,2,3', 'noHead'],
  ['an unknown balance', csv({ ...sample, opening: 'viel' }), 'balance'],
  ['control characters', csv(sample).replace('T2', 'T\u00002'), 'control'],
  ['bytes of no known encoding', Uint8Array.of(0x41, 0xff, 0xff, 0x0a), 'bytes'],
];
for (const [what, text, reason] of unreadable) {
  test(`refused whole: ${what}`, async () => {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    await assert.rejects(
      readText(bytes),
      (error) => error instanceof StatementUnreadable && error.reason === reason,
    );
  });
}

const heads = ['交易流水号', '交易日期', '借贷标志', '金额', '对方账号'];
const bookRow = (
  serial: SampleCell,
  account: SampleCell,
  amount: SampleCell = { number: '1.5' },
): SampleCell[] => [serial, '20261120', '借', amount, account];

test('a workbook: text cells whole, short numbers exact, spoilt ones refused by row', async () => {
  const parts = await readBook(
    await workbook([
      ['账号', '5201000000000001'],
      heads,
      bookRow('X1', '6222000000000000001'),
      bookRow('X2', { number: '6.222E+18' }),
      bookRow({ number: '123456789012345' }, '520200001', { number: '40000.1' }),
      bookRow({ number: '1234567890123456' }, '520200001'),
      bookRow('X5', '520200001', { number: '0.30000000000000004' }),
      bookRow('X6', '520200001', { xml: '<c><f>A1+1</f><v>2</v></c>' }),
      ['X7', { number: '46346' }, '借', { number: '1' }, '520200001'],
    ]),
  );
  assert.deepEqual(faults(parts), [
    [4, 'digits'],
    [6, 'digits'],
    [7, 'digits'],
    [8, 'formula'],
    [9, 'date'],
  ]);
  assert.deepEqual(
    rows(parts).map(({ row, entry }) => [row, entry.serialNo, entry.amountFen, entry.other.account]),
    [
      [3, 'X1', '150', '6222000000000000001'],
      [5, '123456789012345', '4000010', '520200001'],
    ],
  );
});

test('numbers of spreadsheets without exponent, exactly', () => {
  const cases: [string, string | null][] = [
    ['1', '1'],
    ['-0.1', '-0.1'],
    ['1E3', '1000'],
    ['1.5E-2', '0.015'],
    ['1.2345E+4', '12345'],
    ['100000000000000', '100000000000000'],
    ['1E15', null],
    ['0.1234567890123456', null],
    ['NaN', null],
  ];
  for (const [text, plain] of cases) assert.equal(plainNumber(text), plain, text);
});

test('bombs and strange packages are refused before they are unpacked', async () => {
  const bomb = await workbook([heads], { 'xl/worksheets/sheet1.xml': 'a'.repeat(3_000_000) });
  const entity = await workbook([heads], {
    'xl/workbook.xml': '<!DOCTYPE x [<!ENTITY a "b">]><workbook>&a;</workbook>',
  });
  const cases: [Uint8Array, string][] = [
    [bomb, 'bomb'],
    [entity, 'doctype'],
    [Buffer.from('PK not a zip'), 'zip'],
    [await workbook([heads], { 'xl/workbook.xml': '<workbook/>' }), 'notWorkbook'],
  ];
  for (const [bytes, reason] of cases)
    await assert.rejects(readBook(bytes), (error) => {
      assert.ok(error instanceof StatementUnreadable, String(error));
      assert.equal(error.reason, reason);
      return true;
    });
});
