/** Reads a stored statement row by row in constant memory, judges each row against the inbox, and proves the sums. */
import { normalAccount } from '#kernel/normal-form.ts';
import type { BankProfile } from '../bank-profile/bank-profile.rules.ts';
import { InboxFlowModel } from '../inbox/inbox.schema.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { missingFlows } from './missing.ts';
import type { FaultPart, RowPart, SectionPart, StatementPart } from './parse/part.ts';
import { StatementUnreadable } from './parse/part.ts';
import { readStatement } from './parse/statement.reader.ts';
import { readRow, rowDocument, stateOf, type ReadRow } from './row.rules.ts';
import { addBalance, addRow, closeTally, newTally, type Tally } from './section.rules.ts';
import type { StatementFileStore } from './statement-file.store.ts';
import {
  rowStates,
  StatementRowModel,
  type Statement,
  type StatementRow,
  type StatementSection,
} from './statement.schema.ts';

/** Rows that are judged and stored together. */
const chunkRows = 500;

/** What reading needs from outside. */
export interface StatementReadingDeps {
  readonly store: StatementFileStore;
  readonly models: Pick<ReadModels, 'bankAccount'>;
  readonly profileOf: (bankId: string) => Promise<BankProfile>;
  /** Called after each chunk with what was counted so far: shows it, and keeps the work's lease. */
  readonly alive: (statementId: string, progress: Partial<Statement>) => Promise<void>;
}

/** What reading found; `fault` when the file as a whole cannot be read. */
export type ReadingResult = Pick<Statement, 'format' | 'fault' | 'counts' | 'sections' | 'accounts'>;

interface AccountPlace {
  readonly ownerOrgId: string | null;
  readonly fault: string;
}

/** One reading of one statement. */
export class StatementReading {
  readonly #deps: StatementReadingDeps;
  readonly #statement: Statement;
  readonly #tallies = new Map<string, Tally>();
  readonly #places = new Map<string, AccountPlace>();
  readonly #counts = Object.fromEntries(rowStates.map((one) => [one, 0])) as Record<
    StatementRow['state'],
    number
  >;
  #section: SectionPart | null = null;
  #tally: Tally | null = null;
  #format = '';
  #waiting: ReadRow[] = [];
  /** Chunks are judged one after the other, while the next one is read. */
  #judged: Promise<void> = Promise.resolve();

  constructor(deps: StatementReadingDeps, statement: Statement) {
    this.#deps = deps;
    this.#statement = statement;
  }

  /** Reads from the beginning; rows of an earlier reading that was broken off are replaced. */
  async run(): Promise<ReadingResult> {
    const { sha256, _id, bankId } = this.#statement;
    const { store } = this.#deps;
    await StatementRowModel.deleteMany({ statementId: _id });
    const profile = await this.#deps.profileOf(bankId);
    const file = {
      path: store.path(sha256),
      head: (bytes: number) => store.head(sha256, bytes),
      bytes: () => store.read(sha256),
    };
    let fault: Statement['fault'] = null;
    try {
      for await (const part of readStatement(file, profile, (format) => (this.#format = format)))
        await this.#take(part, profile);
      await this.#flush();
      await this.#judged;
    } catch (cause) {
      await this.#judged;
      if (!(cause instanceof StatementUnreadable)) throw cause;
      fault = { reason: cause.reason, found: cause.found };
    }
    return {
      format: this.#format,
      fault: fault ?? this.#emptyFault(),
      counts: this.#counts,
      sections: fault === null ? await this.#sections() : [],
      accounts: [...this.#tallies.keys()].filter((one) => one !== ''),
    };
  }

  #emptyFault(): Statement['fault'] {
    return this.#tallies.size === 0 ? { reason: 'empty', found: '' } : null;
  }

  async #take(part: StatementPart, profile: BankProfile): Promise<void> {
    if (part.kind === 'section') {
      this.#section = part;
      this.#tally = this.#tallyOf(part.account);
    } else if (part.kind === 'balance') addBalance(this.#current(), part);
    else if (part.kind === 'totals') this.#current().declared.push(part);
    else await this.#row(part, profile);
  }

  async #row(part: RowPart | FaultPart, profile: BankProfile): Promise<void> {
    const tally = part.kind === 'row' && part.account !== '' ? this.#tallyOf(part.account) : this.#current();
    if (part.kind === 'row') addRow(tally, part);
    const { account } = tally;
    const { fault: accountFault } = await this.#place(account);
    const { bankId, sha256: rawHash } = this.#statement;
    this.#waiting.push(readRow(part, { bankId, account, rawHash, profile, accountFault }));
    if (this.#waiting.length >= chunkRows) await this.#flush();
  }

  #current(): Tally {
    if (this.#tally === null) throw new StatementUnreadable('noAccount');
    return this.#tally;
  }

  /** The tally of an account; what names none belongs to the account of who brought the file. */
  #tallyOf(written: string): Tally {
    const account = normalAccount(written) || this.#statement.account;
    const found = this.#tallies.get(account);
    if (found !== undefined) return found;
    if (this.#section === null) throw new StatementUnreadable('noAccount');
    // A table that names accounts row by row has no section without one.
    const placeholder = this.#tallies.get('');
    if (placeholder !== undefined) this.#tallies.delete('');
    const made = placeholder === undefined ? newTally(this.#section, account) : { ...placeholder, account };
    this.#tallies.set(account, made);
    if (this.#tally === placeholder) this.#tally = made;
    return made;
  }

  /** Whether rows of an account are taken: it must be named, registered at this bank, and the owner's own when an owner brings it. */
  async #place(account: string): Promise<AccountPlace> {
    const known = this.#places.get(account);
    if (known !== undefined) return known;
    const { bankId, orgId, source, account: asked } = this.#statement;
    const found = await this.#deps.models.bankAccount.findById(`${bankId}~${account}`).lean();
    const ownerOrgId = found?.orgId ?? null;
    const isForeign = source === 'owner' && ownerOrgId !== orgId;
    const fault =
      account === ''
        ? 'noAccount'
        : asked !== '' && asked !== account
          ? 'otherAccount'
          : found === null || isForeign
            ? 'accountUnknown'
            : '';
    const place = { ownerOrgId, fault };
    this.#places.set(account, place);
    return place;
  }

  async #flush(): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = [];
    await this.#judged;
    if (rows.length === 0) return;
    this.#judged = this.#judge(rows);
    // Whoever awaits it next sees the failure; until then it is not an unhandled one.
    this.#judged.catch(() => undefined);
  }

  async #judge(rows: readonly ReadRow[]): Promise<void> {
    const keys = rows.flatMap(({ read }) => (read === null ? [] : [read.flowKey]));
    const [known, earlier] = await Promise.all([knownFlows(keys), this.#earlierRows(keys)]);
    const documents = rows.map((row) => {
      const judged =
        row.state !== 'entry' || row.read === null
          ? { state: row.state === 'own' ? ('own' as const) : ('refused' as const), reason: row.reason }
          : stateOf(row.read, known.get(row.read.flowKey), earlier.get(row.read.flowKey));
      if (row.read !== null) earlier.set(row.read.flowKey, row.read.contentHash);
      this.#counts[judged.state] += 1;
      return rowDocument(this.#statement._id, row, judged);
    });
    await StatementRowModel.collection.insertMany(documents as never[], { ordered: false });
    await this.#deps.alive(this.#statement._id, { counts: this.#counts });
  }

  async #earlierRows(keys: readonly string[]): Promise<Map<string, string>> {
    const rows = await StatementRowModel.find(
      { statementId: this.#statement._id, flowKey: { $in: keys } },
      { flowKey: 1, contentHash: 1 },
    ).lean();
    return new Map(rows.map((one) => [one.flowKey ?? '', one.contentHash]));
  }

  async #sections(): Promise<StatementSection[]> {
    const sections: StatementSection[] = [];
    for (const tally of this.#tallies.values()) {
      const closed = closeTally(tally);
      const { ownerOrgId, fault } = await this.#place(tally.account);
      const period = { bankId: this.#statement.bankId, statementId: this.#statement._id, ...closed };
      const missing = fault === '' ? await missingFlows(period) : { keys: [], count: 0 };
      sections.push({ ...closed, ownerOrgId, missing: missing.keys, missingCount: missing.count });
    }
    return sections;
  }
}

async function knownFlows(
  keys: readonly string[],
): Promise<Map<string, { contentHash: string; status: string }>> {
  const found = await InboxFlowModel.find({ _id: { $in: keys } }, { contentHash: 1, status: 1 }).lean();
  return new Map(found.map((one) => [one._id, one]));
}
