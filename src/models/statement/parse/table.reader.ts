/** Reads a table of cells, from CSV or a workbook, by a bank's column map: lines above and under it, heads, entries. */
import {
  columnNames,
  labelNames,
  plainWord,
  type BankProfile,
  type ColumnName,
  type LabelName,
} from '../../bank-profile/bank-profile.rules.ts';
import { signedFen } from './money.rules.ts';
import { limits, StatementUnreadable, type StatementPart } from './part.ts';
import { rowOfCells } from './table-row.rules.ts';

/** A cell as text; `fault` names why its value cannot be trusted. */
export interface Cell {
  readonly text: string;
  readonly fault?: 'digits' | 'formula' | 'error';
}

/** A row of cells with its number in the file, from 1. */
export interface TableRow {
  readonly row: number;
  readonly cells: readonly Cell[];
}

/** Position of each field's column. */
export type Columns = Readonly<Partial<Record<ColumnName, number>>>;

/** The head must stand among the first rows. */
const headWithin = 50;

/**
 * Parts of the one section that a table holds.
 * @throws StatementUnreadable when no row has the heads that the profile knows
 */
export async function* readTable(
  rows: AsyncIterable<TableRow>,
  profile: BankProfile,
): AsyncGenerator<StatementPart> {
  const above: TableRow[] = [];
  let columns: Columns | null = null;
  for await (const row of rows) {
    if (row.row > limits.rows) throw new StatementUnreadable('tooManyRows');
    if (row.cells.length > limits.columns) throw new StatementUnreadable('tooManyColumns');
    if (row.cells.every((cell) => cell.text === '' && cell.fault === undefined)) continue;
    if (columns !== null) yield* entryOrFoot(row, columns, profile);
    else {
      columns = columnsOf(row, profile);
      if (columns !== null) yield* headOf(above, profile);
      else if (above.push(row) > headWithin) break;
    }
  }
  if (columns === null) throw new StatementUnreadable('noHead');
}

/** The columns of a row of heads; null when serial, date or amount is not among them. */
export function columnsOf(row: TableRow, profile: BankProfile): Columns | null {
  const heads = row.cells.map((cell) => plainWord(cell.text));
  const columns: Partial<Record<ColumnName, number>> = {};
  for (const name of columnNames) {
    const words = profile.columns[name];
    // The map's own order decides when a table has two of the heads.
    const place = words.map((word) => heads.indexOf(plainWord(word))).find((one) => one >= 0);
    if (place !== undefined) columns[name] = place;
  }
  const { serialNo, bookingDate, amount, debit, credit, direction } = columns;
  const hasAmount =
    (amount !== undefined && direction !== undefined) || (debit !== undefined && credit !== undefined);
  return serialNo !== undefined && bookingDate !== undefined && hasAmount ? columns : null;
}

function* headOf(above: readonly TableRow[], profile: BankProfile): Generator<StatementPart> {
  const labels = new Map(above.flatMap((row) => [...labelsOf(row, profile)]));
  yield {
    kind: 'section',
    account: labels.get('account') ?? '',
    name: '',
    currency: 'CNY',
    number: '',
    complete: true,
  };
  for (const [name, value] of labels) yield* labelPart(name, value);
}

function* entryOrFoot(row: TableRow, columns: Columns, profile: BankProfile): Generator<StatementPart> {
  const serial = row.cells[columns.serialNo ?? -1];
  if (serial !== undefined && (serial.text !== '' || serial.fault !== undefined)) {
    yield rowOfCells(row, columns, profile);
    return;
  }
  const foot = [...labelsOf(row, profile), ...sumsOf(row, columns, profile)];
  for (const [name, value] of foot) yield* labelPart(name, value);
  if (foot.length === 0) yield { kind: 'fault', row: row.row, reason: 'serial', found: '' };
}

/** A line 合计 with sums under the columns of both sides. */
function sumsOf(row: TableRow, columns: Columns, profile: BankProfile): [LabelName, string][] {
  const words = profile.labels.total.map(plainWord);
  if (!row.cells.some((one) => words.includes(plainWord(one.text)))) return [];
  const sums: [LabelName, string][] = [
    ['debitTotal', row.cells[columns.debit ?? -1]?.text ?? ''],
    ['creditTotal', row.cells[columns.credit ?? -1]?.text ?? ''],
  ];
  return sums.filter(([, value]) => value !== '');
}

/** `期初余额：1,000.00` in one cell, or the word in one and the value in the next. */
function labelsOf(row: TableRow, profile: BankProfile): Map<LabelName, string> {
  const found = new Map<LabelName, string>();
  row.cells.forEach(({ text }, place) => {
    const [word = '', ...rest] = text.normalize('NFKC').split(':');
    const name = labelNames.find((one) =>
      profile.labels[one].some((known) => plainWord(known) === plainWord(word)),
    );
    const value = rest.join(':').trim() || (row.cells[place + 1]?.text ?? '');
    if (name !== undefined && value !== '') found.set(name, value.trim());
  });
  return found;
}

/** Whose sum or count a label tells. */
const sides: Partial<Record<LabelName, 'DBIT' | 'CRDT' | 'ALL'>> = {
  debitTotal: 'DBIT',
  creditTotal: 'CRDT',
  debitCount: 'DBIT',
  creditCount: 'CRDT',
  count: 'ALL',
};

function* labelPart(name: LabelName, value: string): Generator<StatementPart> {
  if (name === 'opening' || name === 'closing')
    yield { kind: 'balance', which: name, fen: balanceOf(value), date: null };
  const side = sides[name];
  if (side === undefined) return;
  if (name.endsWith('Total')) yield { kind: 'totals', side, count: null, fen: balanceOf(value) };
  else yield { kind: 'totals', side, count: countOf(value), fen: null };
}

/** @throws StatementUnreadable when it is no number of entries */
function countOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new StatementUnreadable('count', text);
  return Number(text);
}

/** @throws StatementUnreadable when it is no amount */
function balanceOf(text: string): bigint {
  const fen = signedFen(text);
  if (fen === undefined) throw new StatementUnreadable('balance', text);
  return fen;
}
