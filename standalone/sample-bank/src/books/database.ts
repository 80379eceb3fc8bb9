/** The file of the bank's books: opened, its tables made, everything durable before it is answered. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

/** One row as SQLite gives it; integers are bigint. */
export type Row = Record<string, SQLOutputValue>;

const TABLES = `
  CREATE TABLE IF NOT EXISTS account (
    account TEXT PRIMARY KEY, bank_id TEXT NOT NULL, name TEXT NOT NULL, bank_no TEXT NOT NULL,
    balance_fen INTEGER NOT NULL CHECK (balance_fen >= 0)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS transfer (
    id INTEGER PRIMARY KEY, serial_no TEXT NOT NULL UNIQUE, credit_serial_no TEXT NOT NULL, bank_id TEXT NOT NULL,
    booking_date TEXT NOT NULL, tx_time TEXT NOT NULL, payer TEXT NOT NULL, payee TEXT NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), purpose TEXT NOT NULL, reference TEXT NOT NULL,
    misbehave TEXT NOT NULL, reversal_of TEXT UNIQUE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS push (
    id INTEGER PRIMARY KEY, transfer_id INTEGER NOT NULL, bank_id TEXT NOT NULL, webhook_id TEXT NOT NULL UNIQUE,
    what TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, due_at INTEGER NOT NULL, after_id INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '', answered_at TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX IF NOT EXISTS push_due ON push (state, due_at);
  CREATE INDEX IF NOT EXISTS push_transfer ON push (transfer_id);
  CREATE TABLE IF NOT EXISTS sequence (day TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** The open file; one process at a time. */
export class Database {
  readonly #database: DatabaseSync;

  /** @param folder folder of the bank; made when missing */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#database = new DatabaseSync(join(folder, 'bank.sqlite'), { readBigInts: true });
    this.#database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;',
    );
    this.#database.exec(TABLES);
  }

  /** @returns every row of a query */
  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  /** @returns the first row of a query, if any */
  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#database.prepare(sql).get(...values);
  }

  /** Runs a statement. @returns the id of the row it added */
  run(sql: string, ...values: SQLInputValue[]): bigint {
    return BigInt(this.#database.prepare(sql).run(...values).lastInsertRowid);
  }

  /** Runs several statements as one: all of them stand, or none. */
  atomically<T>(action: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Closes the file. */
  close(): void {
    this.#database.close();
  }
}

/** @returns a column that holds text */
export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

/** @returns a column that holds an integer */
export function integer(row: Row, column: string): bigint {
  const value = row[column];
  return typeof value === 'bigint' ? value : 0n;
}
