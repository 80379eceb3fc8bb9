/** One booked entry as the bank interface takes it, for either side of a transfer. */

import type { Account } from './accounts.ts';
import type { Transfer } from './transfers.ts';

/** One entry of `POST /api/v1/bank/flows`. */
export interface Entry {
  readonly serialNo: string;
  readonly bookingDate: string;
  /** ISO 8601 with +08:00. */
  readonly txTime: string;
  readonly direction: 'DBIT' | 'CRDT';
  readonly status: 'BOOK';
  /** Whole fen in digits. */
  readonly amountFen: string;
  readonly currency: 'CNY';
  readonly payer: Party;
  readonly payee: Party;
  readonly purpose: string;
  readonly reference: string;
  readonly reversal: boolean;
  readonly originalSerialNo: string | null;
}

interface Party {
  readonly account: string;
  readonly name: string;
  readonly bankNo: string;
}

/** @returns the entry of the payer's bank: money has left the payer's account */
export function debitEntry(transfer: Transfer, payer: Account, payee: Account): Entry {
  return {
    serialNo: transfer.serialNo,
    bookingDate: transfer.bookingDate,
    txTime: transfer.txTime,
    direction: 'DBIT',
    status: 'BOOK',
    amountFen: transfer.amountFen.toString(),
    currency: 'CNY',
    payer: partyOf(payer),
    payee: partyOf(payee),
    purpose: transfer.purpose,
    reference: transfer.reference,
    reversal: false,
    originalSerialNo: null,
  };
}

/** @returns the entry of the payee's bank, under its own serial number: money has come to the payee's account */
export function creditEntry(transfer: Transfer, payer: Account, payee: Account): Entry {
  return { ...debitEntry(transfer, payer, payee), direction: 'CRDT', serialNo: transfer.creditSerialNo };
}

/**
 * The entry that takes a debit back: as in camt.054, the direction is that of the reversed effect, so the money comes
 * to the account that it had left.
 * @param reversal the transfer that moves the money back
 * @param back where the money comes from and goes to
 * @param originalSerialNo serial number of the entry that is taken back
 */
export function reversalEntry(
  reversal: Transfer,
  back: { from: Account; to: Account },
  originalSerialNo: string,
): Entry {
  return { ...debitEntry(reversal, back.from, back.to), direction: 'CRDT', reversal: true, originalSerialNo };
}

function partyOf({ account, name, bankNo }: Account): Party {
  return { account, name, bankNo };
}
