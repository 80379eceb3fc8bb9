/** Decides which messages go out for a transfer, in which order, and how a misbehaving bank distorts them. Pure. */

import type { Account } from './accounts.ts';
import { creditEntry, debitEntry } from './entry.ts';
import type { Entry } from './entry.ts';
import type { Transfer } from './transfers.ts';

/** One message to be sent. */
export interface PlannedPush {
  readonly bankId: string;
  /** What it is, a word for the page. */
  readonly what: 'debit' | 'credit' | 'duplicate' | 'conflict' | 'reversal';
  readonly entry: Entry;
  /** True: not sent until somebody asks. */
  readonly held: boolean;
  /** Milliseconds to wait before it is sent. */
  readonly delayMs: number;
  /** True: sent only after the message before it was answered. */
  readonly afterPrevious: boolean;
}

/** Pause of the debit entry behind the credit entry when they go out in the wrong order. */
const OUT_OF_ORDER_MS = 5000;

/**
 * @param transfer as it was really made
 * @param payer account that the money left
 * @param payee account that the money came to
 * @returns the messages, in the order in which they go out
 */
export function planPushes(transfer: Transfer, payer: Account, payee: Account): PlannedPush[] {
  const held = transfer.misbehave === 'silent';
  const plain = { held, delayMs: 0, afterPrevious: false };
  const entry = debitEntry(transfer, payer, payee);
  const debit: PlannedPush = { ...plain, bankId: payer.bankId, what: 'debit', entry };
  const credit: PlannedPush = {
    ...plain,
    bankId: payee.bankId,
    what: 'credit',
    entry: creditEntry(transfer, payer, payee),
  };
  switch (transfer.misbehave) {
    case 'duplicate':
      return [debit, { ...debit, what: 'duplicate', afterPrevious: true }, credit];
    case 'conflict':
      return [debit, { ...debit, what: 'conflict', entry: otherAmount(entry), afterPrevious: true }, credit];
    case 'out-of-order':
      return [credit, { ...debit, delayMs: OUT_OF_ORDER_MS, afterPrevious: true }];
    default:
      return [debit, credit];
  }
}

function otherAmount(entry: Entry): Entry {
  return { ...entry, amountFen: (BigInt(entry.amountFen) + 100n).toString() };
}
