/** What the bank does when it is asked: make a transfer, take one back, send what was held back. */

import { randomUUID } from 'node:crypto';
import { Accounts } from './books/accounts.ts';
import type { Account } from './books/accounts.ts';
import type { Database } from './books/database.ts';
import { reversalEntry } from './books/entry.ts';
import { planPushes } from './books/plan-pushes.ts';
import type { PlannedPush } from './books/plan-pushes.ts';
import { Pushes } from './books/pushes.ts';
import { Settings } from './books/settings.ts';
import { amountDone, dateDone } from './books/transfer-request.ts';
import type { TransferRequest } from './books/transfer-request.ts';
import { Transfers } from './books/transfers.ts';
import type { Transfer } from './books/transfers.ts';
import { beijingDate, beijingTime, shift } from './clock.ts';
import { Fault } from './fault.ts';

/** What a payer registers on the platform. */
export type Receipt = Pick<Transfer, 'serialNo' | 'bankId' | 'bookingDate'>;

/** What the bank is built on. */
export interface BankDeps {
  readonly database: Database;
  /** The real time. */
  readonly now: () => Date;
  /** Told when there is something to push. */
  readonly onPush: () => void;
}

/** All banks of the process. */
export class SampleBank {
  readonly accounts: Accounts;
  readonly transfers: Transfers;
  readonly pushes: Pushes;
  readonly settings: Settings;
  readonly #deps: BankDeps;

  constructor(deps: BankDeps) {
    this.#deps = deps;
    this.accounts = new Accounts(deps.database);
    this.transfers = new Transfers(deps.database);
    this.pushes = new Pushes(deps.database);
    this.settings = new Settings(deps.database);
  }

  /** The time by the bank's own clock. */
  get clock(): Date {
    return shift(this.#deps.now(), this.settings.offsetDays);
  }

  /**
   * Moves the money and puts the entries into the outbox, all or nothing.
   * @param request what is asked for, with the misbehaviour if any
   * @returns what the payer registers
   * @throws Fault when an account is unknown, the same twice, or has too little
   */
  transfer(request: TransferRequest): Receipt {
    const transfer = this.#deps.database.atomically(() => {
      const made = this.#make(request);
      if (request.misbehave === 'reversal') this.#takeBack(made);
      return made;
    });
    this.#deps.onPush();
    return receiptOf(transfer);
  }

  /**
   * Takes a transfer back: money and entry.
   * @returns what the reversal is known by
   * @throws Fault when there is no such transfer, it was taken back, or the payee has spent the money
   */
  reverse(serialNo: string): Receipt {
    const reversal = this.#deps.database.atomically(() => this.#takeBack(this.transfers.get(serialNo)));
    this.#deps.onPush();
    return receiptOf(reversal);
  }

  /**
   * Sends now what was held back or refused for a transfer.
   * @returns how many messages go out
   */
  push(serialNo: string): number {
    const count = this.pushes.release(this.transfers.get(serialNo).id, this.#deps.now().getTime());
    this.#deps.onPush();
    return count;
  }

  /** Makes a bank keep silent (no entries, no heartbeat), or speak again. */
  silence(bankId: string, on: boolean): void {
    this.settings.setSilent(bankId, on);
    this.#deps.onPush();
  }

  #make(request: TransferRequest): Transfer {
    const payer = this.accounts.get(request.payerAccount);
    const asked = this.accounts.get(request.payeeAccount);
    if (payer.account === asked.account) throw new Fault('bad-input', '付款账户与收款账户不能相同。');
    const payee = request.misbehave === 'wrong-account' ? this.accounts.another(asked, payer) : asked;
    const amountFen = amountDone(request);
    this.accounts.move(payer.account, payee.account, amountFen);
    const bookingDate = dateDone(request, beijingDate(this.clock));
    const transfer = this.#book({ payer, payee, amountFen, bookingDate, request, reversalOf: null });
    this.#queue(transfer, planPushes(transfer, payer, payee));
    return transfer;
  }

  #takeBack(original: Transfer): Transfer {
    if (original.reversalOf !== null) throw new Fault('conflict', '冲正本身不能再冲正。');
    if (this.transfers.reversalOf(original.serialNo))
      throw new Fault('conflict', `流水 ${original.serialNo} 已经冲正。`);
    const from = this.accounts.get(original.payee);
    const to = this.accounts.get(original.payer);
    this.accounts.move(from.account, to.account, original.amountFen);
    const today = beijingDate(this.clock);
    const bookingDate = today > original.bookingDate ? today : original.bookingDate;
    const request = { purpose: '冲正', reference: original.reference, misbehave: 'none' as const };
    const { amountFen, serialNo } = original;
    const reversal = this.#book({
      payer: from,
      payee: to,
      amountFen,
      bookingDate,
      request,
      reversalOf: serialNo,
    });
    const entry = reversalEntry(reversal, { from, to }, serialNo);
    const debit = this.pushes.of(original.id).findLast((push) => push.what !== 'credit');
    const push = {
      bankId: to.bankId,
      what: 'reversal' as const,
      entry,
      held: false,
      delayMs: 0,
      afterPrevious: true,
    };
    this.#queue(reversal, [push], debit?.id ?? null);
    return reversal;
  }

  #book(parts: BookParts): Transfer {
    const { payer, payee, amountFen, bookingDate, request, reversalOf } = parts;
    return this.transfers.add({
      serialNo: this.transfers.nextSerial('T', bookingDate),
      creditSerialNo: this.transfers.nextSerial('R', bookingDate),
      // A reversal is an entry of the bank where the money comes back to.
      bankId: reversalOf === null ? payer.bankId : payee.bankId,
      bookingDate,
      txTime: `${bookingDate}T${beijingTime(this.clock)}+08:00`,
      payer: payer.account,
      payee: payee.account,
      amountFen,
      purpose: request.purpose,
      reference: request.reference,
      misbehave: request.misbehave,
      reversalOf,
    });
  }

  #queue(transfer: Transfer, planned: readonly PlannedPush[], first: bigint | null = null): void {
    let previous = first;
    const nowMs = this.#deps.now().getTime();
    for (const one of planned) {
      previous = this.pushes.add({
        transferId: transfer.id,
        bankId: one.bankId,
        webhookId: `msg_${randomUUID()}`,
        what: one.what,
        body: JSON.stringify({ batchNo: `${transfer.serialNo}-${one.what}`, entries: [one.entry] }),
        state: one.held ? 'held' : 'waiting',
        dueAt: BigInt(nowMs + one.delayMs),
        afterId: one.afterPrevious ? previous : null,
      });
    }
  }
}

interface BookParts {
  readonly payer: Account;
  readonly payee: Account;
  readonly amountFen: bigint;
  readonly bookingDate: string;
  readonly request: Pick<TransferRequest, 'purpose' | 'reference' | 'misbehave'>;
  readonly reversalOf: string | null;
}

function receiptOf({ serialNo, bankId, bookingDate }: Transfer): Receipt {
  return { serialNo, bankId, bookingDate };
}
