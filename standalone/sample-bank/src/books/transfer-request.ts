/** What somebody may ask for: the shape of a transfer, and how a misbehaviour changes what is really done. */

import { z } from 'zod';
import { addDays } from '../clock.ts';
import { misbehaviours } from './transfers.ts';

const optionalText = (max: number): z.ZodDefault<z.ZodString> => z.string().trim().max(max).default('');

/** A transfer as it is asked for. */
export const transferRequest = z.object({
  payerAccount: z.string().trim().min(1, '请选择付款账户'),
  payeeAccount: z.string().trim().min(1, '请选择收款账户'),
  /** Whole fen in digits. */
  amountFen: z.string().regex(/^[1-9]\d{0,16}$/, '金额必须大于零'),
  purpose: optionalText(200),
  reference: optionalText(100),
  /** Beijing date; today by the bank's clock when absent. */
  bookingDate: z.iso.date('日期应为 YYYY-MM-DD').optional(),
  misbehave: z.enum(misbehaviours, '没有这种异常').default('none'),
});

/** A transfer as it is asked for, checked. */
export type TransferRequest = z.output<typeof transferRequest>;

const LATE_DAYS = 30;

/** @returns the amount that is really moved, fen */
export function amountDone({ amountFen, misbehave }: TransferRequest): bigint {
  const asked = BigInt(amountFen);
  if (misbehave !== 'wrong-amount') return asked;
  if (asked > 100n) return asked - 100n;
  return asked === 1n ? 2n : asked / 2n;
}

/** @returns the date on which it is really booked */
export function dateDone(request: TransferRequest, today: string): string {
  const asked = request.bookingDate ?? today;
  return request.misbehave === 'late' ? addDays(asked, LATE_DAYS) : asked;
}
