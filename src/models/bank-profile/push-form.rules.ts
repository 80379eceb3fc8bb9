/** What a bank's profile changes of the entries it pushes: its own words become the words of the interface, or the entry is refused. Pure. */
import {
  correctionOf,
  dateOf,
  directionOf,
  serialRefusal,
  timeOf,
  type BankProfile,
  type Direction,
} from './bank-profile.rules.ts';

/** A pushed entry in the words of the interface, or why it has none. */
export type PushForm = { readonly entry: unknown } | { readonly reason: string };

/** Zone of banks that state no other. */
const beijing = '+08:00';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Brings a pushed entry into the words of the interface.
 * @param own the bank's own profile; null = it has none and writes the interface's words alone, with times of the standard zone
 */
export function pushForm(entry: unknown, own: BankProfile | null): PushForm {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return { entry };
  const timed = { ...withZone(entry as Fields, own ?? { zoneOffset: beijing }) };
  if (own === null) return { entry: timed };
  const serialNo = short(timed.serialNo);
  const refused = serialNo === null ? null : serialRefusal(own, serialNo);
  if (refused !== null) return { reason: refused };
  const directed = withDirection(timed, own);
  return directed === null
    ? { reason: `direction: ${word(timed.direction)}` }
    : withCorrection(directed, own);
}

/** A time without zone gets the bank's; one that cannot be read stays as it came, since it decides nothing. */
function withZone(entry: Fields, profile: Pick<BankProfile, 'zoneOffset'>): Fields {
  const [txTime, bookingDate] = [short(entry.txTime), short(entry.bookingDate)];
  if (txTime === null || bookingDate === null) return entry;
  const date = dateOf(txTime) ?? bookingDate;
  return { ...entry, txTime: timeOf(profile, date, txTime) || txTime };
}

/** @returns null for a word that neither the interface nor the profile knows */
function withDirection(entry: Fields, profile: BankProfile): Fields | null {
  if (typeof entry.direction !== 'string') return entry;
  const direction = directionOf(profile, entry.direction);
  return direction === null ? null : { ...entry, direction };
}

/**
 * A `reversal` of true or false is the bank's plain word and stands; where it is left out, or is a mark, the profile's pattern decides.
 * A negative amount is an entry of the other side that undoes one, so both parties change places.
 */
function withCorrection(entry: Fields, profile: BankProfile): PushForm {
  const { direction, reversal } = entry;
  if (direction !== 'DBIT' && direction !== 'CRDT') return { entry };
  const amount = unsigned(entry);
  if (typeof reversal === 'boolean' && !amount.negative) return { entry };
  const effect = correctionOf(profile, {
    ...{ mark: markOf(reversal, profile), purpose: text(entry.purpose) },
    ...{ direction, negative: amount.negative },
  });
  if (effect === null || (reversal === false && effect.reversal))
    return { reason: `reversal: no pattern of this bank's corrections fits (${word(reversal)})` };
  const sides = amount.negative ? { payer: entry.payee, payee: entry.payer } : {};
  return { entry: { ...entry, ...amount.fields, ...sides, ...(effect satisfies Effect) } };
}

interface Effect {
  readonly reversal: boolean;
  readonly direction: Direction;
}

function unsigned(entry: Fields): { negative: boolean; fields: Fields } {
  const signed = (['amountFen', 'amountYuan'] as const).filter((name) => /^-\d/.test(text(entry[name])));
  const fields = Object.fromEntries(signed.map((name) => [name, text(entry[name]).slice(1)]));
  return { negative: signed.length > 0, fields };
}

function markOf(reversal: unknown, { corrections }: BankProfile): string {
  if (reversal === true) return corrections.markWords[0] ?? '?';
  return reversal === undefined || reversal === null || reversal === false
    ? (corrections.noMarkWords[0] ?? '')
    : text(reversal);
}

/** What is longer is no field of ours: the interface's schema refuses it, and no pattern is tried on it. */
function short(value: unknown): string | null {
  return typeof value === 'string' && value.length <= 64 ? value : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function word(value: unknown): string {
  return JSON.stringify(value ?? null).slice(0, 60);
}
