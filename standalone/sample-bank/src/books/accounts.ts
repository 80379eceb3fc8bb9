/** The accounts of all banks of the process and the money on them. */

import { Fault } from '../fault.ts';
import { integer, text } from './database.ts';
import type { Database, Row } from './database.ts';

/** An account with what is on it. */
export interface Account {
  readonly account: string;
  readonly bankId: string;
  readonly name: string;
  readonly bankNo: string;
  readonly balanceFen: bigint;
}

/** An account as it is opened or described; the balance is the opening one, fen in digits. */
export type AccountOpening = Omit<Account, 'balanceFen'> & { readonly balanceFen: string };

/** The book of accounts. */
export class Accounts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Opens what is new and takes over names and bank numbers; a balance that exists stays. */
  takeOver(openings: readonly AccountOpening[]): void {
    this.#database.atomically(() => {
      for (const one of openings) {
        this.#database.run(
          `INSERT INTO account (account, bank_id, name, bank_no, balance_fen) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (account) DO UPDATE SET bank_id = excluded.bank_id, name = excluded.name, bank_no = excluded.bank_no`,
          ...[one.account, one.bankId, one.name, one.bankNo, BigInt(one.balanceFen)],
        );
      }
    });
  }

  /** @throws Fault when the account exists already */
  open(opening: AccountOpening): void {
    if (this.find(opening.account)) throw new Fault('conflict', `账号 ${opening.account} 已经存在。`);
    this.takeOver([opening]);
  }

  /** @returns every account, by bank and number */
  list(): Account[] {
    return this.#database.all('SELECT * FROM account ORDER BY bank_id, account').map(toAccount);
  }

  /** @returns the account; undefined when the banks of this process do not keep it */
  find(account: string): Account | undefined {
    const row = this.#database.one('SELECT * FROM account WHERE account = ?', account);
    return row ? toAccount(row) : undefined;
  }

  /** @throws Fault when the banks of this process do not keep the account */
  get(account: string): Account {
    const found = this.find(account);
    if (!found) throw new Fault('not-found', `没有账号 ${account}。`);
    return found;
  }

  /**
   * Moves money between two accounts, inside a transaction of the caller.
   * @throws Fault when the payer has too little
   */
  move(payer: string, payee: string, amountFen: bigint): void {
    if (this.get(payer).balanceFen < amountFen) throw new Fault('conflict', `账户 ${payer} 余额不足。`);
    this.#database.run(
      'UPDATE account SET balance_fen = balance_fen - ? WHERE account = ?',
      amountFen,
      payer,
    );
    this.#database.run(
      'UPDATE account SET balance_fen = balance_fen + ? WHERE account = ?',
      amountFen,
      payee,
    );
  }

  /** @returns another account, of the same bank where it has one, that is neither of the two */
  another(than: Account, nor: Account): Account {
    const others = this.list().filter((one) => one.account !== than.account && one.account !== nor.account);
    const found = others.find((one) => one.bankId === than.bankId) ?? others[0];
    if (!found) throw new Fault('conflict', '没有第三个账户可以错转。');
    return found;
  }
}

function toAccount(row: Row): Account {
  return {
    account: text(row, 'account'),
    bankId: text(row, 'bank_id'),
    name: text(row, 'name'),
    bankNo: text(row, 'bank_no'),
    balanceFen: integer(row, 'balance_fen'),
  };
}
