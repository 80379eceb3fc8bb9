/** The transfers that were made, and their serial numbers. */

import { Fault } from '../fault.ts';
import { integer, text } from './database.ts';
import type { Database, Row } from './database.ts';

/** How a transfer may go wrong on request; `none` = as it should. */
export const misbehaviours = [
  'none',
  'wrong-amount',
  'wrong-account',
  'late',
  'duplicate',
  'conflict',
  'reversal',
  'out-of-order',
  'silent',
] as const;

/** One of the misbehaviours. */
export type Misbehaviour = (typeof misbehaviours)[number];

/** A transfer as it was really made. */
export interface Transfer {
  readonly id: bigint;
  /** Serial number of the payer's bank; the one that is registered on the platform. */
  readonly serialNo: string;
  /** Serial number of the payee's bank for the same transfer. */
  readonly creditSerialNo: string;
  /** The payer's bank. */
  readonly bankId: string;
  /** YYYY-MM-DD, Beijing. */
  readonly bookingDate: string;
  /** ISO 8601 with +08:00. */
  readonly txTime: string;
  readonly payer: string;
  readonly payee: string;
  readonly amountFen: bigint;
  readonly purpose: string;
  readonly reference: string;
  readonly misbehave: Misbehaviour;
  /** Serial number of the transfer that this one takes back. */
  readonly reversalOf: string | null;
}

/** The book of transfers. */
export class Transfers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the next serial number of a booking date: letter, date, seven digits that count up */
  nextSerial(letter: string, bookingDate: string): string {
    const row = this.#database.one(
      `INSERT INTO sequence (day, last) VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET last = last + 1 RETURNING last`,
      bookingDate,
    );
    const last = row ? integer(row, 'last') : 1n;
    return `${letter}${bookingDate.replaceAll('-', '')}${last.toString().padStart(7, '0')}`;
  }

  /** Books a transfer. @returns it with its id */
  add(transfer: Omit<Transfer, 'id'>): Transfer {
    const id = this.#database.run(
      `INSERT INTO transfer (serial_no, credit_serial_no, bank_id, booking_date, tx_time, payer, payee, amount_fen,
         purpose, reference, misbehave, reversal_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[transfer.serialNo, transfer.creditSerialNo, transfer.bankId, transfer.bookingDate, transfer.txTime],
      ...[transfer.payer, transfer.payee, transfer.amountFen, transfer.purpose, transfer.reference],
      ...[transfer.misbehave, transfer.reversalOf],
    );
    return { ...transfer, id };
  }

  /** @returns the latest transfers first */
  list(limit: number, offset = 0): Transfer[] {
    const sql = 'SELECT * FROM transfer ORDER BY id DESC LIMIT ? OFFSET ?';
    return this.#database.all(sql, limit, offset).map(toTransfer);
  }

  /** @returns how many there are */
  count(): number {
    const row = this.#database.one('SELECT count(*) AS n FROM transfer');
    return row ? Number(integer(row, 'n')) : 0;
  }

  /** @throws Fault when there is no such serial number */
  get(serialNo: string): Transfer {
    const row = this.#database.one('SELECT * FROM transfer WHERE serial_no = ?', serialNo);
    if (!row) throw new Fault('not-found', `没有流水号 ${serialNo}。`);
    return toTransfer(row);
  }

  /** @returns the transfer that took this one back; undefined when none did */
  reversalOf(serialNo: string): Transfer | undefined {
    const row = this.#database.one('SELECT * FROM transfer WHERE reversal_of = ?', serialNo);
    return row ? toTransfer(row) : undefined;
  }
}

function toTransfer(row: Row): Transfer {
  const misbehave = misbehaviours.find((one) => one === row['misbehave']) ?? 'none';
  return {
    id: integer(row, 'id'),
    serialNo: text(row, 'serial_no'),
    creditSerialNo: text(row, 'credit_serial_no'),
    bankId: text(row, 'bank_id'),
    bookingDate: text(row, 'booking_date'),
    txTime: text(row, 'tx_time'),
    payer: text(row, 'payer'),
    payee: text(row, 'payee'),
    amountFen: integer(row, 'amount_fen'),
    purpose: text(row, 'purpose'),
    reference: text(row, 'reference'),
    misbehave,
    reversalOf: typeof row['reversal_of'] === 'string' ? row['reversal_of'] : null,
  };
}
