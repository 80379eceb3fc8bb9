/** Amounts: whole fen inside, yuan with two decimals on the page. */

/**
 * @param text an amount in yuan as a person types it: digits, separators, at most two decimals
 * @returns fen; undefined when it is not such an amount
 */
export function parseYuan(text: string): bigint | undefined {
  const plain = text.trim().replaceAll(/[,，]/g, '');
  const parts = /^(\d{1,14})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!parts) return undefined;
  return BigInt(parts[1] ?? '0') * 100n + BigInt((parts[2] ?? '').padEnd(2, '0'));
}

/** @returns fen as yuan with separators and two decimals */
export function formatYuan(fen: bigint): string {
  const whole = (fen / 100n).toString().replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}.${(fen % 100n).toString().padStart(2, '0')}`;
}
