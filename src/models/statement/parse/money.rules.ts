/** Amounts of statements: yuan with a sign, exactly; nothing is cleaned away or rounded. */
import { parseYuan } from '#kernel/fen.ts';

/** Fen of yuan with an optional sign and currency mark, separators only where they belong; undefined for anything else. */
export function signedFen(text: string): bigint | undefined {
  const [, sign, digits = ''] = /^([+-]?)(.*)$/.exec(text.trim().replace(/^[¥￥]/, '')) ?? [];
  try {
    const fen: bigint = parseYuan(digits);
    return sign === '-' ? -fen : fen;
  } catch {
    return undefined;
  }
}

/** Fen of an amount of XML: plain digits above zero, as decimal text; null for anything else. */
export function plainFen(text: string): string | null {
  const fen = /[,¥￥+-]/.test(text) ? undefined : signedFen(text);
  return fen === undefined || fen === 0n ? null : fen.toString();
}
