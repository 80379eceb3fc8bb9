/** The value of a workbook's cell as text, exactly or not at all: a number is kept in 15 digits and no more by such programs. */
import type { Cell } from './table.reader.ts';
import { at, all, textAt, type Element } from './xml-tree.ts';

/** What a cell refers to. */
export interface SheetFacts {
  readonly shared: readonly string[];
  /** Positions of the formats that show a date. */
  readonly dateStyles: ReadonlySet<number>;
  readonly isFrom1904: boolean;
}

/** Digits that a spreadsheet's number holds without loss. */
const exactDigits = 15;

/** Reads one `c` element. */
export function cellOf(cell: Element, facts: SheetFacts): Cell {
  const value = textAt(cell, 'v');
  if (at(cell, 'f') !== undefined) return { text: value, fault: 'formula' };
  const type = cell.attributes.t ?? 'n';
  if (type === 'n') return numberCell(value, facts, Number(cell.attributes.s));
  const text = {
    s: facts.shared[Number(value)],
    inlineStr: inlineText(at(cell, 'is')),
    str: value,
    d: value,
  }[type];
  return text === undefined ? { text: value, fault: 'error' } : { text: text.trim() };
}

function inlineText(is: Element | undefined): string {
  const runs = all(is, 'r').map((run) => at(run, 't')?.text ?? '');
  return at(is, 't')?.text ?? runs.join('');
}

function numberCell(value: string, facts: SheetFacts, style: number): Cell {
  if (value === '') return { text: '' };
  const plain = plainNumber(value);
  if (plain === null) return { text: value, fault: 'digits' };
  if (facts.dateStyles.has(style)) return { text: dateText(plain, facts.isFrom1904) };
  return { text: plain };
}

/** A number written without exponent; null when it has more digits than a spreadsheet keeps. */
export function plainNumber(text: string): string | null {
  const found = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (found === null) return null;
  const [, sign = '', whole = '', decimals = '', exponent = '0'] = found;
  const point = whole.length + Number(exponent);
  const padded = (whole + decimals).padStart(whole.length + decimals.length + Math.max(0, -point), '0');
  const shift = Math.max(0, -point);
  const digits = padded.padEnd(point + shift, '0');
  const left = digits.slice(0, point + shift).replace(/^0+(?=\d)/, '') || '0';
  const right = digits.slice(point + shift).replace(/0+$/, '');
  const significant = (left + right).replace(/^0+/, '');
  if (significant.length > exactDigits) return null;
  return `${sign}${left}${right === '' ? '' : `.${right}`}`;
}

/** Days since the workbook's first day as a calendar date. */
function dateText(days: string, isFrom1904: boolean): string {
  const whole = Number(/^\d{1,7}/.exec(days)?.[0] ?? '-1');
  if (whole < 1) return days;
  // Day 60 is the 29 February 1900 that never was, so later days count from 30 December 1899.
  const base = isFrom1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
  return new Date(base + whole * 86_400_000).toISOString().slice(0, 10);
}
