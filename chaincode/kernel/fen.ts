/** Money: integer fen, its text forms, sums and splits that lose no fen. */

declare const fenBrand: unique symbol;
/** Renminbi in fen (100 fen = 1 yuan), as a bigint: sums of public money pass 2^53 fen. */
export type Fen = bigint & { readonly [fenBrand]: true };

/** Marks a bigint as fen. */
export function fen(amount: bigint): Fen {
  return amount as Fen;
}
export const zeroFen = fen(0n);

/**
 * Reads fen as the ledger and the wire carry them: decimal digits, no sign, no leading zeros, at most 18 digits.
 * @throws RangeError for anything else
 */
export function parseFen(text: string): Fen {
  if (!/^(0|[1-9]\d{0,17})$/.test(text)) throw new RangeError('not an amount of fen');
  return fen(BigInt(text));
}

/**
 * Reads yuan as a person types them: digits with at most two decimals, thousands separators only where they belong.
 * @throws RangeError for anything else; nothing is cleaned away or rounded
 */
export function parseYuan(text: string): Fen {
  const match = /^(0|[1-9]\d{0,15}|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) throw new RangeError('not an amount of yuan');
  const [, whole = '', decimals = ''] = match;
  return parseFen(BigInt(whole.replaceAll(',', '') + decimals.padEnd(2, '0')).toString());
}

/** Fen as decimal text, the form on wire and ledger. @throws RangeError for a negative amount or more than 18 digits */
export function formatFen(amount: Fen): string {
  const text = amount.toString();
  parseFen(text);
  return text;
}

/** The sum of amounts; 0 for none. */
export function sumFen(amounts: Iterable<Fen>): Fen {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return fen(total);
}

/**
 * Splits a total by integer weights with the largest remainder: each part gets its share rounded down, the fen left over
 * go one by one to the largest remainders, among equals to the earlier part. The parts sum to the total.
 * @throws RangeError when there is no weight above zero, or one below it, or the total is negative
 */
export function splitByWeights(total: Fen, weights: readonly bigint[]): Fen[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total < 0n || whole <= 0n || weights.some((weight) => weight < 0n)) {
    throw new RangeError(
      'a split needs a total and weights that are not negative, and one weight above zero',
    );
  }
  const shares = weights.map((weight, at) => ({
    at,
    part: (total * weight) / whole,
    remainder: (total * weight) % whole,
  }));
  let left = total - shares.reduce((sum, share) => sum + share.part, 0n);
  const byRemainder = [...shares].sort((a, b) => compare(b.remainder, a.remainder) || a.at - b.at);
  for (const share of byRemainder) {
    if (left === 0n) break;
    share.part += 1n;
    left -= 1n;
  }
  return shares.map((share) => fen(share.part));
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
