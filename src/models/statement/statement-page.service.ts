/** Statements as pages show them: lists and rows, cut to the accounts that a person may see. */
import { DomainError } from '../kernel/errors.ts';
import type { Person } from '../member/person.ts';
import { hidesKind, scopeFilter } from '../member/scope.rules.ts';
import type { BankAccountDoc } from '../member/member.schema.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import {
  rowStates,
  StatementModel,
  StatementRowModel,
  type RowState,
  type Statement,
  type StatementRow,
} from './statement.schema.ts';

/** Accounts a person may see; null = all. */
type Visible = readonly string[] | null;

/** A window on a list. */
export interface Page {
  readonly skip: number;
  readonly size: number;
}

/** Reads statements within a person's scope. */
export class StatementPageService {
  readonly #models: Pick<ReadModels, 'bankAccount'>;

  constructor(models: Pick<ReadModels, 'bankAccount'>) {
    this.#models = models;
  }

  /** Registered accounts a person may see, by number; of the person's own organisation only when `own`. */
  async accounts(person: Person, own = false): Promise<BankAccountDoc[]> {
    if (hidesKind(person, 'flow')) throw new DomainError('ROLE_NOT_ALLOWED', 'no flows for this role');
    const filter = own ? { orgId: person.orgId } : scopeFilter(person, 'bankAccount');
    return this.#models.bankAccount
      .find({ ...filter, state: 'CONFIRMED' })
      .sort({ _id: 1 })
      .lean<BankAccountDoc[]>();
  }

  /** A page of statements, newest first, and how many there are. */
  async list(person: Person, { skip, size }: Page): Promise<{ rows: Statement[]; total: number }> {
    const visible = await this.#visible(person);
    const filter = filterOf(person, visible);
    const [rows, total] = await Promise.all([
      StatementModel.find(filter).sort({ uploadedAt: -1 }).skip(skip).limit(size).lean<Statement[]>(),
      visible === null ? StatementModel.estimatedDocumentCount() : StatementModel.countDocuments(filter),
    ]);
    return { rows, total };
  }

  /** One statement with the sections a person may see. @throws DomainError NOT_FOUND outside the scope */
  async open(person: Person, id: string): Promise<Statement> {
    const visible = await this.#visible(person);
    const found = await StatementModel.findOne({
      $and: [{ _id: id }, filterOf(person, visible)],
    }).lean<Statement>();
    if (found === null) throw new DomainError('NOT_FOUND', 'no such statement in scope');
    if (sees(person, found, visible)) return found;
    return { ...found, sections: found.sections.filter((one) => visible?.includes(one.account) === true) };
  }

  /** A page of a statement's rows in one state, or in all. */
  async rows(
    person: Person,
    statement: Statement,
    page: Page & { readonly state: RowState | null },
  ): Promise<{ rows: StatementRow[]; total: number }> {
    const filter = await this.#rowFilter(person, statement, page.state);
    const [rows, total] = await Promise.all([
      StatementRowModel.find(filter).sort({ row: 1 }).skip(page.skip).limit(page.size).lean<StatementRow[]>(),
      StatementRowModel.countDocuments(filter),
    ]);
    return { rows, total };
  }

  /** Every row of a statement, one after the other, for an export. */
  async *everyRow(person: Person, statement: Statement): AsyncGenerator<StatementRow> {
    const filter = await this.#rowFilter(person, statement, null);
    yield* StatementRowModel.find(filter).sort({ row: 1 }).lean<StatementRow>().cursor({ batchSize: 500 });
  }

  async #rowFilter(person: Person, statement: Statement, state: RowState | null): Promise<object> {
    const visible = await this.#visible(person);
    return {
      statementId: statement._id,
      ...(state === null ? {} : { state }),
      ...(sees(person, statement, visible) ? {} : { account: { $in: visible } }),
    };
  }

  async #visible(person: Person): Promise<Visible> {
    if (hidesKind(person, 'flow')) throw new DomainError('ROLE_NOT_ALLOWED', 'no flows for this role');
    const scope = scopeFilter(person, 'bankAccount');
    if (Object.keys(scope).length === 0) return null;
    const found = await this.#models.bankAccount.find(scope, { account: 1 }).lean();
    return found.map((one) => one.account);
  }
}

/** Who brought a file sees the whole of it; so does who sees every account. */
function sees(person: Person, statement: Pick<Statement, 'orgId'>, visible: Visible): boolean {
  return visible === null || statement.orgId === person.orgId;
}

function filterOf(person: Person, visible: Visible): Record<string, unknown> {
  return visible === null ? {} : { $or: [{ orgId: person.orgId }, { accounts: { $in: visible } }] };
}

/** A row state of an address; null when it is none. */
export function rowStateOf(text: unknown): RowState | null {
  return rowStates.find((one) => one === text) ?? null;
}
