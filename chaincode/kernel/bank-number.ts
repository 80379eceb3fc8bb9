/** Bank numbers of the payment system (支付系统行号, 12 digits): class 3, area 4, serial 4, check 1. */
import { hasValidCheckDigit } from './mod-11-10.ts';

/** `form` = not 12 digits; `check` = the last digit is not the check digit, a warning: the rule is inferred from published numbers. */
export type BankNumberFault = 'form' | 'check';

/** What is wrong with a bank number, null when nothing is. */
export function bankNumberFault(text: string): BankNumberFault | null {
  if (!/^\d{12}$/.test(text)) return 'form';
  return hasValidCheckDigit(text) ? null : 'check';
}
