/** Leads statements through their life: taken in, read, confirmed by a second person, carried to the inbox; each step may be repeated. */
import type { BankProfile } from '../bank-profile/bank-profile.rules.ts';
import { BankModel } from '../bank/bank.schema.ts';
import type { EntryResult, StatementBatch } from '../inbox/inbox.service.ts';
import type { ReadEntry } from '../inbox/wire.rules.ts';
import { DomainError, InputError } from '../kernel/errors.ts';
import type { Person } from '../member/person.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { SystemCause } from '../system-alert/system-alert.service.ts';
import { shownFileName, type StatementFile, type StatementFileStore } from './statement-file.store.ts';
import { StatementReading, type ReadingResult } from './statement-reading.service.ts';
import {
  rowStates,
  StatementModel,
  StatementRowModel,
  type RowState,
  type Statement,
  type StatementRow,
  type StatementSource,
} from './statement.schema.ts';

/** What statements need from outside. */
export interface StatementServiceDeps {
  readonly store: StatementFileStore;
  readonly models: Pick<ReadModels, 'bankAccount'>;
  readonly profileOf: (bankId: string) => Promise<BankProfile>;
  /** The inbox' own door: same keys, same deliveries as pushed entries. */
  readonly take: (batch: StatementBatch, entries: readonly ReadEntry[]) => Promise<EntryResult[]>;
  readonly alert: (cause: SystemCause) => Promise<unknown>;
  /** False while accounts cannot be found. */
  readonly isReadModelWhole: () => Promise<boolean>;
  readonly now: () => Date;
}

/** A file that somebody brings. */
export interface BroughtStatement {
  readonly bankId: string;
  readonly orgId: string;
  readonly source: StatementSource;
  readonly userId: string;
  readonly fileName: string;
  /** In normal form; '' = the file says. */
  readonly account: string;
  /** Id of the signed message, from the bank's system alone. */
  readonly webhookId?: string;
}

/** Time for which one process may work unheard, ms. */
const leaseMs = 60_000;
/** Rows that go to the inbox together. */
const chunkRows = 500;
const toTake: readonly RowState[] = ['new', 'status', 'conflict'];

/** Statements from the file to the inbox. */
export class StatementService {
  readonly #deps: StatementServiceDeps;

  constructor(deps: StatementServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Stores a file; the same bytes of the same organisation are the same statement, read again when it was refused before.
   * @throws InputError file.empty, file.tooLarge
   */
  async receive(brought: BroughtStatement, bytes: AsyncIterable<Uint8Array>): Promise<Statement> {
    return this.note(brought, await this.#deps.store.put(bytes));
  }

  /**
   * Notes a file that is stored already.
   * @throws DomainError MESSAGE_ID_REUSED when the message's id came with another file
   */
  async note(brought: BroughtStatement, { sha256, size }: StatementFile): Promise<Statement> {
    await requireFreshId(brought, sha256);
    const { bankId, orgId, source, userId: uploadedBy, account } = brought;
    const _id = `${orgId}-${sha256.slice(0, 24)}`;
    const now = this.#deps.now();
    const fresh = { uploadedBy, uploadedAt: now, confirmedBy: null, confirmedAt: null, taken: 0 };
    const unread = {
      state: 'received',
      fault: null,
      counts: noCounts(),
      sections: [],
      accounts: [],
      format: '',
    };
    const { fileName, webhookId = null } = brought;
    const named = { fileName: shownFileName(fileName), account, source, webhookId };
    await StatementModel.updateOne(
      { _id },
      {
        $setOnInsert: { bankId, orgId, sha256, size, ...named, ...fresh, ...unread, leaseUntil: new Date(0) },
      },
      { upsert: true },
    );
    await StatementModel.updateOne(
      { _id, state: { $in: ['refused', 'compared', 'ready'] } },
      { $set: { ...named, ...fresh, ...unread, leaseUntil: new Date(0) } },
    );
    return this.#found(_id);
  }

  /** Works on a statement as far as it can go; does nothing while another process does. */
  async work(id: string): Promise<void> {
    // Accounts cannot be found while the read model is made anew; the sweep comes again.
    if (!(await this.#deps.isReadModelWhole())) return;
    const now = this.#deps.now();
    const claimed = await StatementModel.findOneAndUpdate(
      { _id: id, state: { $in: ['received', 'confirmed'] }, leaseUntil: { $lte: now } },
      { $set: { leaseUntil: new Date(now.getTime() + leaseMs) } },
      { returnDocument: 'after' },
    ).lean();
    if (claimed === null) return;
    const read = claimed.state === 'received' ? await this.#read(claimed) : claimed;
    if (read.state === 'confirmed') await this.#deliver(read);
    await StatementModel.updateOne({ _id: id }, { $set: { leaseUntil: new Date(0) } });
  }

  /** Statements that wait for work and that nobody works on, oldest first. */
  async waiting(limit: number): Promise<string[]> {
    const found = await StatementModel.find(
      { state: { $in: ['received', 'confirmed'] }, leaseUntil: { $lte: this.#deps.now() } },
      { _id: 1 },
    )
      .sort({ uploadedAt: 1 })
      .limit(limit)
      .lean();
    return found.map((one) => one._id);
  }

  /**
   * A second person of the bank takes the whole statement in; what its rows do happens in `work`.
   * @throws DomainError NOT_FOUND, SAME_PERSON, WRONG_STATE
   */
  async confirm(id: string, person: Pick<Person, 'userId' | 'orgId'>): Promise<void> {
    const found = await this.#found(id);
    if (found.orgId !== person.orgId) throw new DomainError('NOT_FOUND', 'no such statement');
    if (found.uploadedBy === person.userId) throw new DomainError('SAME_PERSON', 'another person confirms');
    if ((await BankModel.exists({ _id: found.bankId })) === null)
      throw new DomainError('NOT_FOUND', `bank ${found.bankId} is not admitted`);
    const done = await StatementModel.updateOne(
      { _id: id, state: 'ready', source: 'bank' },
      { $set: { state: 'confirmed', confirmedBy: person.userId, confirmedAt: this.#deps.now() } },
    );
    if (done.modifiedCount === 0)
      throw new DomainError('WRONG_STATE', `a ${found.state} statement is not confirmed`);
  }

  async #found(id: string): Promise<Statement> {
    const found = await StatementModel.findById(id).lean();
    if (found === null) throw new DomainError('NOT_FOUND', 'no such statement');
    return found;
  }

  async #read(statement: Statement): Promise<Statement> {
    const { store, models, profileOf } = this.#deps;
    const alive = (id: string, progress: Partial<Statement>): Promise<void> => this.#alive(id, progress);
    const result = await new StatementReading({ store, models, profileOf, alive }, statement).run();
    const state = stateAfter(statement.source, result);
    const byMachine =
      state === 'confirmed' ? { confirmedBy: statement.uploadedBy, confirmedAt: this.#deps.now() } : {};
    await StatementModel.updateOne({ _id: statement._id }, { $set: { ...result, ...byMachine, state } });
    return this.#found(statement._id);
  }

  /** Carries the rows to the inbox in their order; a row that was carried before a crash is known there. */
  async #deliver(statement: Statement): Promise<void> {
    const { _id: statementId, bankId } = statement;
    const bank = await BankModel.findById(bankId, { feedUserId: 1 }).lean();
    if (bank === null) throw new DomainError('NOT_FOUND', `bank ${bankId} is not admitted`);
    const { feedUserId } = bank;
    let last = 0;
    let marked: Promise<void> = Promise.resolve();
    for (;;) {
      const rows = await untakenRows(statementId, last);
      await marked;
      if (rows.length === 0) break;
      last = rows.at(-1)?.row ?? last;
      const entries = rows.map((row) => JSON.parse(row.entry ?? 'null') as ReadEntry);
      const messageId = `statement~${statementId}~${rows[0]?.row ?? 0}`;
      const results = await this.#deps.take({ bankId, feedUserId, messageId }, entries);
      marked = this.#mark(statementId, rows, results);
      // Awaited before the next chunk is taken; until then a failure is not an unhandled one.
      marked.catch(() => undefined);
    }
    await this.#reportMissing(statement);
    const taken = await StatementRowModel.countDocuments({ statementId, result: { $ne: null } });
    await StatementModel.updateOne({ _id: statementId }, { $set: { state: 'imported', taken } });
  }

  /** The bank's own statement lacks what its push had: nothing is undone, somebody must look. */
  async #reportMissing({ sections, bankId }: Statement): Promise<void> {
    for (const subject of sections.flatMap((one) => one.missing))
      await this.#deps.alert({ rule: 'E10', level: 'red', subject, responsibleOrgId: bankId });
  }

  /** Notes what the inbox answered, one write for each kind of answer. */
  async #mark(
    statementId: string,
    rows: readonly { readonly _id: string }[],
    results: readonly EntryResult[],
  ): Promise<void> {
    const answers = Map.groupBy(rows.keys(), (at) => results[at]?.result ?? 'accepted');
    for (const [result, places] of answers) {
      const ids = places.map((at) => rows[at]?._id ?? '');
      await StatementRowModel.updateMany({ _id: { $in: ids } }, { $set: { result } });
    }
    await this.#alive(statementId, {}, rows.length);
  }

  /** Keeps the lease, and shows how far the work has come. */
  async #alive(id: string, progress: Partial<Statement>, taken = 0): Promise<void> {
    const leaseUntil = new Date(this.#deps.now().getTime() + leaseMs);
    await StatementModel.updateOne({ _id: id }, { $set: { ...progress, leaseUntil }, $inc: { taken } });
  }
}

/** Rows behind one of them that nobody carried to the inbox yet, in their order. */
function untakenRows(
  statementId: string,
  behind: number,
): Promise<Pick<StatementRow, '_id' | 'row' | 'entry'>[]> {
  return StatementRowModel.find(
    { statementId, state: { $in: toTake }, result: null, row: { $gt: behind } },
    { row: 1, entry: 1 },
  )
    .sort({ row: 1 })
    .limit(chunkRows)
    .lean();
}

async function requireFreshId({ bankId, webhookId }: BroughtStatement, sha256: string): Promise<void> {
  if (webhookId === undefined) return;
  const other = await StatementModel.exists({ bankId, webhookId, sha256: { $ne: sha256 } });
  if (other !== null)
    throw new DomainError('MESSAGE_ID_REUSED', 'this webhook-id came with another statement');
}

/** All or nothing: one row that cannot be read, or one sum that differs, and nothing is taken. */
function stateAfter(source: StatementSource, { fault, counts, sections }: ReadingResult): Statement['state'] {
  const isProven = sections.every((one) => one.proofs.every((proof) => proof.ok));
  if (fault !== null || counts.refused > 0 || !isProven) return 'refused';
  if (source === 'owner') return 'compared';
  return source === 'bank-api' ? 'confirmed' : 'ready';
}

function noCounts(): Statement['counts'] {
  return Object.fromEntries(rowStates.map((one) => [one, 0])) as Record<(typeof rowStates)[number], number>;
}

/** What a form says that does not fit. @throws InputError */
export function requireAccount(account: string): string {
  if (account !== '' && !/^\d{5,32}$/.test(account)) throw new InputError({ account: 'form.fault.account' });
  return account;
}
