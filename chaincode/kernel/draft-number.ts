/** Numbers of digital drafts: `SZHP-<division>-<date>-<serial>-<check>`, visibly no number of a real bill. */
import { addDays } from './dates.ts';
import { checkDigit } from './mod-11-10.ts';

/** What a draft number says. `issuedOn` is YYYY-MM-DD, `serial` 1 to 99,999,999 within issuer and day. */
export interface DraftNumberParts {
  readonly division: string;
  readonly issuedOn: string;
  readonly serial: number;
}

const form = /^SZHP-(\d{6})-(\d{4})(\d{2})(\d{2})-(\d{8})-(\d)$/;

/** Builds a draft number. A shorter issuer division is padded with zeros: 52 becomes 520000. @throws RangeError */
export function draftNumber({ division, issuedOn, serial }: DraftNumberParts): string {
  if (!/^\d{2,6}$/.test(division)) throw new RangeError('division of two to six digits expected');
  if (!Number.isInteger(serial) || serial < 1 || serial > 99_999_999) {
    throw new RangeError('serial between 1 and 99999999 expected');
  }
  const place = division.padEnd(6, '0');
  const day = addDays(issuedOn, 0).replaceAll('-', '');
  const count = String(serial).padStart(8, '0');
  return `SZHP-${place}-${day}-${count}-${checkDigit(place + day + count)}`;
}

/** Reads a draft number; null when its form, its date or its check digit is wrong. */
export function parseDraftNumber(text: string): DraftNumberParts | null {
  const match = form.exec(text);
  if (match === null) return null;
  const [, division = '', year = '', month = '', day = '', serial = ''] = match;
  const parts = { division, issuedOn: `${year}-${month}-${day}`, serial: Number(serial) };
  try {
    return draftNumber(parts) === text ? parts : null;
  } catch {
    return null;
  }
}

/** Whether text is a draft number with a right check digit. */
export function isDraftNumber(text: string): boolean {
  return parseDraftNumber(text) !== null;
}
