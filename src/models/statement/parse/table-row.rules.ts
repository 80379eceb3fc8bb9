/** From one row of a table to an entry in the words of the push interface, by the bank's profile; nothing is guessed. */
import {
  correctionOf,
  dateOf,
  directionOf,
  timeOf,
  type BankProfile,
  type ColumnName,
  type Direction,
} from '../../bank-profile/bank-profile.rules.ts';
import { signedFen } from './money.rules.ts';
import type { FaultPart, RowPart, StatementEntry } from './part.ts';
import type { Columns, TableRow } from './table.reader.ts';

/** Reads a row; a fault names the first thing that cannot be read. */
export function rowOfCells(row: TableRow, columns: Columns, profile: BankProfile): RowPart | FaultPart {
  const spoilt = Object.values(columns)
    .map((place) => row.cells[place])
    .find((cell) => cell?.fault !== undefined);
  if (spoilt !== undefined) return fault(row, spoilt.fault ?? 'error', spoilt.text);
  const cell: CellText = (name) => unwrapped(row.cells[columns[name] ?? -1]?.text ?? '');
  const bookingDate = dateOf(cell('bookingDate'));
  if (bookingDate === null) return fault(row, 'date', cell('bookingDate'));
  const money = moneyOf(cell, columns, profile);
  if (typeof money === 'string') return fault(row, money, cell('amount') || cell('debit') || cell('credit'));
  const balance = cell('balance') === '' ? null : signedFen(cell('balance'));
  if (balance === undefined) return fault(row, 'balance', cell('balance'));
  const signs = { ...money, mark: cell('reversal'), purpose: cell('purpose') };
  const effect = correctionOf(profile, signs);
  if (effect === null) return fault(row, 'correction', cell('reversal'));
  const entry = {
    ...wordsOf(cell),
    ...effect,
    bookingDate,
    txTime: timeOf(profile, bookingDate, cell('txTime')),
    amountFen: money.fen.toString(),
  };
  return { kind: 'row', row: row.row, account: cell('account'), balanceFen: balance, entry };
}

type CellText = (name: ColumnName) => string;

/** What is taken over as it is written. */
function wordsOf(
  cell: CellText,
): Omit<StatementEntry, 'bookingDate' | 'txTime' | 'amountFen' | 'direction' | 'reversal'> {
  const currency = cell('currency');
  return {
    serialNo: cell('serialNo'),
    subIndex: 0,
    status: 'BOOK',
    currency: currencies[currency.toUpperCase()] ?? currency,
    other: {
      account: cell('otherAccount'),
      name: cell('otherName').slice(0, 100),
      bankNo: cell('otherBankNo').slice(0, 20),
    },
    purpose: cell('purpose').slice(0, 200),
    reference: cell('reference').slice(0, 100),
    originalSerialNo: cell('originalSerialNo') || null,
  };
}

/** Words for renminbi; any other currency stays as it is written, and is refused by the comparison. */
const currencies: Readonly<Record<string, string>> = {
  '': 'CNY',
  人民币: 'CNY',
  RMB: 'CNY',
  '01': 'CNY',
  '156': 'CNY',
};

interface Money {
  readonly direction: Direction;
  readonly fen: bigint;
  readonly negative: boolean;
}

/** Amount and direction, from one column with a mark or from one column for each side; or the reason why not. */
function moneyOf(cell: CellText, columns: Columns, profile: BankProfile): Money | string {
  if (columns.debit !== undefined && columns.credit !== undefined) {
    const [debit, credit] = [filled(cell('debit')), filled(cell('credit'))];
    if (debit === undefined || credit === undefined) return 'amount';
    if ((debit === 0n) === (credit === 0n)) return 'bothSides';
    return debit !== 0n ? money('DBIT', debit) : money('CRDT', credit);
  }
  const direction = directionOf(profile, cell('direction'));
  if (direction === null) return 'direction';
  const fen = signedFen(cell('amount'));
  return fen === undefined || fen === 0n ? 'amount' : money(direction, fen);
}

function money(direction: Direction, fen: bigint): Money {
  return { direction, fen: fen < 0n ? -fen : fen, negative: fen < 0n };
}

function filled(text: string): bigint | undefined {
  return text === '' || text === '-' ? 0n : signedFen(text);
}

/** Banks guard long numbers in CSV as `="6222…"`, with a tab, or with an apostrophe. */
function unwrapped(text: string): string {
  const plain = text.trim();
  return /^="([^"]*)"$/.exec(plain)?.[1] ?? plain.replace(/^'/, '');
}

function fault(row: TableRow, reason: string, found: string): FaultPart {
  return { kind: 'fault', row: row.row, reason, found: found.slice(0, 64) };
}
