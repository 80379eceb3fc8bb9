/** How one bank writes its entries: serial form, time zone, direction words, corrections, calendar and columns. Data, read by pure functions. */
import { z } from 'zod';
import { normalSerial } from '#kernel/normal-form.ts';

const words = z.array(z.string().max(40)).max(40);

export const columnNames = [
  'serialNo',
  'bookingDate',
  'txTime',
  'direction',
  'amount',
  'debit',
  'credit',
  'currency',
  'balance',
  'account',
  'accountName',
  'otherAccount',
  'otherName',
  'otherBankNo',
  'purpose',
  'reference',
  'reversal',
  'originalSerialNo',
] as const;
/** A field of an entry that a table's column may carry. */
export type ColumnName = (typeof columnNames)[number];

export const labelNames = [
  'account',
  'opening',
  'closing',
  'debitTotal',
  'creditTotal',
  'total',
  'count',
  'debitCount',
  'creditCount',
] as const;
/** What a line above or under a table may say about the whole. */
export type LabelName = (typeof labelNames)[number];

/** A bank's profile as it is kept and shown. */
export const bankProfile = z
  .object({
    id: z.string().regex(/^[a-z0-9-]{1,40}$/),
    title: z.string().min(1).max(60),
    /** A serial number in normal form must match it. */
    serialPattern: z
      .string()
      .max(200)
      .refine(
        (text) => isPattern(text),
        'not a plain regular expression (no repeated groups, at most three open repetitions)',
      ),
    /** A serial of that form, shown to payers who type another. */
    serialExample: z.string().max(64).default(''),
    /** Offset of times that carry none. */
    zoneOffset: z.string().regex(/^[+-]\d{2}:\d{2}$/),
    directionWords: z.object({ DBIT: words, CRDT: words }),
    corrections: z.object({
      /** Words of the mark column that say yes, and those that say no; any other is not guessed at. */
      markWords: words,
      noMarkWords: words,
      /** Words of the purpose that make a credit a return (退汇), or any entry a reversal (冲正). */
      returnWords: words,
      reversalWords: words,
      /** A negative amount undoes an entry of the direction it names, or is refused. */
      negativeAmount: z.enum(['reversal', 'refuse']),
    }),
    /** Working days: those of the ledger's calendar. */
    calendar: z.literal('ledger'),
    /** For each field the heads under which the bank writes it. */
    columns: z.record(z.enum(columnNames), words),
    labels: z.record(z.enum(labelNames), words),
  })
  .refine(
    (one) =>
      one.serialExample === '' || (isPattern(one.serialPattern) && hasSerialForm(one, one.serialExample)),
    {
      message: 'not of the form of serialPattern',
      path: ['serialExample'],
    },
  );
export type BankProfile = z.infer<typeof bankProfile>;

/** A direction as the bank writes it. */
export type Direction = 'DBIT' | 'CRDT';

/** @returns null for a word the profile does not know */
export function directionOf(profile: BankProfile, word: string): Direction | null {
  const plain = plainWord(word);
  const { DBIT, CRDT } = profile.directionWords;
  if (DBIT.some((one) => plainWord(one) === plain)) return 'DBIT';
  return CRDT.some((one) => plainWord(one) === plain) ? 'CRDT' : null;
}

/** What a bank says about an entry that may undo another. */
export interface CorrectionSigns {
  /** The mark column; '' when there is none. */
  readonly mark: string;
  readonly purpose: string;
  readonly direction: Direction;
  readonly negative: boolean;
}

/**
 * The one canonical form of corrections: `reversal`, with the direction of the effect that the entry itself has.
 * @returns null when the signs fit no pattern of the profile; then the entry is set aside, not guessed at
 */
export function correctionOf(
  profile: BankProfile,
  signs: CorrectionSigns,
): { reversal: boolean; direction: Direction } | null {
  const { corrections } = profile;
  const has = (list: readonly string[], text: string): boolean =>
    list.some((one) => one !== '' && text.includes(one));
  const is = (list: readonly string[], word: string): boolean =>
    list.some((one) => plainWord(one) === plainWord(word));
  const marked = is(corrections.markWords, signs.mark);
  if (!marked && !is(corrections.noMarkWords, signs.mark)) return null;
  if (signs.negative) {
    if (corrections.negativeAmount === 'refuse') return null;
    return { reversal: true, direction: signs.direction === 'DBIT' ? 'CRDT' : 'DBIT' };
  }
  const isReturn = has(corrections.returnWords, signs.purpose);
  // A debit that says 退汇 sends somebody else's money back: it undoes nothing of ours unless the bank marks it.
  const said = has(corrections.reversalWords, signs.purpose) || (isReturn && signs.direction === 'CRDT');
  return { reversal: marked || said, direction: signs.direction };
}

/** `YYYY-MM-DD` of a date as banks write it (2026-11-20, 20261120, 2026/11/20, 2026年11月20日), null for anything else. */
export function dateOf(text: string): string | null {
  const found = /^(\d{4})(?:-|\/|\.|年)?(\d{1,2})(?:-|\/|\.|月)?(\d{1,2})日?(?:[ T].*)?$/.exec(text.trim());
  if (found === null) return null;
  const [, year = '', month = '', day = ''] = found;
  // Without separators only eight digits leave no doubt.
  if (/^\d+$/.test(text.trim()) && text.trim().length !== 8) return null;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return z.iso.date().safeParse(date).success ? date : null;
}

/** An instant with offset; the profile's offset where the bank gives none. '' when there is no time. */
export function timeOf(profile: Pick<BankProfile, 'zoneOffset'>, date: string, time: string): string {
  const text = time.trim();
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text)) return text.slice(0, 40);
  const found = /(?:^|[ T])(\d{1,2}):?(\d{2}):?(\d{2})?(?:\.\d+)?$/.exec(text);
  if (found === null || date === '') return '';
  const [, hour = '', minute = '', second = '00'] = found;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return '';
  return `${date}T${hour.padStart(2, '0')}:${minute}:${second}${profile.zoneOffset}`;
}

/** Whether a serial number has the form that the bank's serials have. */
export function hasSerialForm(profile: { readonly serialPattern: string }, serialNo: string): boolean {
  return new RegExp(profile.serialPattern).test(normalSerial(serialNo));
}

/** What a bank is told of a serial number that has not its form; null when it has. */
export function serialRefusal(profile: BankProfile, serialNo: string): string | null {
  if (hasSerialForm(profile, serialNo)) return null;
  const example = profile.serialExample === '' ? '' : `, for example ${profile.serialExample}`;
  return `serialNo: not the form of this bank's serials (${profile.serialPattern}${example})`;
}

/** A word without white space, half-width and in capitals, as heads and marks are compared. */
export function plainWord(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\s:()（）]/g, '')
    .toUpperCase();
}

/** A pattern without repeated groups, look-arounds and back-references: no serial can make it search for long. */
function isPattern(text: string): boolean {
  if (/\)[*+?{]|\(\?(?!:)|\\[1-9k]/.test(text) || (text.match(/[*+]|,\}/g)?.length ?? 0) > 3) return false;
  try {
    return new RegExp(text).source.length > 0;
  } catch {
    return false;
  }
}
