/** Amounts and dates in formal numerals (大写) as slips carry them, after the rules for filling in bills of the central bank. */
import { addDays } from './dates.ts';
import { parseFen } from './fen.ts';
import type { Fen } from './fen.ts';

const digitWords = Array.from('零壹贰叁肆伍陆柒捌玖');
const places = ['仟', '佰', '拾', ''];

/**
 * The amount in words, without the prefix 人民币. Ends with 整 after 元 or 角, never after 分; a zero at the 万 or 亿 place
 * before a further digit is spoken, one at the 元 place before 角 is not.
 * @throws RangeError for a negative amount or more than 18 digits
 */
export function amountInWords(amount: Fen): string {
  parseFen(amount.toString());
  const yuan = amount / 100n;
  const jiao = Number((amount / 10n) % 10n);
  const single = Number(amount % 10n);
  const whole = yuan > 0n ? `${wholeWords(yuan)}元` : '';
  if (jiao === 0 && single === 0) return `${whole || '零元'}整`;
  const tenths = jiao > 0 ? `${word(jiao)}角` : whole && '零';
  return `${whole}${tenths}${single > 0 ? `${word(single)}分` : '整'}`;
}

/**
 * A date as drafts carry it: 2026-10-20 becomes 贰零贰陆年零壹拾月零贰拾日. Months 1, 2 and 10 and days 1 to 10, 20 and 30
 * begin with 零, so that nothing can be written in front of them.
 * @throws RangeError for text that is no date
 */
export function dateInWords(date: string): string {
  const [year = '', month = '', day = ''] = addDays(date, 0).split('-');
  const years = Array.from(year, (digit) => word(Number(digit))).join('');
  const m = Number(month);
  const d = Number(day);
  const monthZero = m <= 2 || m === 10 ? '零' : '';
  const dayZero = d < 10 || d % 10 === 0 ? '零' : '';
  return `${years}年${monthZero}${fourDigits(m)}月${dayZero}${fourDigits(d)}日`;
}

function wholeWords(yuan: bigint): string {
  const high = Number(yuan / 100_000_000n);
  const low = Number(yuan % 100_000_000n);
  return high > 0 ? `${eightDigits(high)}亿${after(high, low, 10_000_000)}` : eightDigits(low);
}

function eightDigits(value: number): string {
  const high = Math.floor(value / 10_000);
  const low = value % 10_000;
  return high > 0 ? `${fourDigits(high)}万${after(high, low, 1000)}` : fourDigits(low);
}

/** What follows 亿 or 万: nothing, or the lower part, with 零 between when a place in between is empty. */
function after(high: number, low: number, full: number): string {
  if (low === 0) return '';
  return `${low < full || high % 10 === 0 ? '零' : ''}${eightDigits(low)}`;
}

function fourDigits(value: number): string {
  const digits = Array.from(String(value).padStart(4, '0'), Number);
  const words = digits.map((digit, at) => (digit === 0 ? '零' : `${word(digit)}${places[at] ?? ''}`));
  return words
    .join('')
    .replace(/零+/g, '零')
    .replace(/^零|零$/g, '');
}

function word(digit: number): string {
  return digitWords[digit] ?? '';
}
