/** The check digit of ISO/IEC 7064 MOD 11,10, used by bank numbers and by draft numbers. */

/** Check digit for a string of decimal digits. @throws RangeError for other text */
export function checkDigit(digits: string): string {
  if (!/^\d+$/.test(digits)) throw new RangeError('decimal digits expected');
  let product = 10;
  for (const digit of digits) {
    const sum = (product + Number(digit)) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return String((11 - product) % 10);
}

/** Whether the last of these digits is the check digit of the ones before it. */
export function hasValidCheckDigit(digits: string): boolean {
  return /^\d{2,}$/.test(digits) && checkDigit(digits.slice(0, -1)) === digits.slice(-1);
}
