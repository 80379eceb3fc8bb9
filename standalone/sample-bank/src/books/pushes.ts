/** What each bank has to push to the platform, and what the platform answered: the outbox. */

import { integer, text } from './database.ts';
import type { Database, Row } from './database.ts';

/** `waiting` = to be sent; `held` = not to be sent until asked; `done` = answered 202; `refused` = the platform will not have it. */
export type PushState = 'waiting' | 'held' | 'done' | 'refused';

/** One message of the outbox. */
export interface Push {
  readonly id: bigint;
  readonly transferId: bigint;
  readonly bankId: string;
  readonly webhookId: string;
  /** What the message is, for the page: debit, credit, duplicate, … */
  readonly what: string;
  /** The bytes that are signed and sent, as text. */
  readonly body: string;
  readonly state: PushState;
  /** Not before this moment, ms. */
  readonly dueAt: bigint;
  readonly attempts: bigint;
  /** The last answer in short, '' before the first. */
  readonly answer: string;
  readonly answeredAt: string;
}

/** A message to be put into the outbox. */
export type NewPush = Pick<
  Push,
  'transferId' | 'bankId' | 'webhookId' | 'what' | 'body' | 'state' | 'dueAt'
> & {
  /** Sent only after this one was answered. */
  readonly afterId: bigint | null;
};

/** How an attempt ended. */
export interface Attempt {
  readonly state: PushState;
  readonly dueAt: bigint;
  readonly answer: string;
  readonly answeredAt: string;
}

const DUE = `state = 'waiting' AND (after_id IS NULL OR EXISTS (
  SELECT 1 FROM push AS before WHERE before.id = push.after_id AND before.state IN ('done', 'refused')))`;

/** The outbox of all banks of the process. */
export class Pushes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Puts a message into the outbox. @returns its id */
  add(push: NewPush): bigint {
    return this.#database.run(
      `INSERT INTO push (transfer_id, bank_id, webhook_id, what, body, state, due_at, after_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[
        push.transferId,
        push.bankId,
        push.webhookId,
        push.what,
        push.body,
        push.state,
        push.dueAt,
        push.afterId,
      ],
    );
  }

  /** @returns messages of the given banks that may be sent now, the oldest first */
  due({ nowMs, bankIds, limit }: { nowMs: number; bankIds: readonly string[]; limit: number }): Push[] {
    const sql = `SELECT * FROM push WHERE ${DUE} AND due_at <= ? AND bank_id IN (SELECT value FROM json_each(?))
      ORDER BY id LIMIT ?`;
    return this.#database.all(sql, nowMs, JSON.stringify(bankIds), limit).map(toPush);
  }

  /** @returns when the next message may be sent, ms; undefined when none waits */
  nextDueAt(): number | undefined {
    const row = this.#database.one(`SELECT min(due_at) AS at FROM push WHERE ${DUE}`);
    return typeof row?.['at'] === 'bigint' ? Number(row['at']) : undefined;
  }

  /** Keeps how an attempt ended. */
  record(id: bigint, attempt: Attempt): void {
    this.#database.run(
      'UPDATE push SET state = ?, due_at = ?, answer = ?, answered_at = ?, attempts = attempts + 1 WHERE id = ?',
      ...[attempt.state, attempt.dueAt, attempt.answer, attempt.answeredAt, id],
    );
  }

  /** Lets what was held back or refused for a transfer go out now. @returns how many messages */
  release(transferId: bigint, nowMs: number): number {
    const rows = this.#database.all(
      `UPDATE push SET state = 'waiting', due_at = ? WHERE transfer_id = ? AND state IN ('held', 'refused') RETURNING id`,
      nowMs,
      transferId,
    );
    return rows.length;
  }

  /** @returns every message about a transfer, in order */
  of(transferId: bigint): Push[] {
    return this.#database.all('SELECT * FROM push WHERE transfer_id = ? ORDER BY id', transferId).map(toPush);
  }
}

function toPush(row: Row): Push {
  const states: PushState[] = ['waiting', 'held', 'done', 'refused'];
  return {
    id: integer(row, 'id'),
    transferId: integer(row, 'transfer_id'),
    bankId: text(row, 'bank_id'),
    webhookId: text(row, 'webhook_id'),
    what: text(row, 'what'),
    body: text(row, 'body'),
    state: states.find((one) => one === row['state']) ?? 'waiting',
    dueAt: integer(row, 'due_at'),
    attempts: integer(row, 'attempts'),
    answer: text(row, 'answer'),
    answeredAt: text(row, 'answered_at'),
  };
}
