/** How values are shown: amounts by unit, Beijing time, masked accounts. Formatting only. */
import moment from 'moment';
import { t } from '../messages/index.ts';

/** The unit in which a person reads amounts: yuan, ten thousand, a hundred million. */
export type Unit = 'yuan' | 'wan' | 'yi';
const digits: Record<Unit, number> = { yuan: 2, wan: 6, yi: 10 };

/**
 * Fen in a unit, with thousands separators: yuan with 2 decimals, 万元 and 亿元 exact with at least 2, trailing zeros cut.
 * @param amount fen, as bigint or decimal text; '—' when absent
 */
export function money(amount: bigint | string | null | undefined, unit: Unit = 'yuan'): string {
  if (amount === null || amount === undefined || amount === '') return '—';
  const fen = BigInt(amount);
  const sign = fen < 0n ? '-' : '';
  const text = (fen < 0n ? -fen : fen).toString().padStart(digits[unit] + 1, '0');
  const whole = text.slice(0, -digits[unit]).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const decimals = text.slice(-digits[unit]).replace(/0+$/, '').padEnd(2, '0');
  return `${sign}${whole}.${decimals}`;
}

/** An instant in Beijing: 2026-11-20 10:16:08. */
export function beijing(at: Date | string | number | null | undefined, form = 'YYYY-MM-DD HH:mm:ss'): string {
  return at === null || at === undefined || at === '' ? '—' : moment(at).utcOffset(8).format(form);
}

/** First four and last four digits of an account. */
export function mask(account: string | null | undefined): string {
  if (!account) return '—';
  return account.length <= 8 ? account : `${account.slice(0, 4)}…${account.slice(-4)}`;
}

/** How long ago, or how long until: 3 天, 5 小时, 12 分钟. */
export function span(from: Date | string, to: Date): string {
  const minutes = Math.abs(Math.floor((to.getTime() - new Date(from).getTime()) / 60_000));
  if (minutes < 1) return t('span.now');
  if (minutes < 60) return t('span.minutes', { n: minutes });
  return minutes < 48 * 60
    ? t('span.hours', { n: Math.floor(minutes / 60) })
    : t('span.days', { n: Math.floor(minutes / 1440) });
}

/** A hash or transaction id in short form. */
export function short(text: string | null | undefined): string {
  if (!text) return '—';
  return text.length <= 14 ? text : `${text.slice(0, 8)}…${text.slice(-4)}`;
}

/** A whole number with thousands separators. */
export function count(value: number | bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Basis points as a percentage: 1000 → 10%. */
export function percent(part: bigint, whole: bigint): string {
  if (whole === 0n) return '0%';
  const tenths = (part * 1000n) / whole;
  return `${tenths / 10n}.${tenths % 10n}%`;
}
