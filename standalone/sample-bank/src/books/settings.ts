/** What the bank was told to do until told otherwise: its clock's offset, which banks keep silent, and what each signs with. */

import { text } from './database.ts';
import type { Database } from './database.ts';

/** Kept switches. */
export class Settings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Days that the bank's clock is ahead. */
  get offsetDays(): number {
    return Number(this.#read('offset-days') || '0');
  }

  set offsetDays(days: number) {
    this.#write('offset-days', String(days));
  }

  /** @returns true when the bank sends nothing at all */
  isSilent(bankId: string): boolean {
    return this.#read(`silent-${bankId}`) === 'on';
  }

  /** Makes a bank keep silent, or speak again. */
  setSilent(bankId: string, on: boolean): void {
    this.#write(`silent-${bankId}`, on ? 'on' : 'off');
  }

  /** What a bank signs with; '' until somebody chose. */
  signerOf(bankId: string): string {
    return this.#read(`signer-${bankId}`);
  }

  /** Chooses what a bank signs with. */
  setSigner(bankId: string, signer: string): void {
    this.#write(`signer-${bankId}`, signer);
  }

  /** A private key that the bank made for itself; '' when it made none. */
  keyOf(bankId: string, algorithm: string): string {
    return this.#read(`key-${algorithm}-${bankId}`);
  }

  /** Keeps a private key. */
  setKey(bankId: string, algorithm: string, key: string): void {
    this.#write(`key-${algorithm}-${bankId}`, key);
  }

  #read(name: string): string {
    const row = this.#database.one('SELECT value FROM setting WHERE name = ?', name);
    return row ? text(row, 'value') : '';
  }

  #write(name: string, value: string): void {
    this.#database.run(
      'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      name,
      value,
    );
  }
}
