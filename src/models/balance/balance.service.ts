/** Gathers what a balance reconciliation is made of: an unbroken chain of proven statements, and the platform's book over the same days. */
import { addDays } from '#kernel/dates.ts';
import type { FlowDoc } from '../flow/flow.schema.ts';
import type { BankAccountDoc } from '../member/member.schema.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { RegistrationDoc } from '../registration/registration.schema.ts';
import {
  StatementModel,
  StatementRowModel,
  type Statement,
  type StatementSection,
  type StatementState,
} from '../statement/statement.schema.ts';
import { balanceTable, type BalanceTable, type BankRow, type BookItem } from './balance.rules.ts';

/** How far back statements are chained, days: two months, as an accountant looks back. */
const chainDays = 62;
const provenStates: readonly StatementState[] = ['ready', 'confirmed', 'imported', 'compared'];

/** A statement of the account that the table rests on. */
export interface ChainLink {
  readonly statementId: string;
  readonly from: string;
  readonly to: string;
  readonly openingFen: bigint;
  readonly closingFen: bigint;
}

/** A table with where it begins. */
export interface DayBalance {
  readonly date: string;
  /** First day of the chain; before it both sides are taken as equal. */
  readonly since: string;
  readonly openingFen: bigint;
  readonly chain: readonly ChainLink[];
  /** The statement before the chain does not join it. */
  readonly isBroken: boolean;
  readonly table: BalanceTable;
}

/** The flow states in which a movement belongs to the book. */
const inBook: readonly FlowDoc['state'][] = ['MATCHED', 'RETURNED', 'WAITING_PREDECESSOR', 'RETURN'];
/** Registrations that no flow has proven. */
const unproven: readonly RegistrationDoc['state'][] = ['WAITING', 'MISMATCH'];

/** Makes balance reconciliations. */
export class BalanceService {
  readonly #models: Pick<ReadModels, 'flow' | 'registration'>;

  constructor(models: Pick<ReadModels, 'flow' | 'registration'>) {
    this.#models = models;
  }

  /** Days for which a proven statement of the account ends, newest first. */
  async days(account: string): Promise<string[]> {
    const links = await linksOf(account, '9999-12-31', '0000-01-01', 60);
    return [...new Set(links.map((one) => one.to))].sort().reverse();
  }

  /** @returns null when no proven statement ends on that day */
  async of(account: BankAccountDoc, date: string): Promise<DayBalance | null> {
    const { chain, isBroken } = chainOf(
      await linksOf(account.account, date, addDays(date, -chainDays), 400),
      date,
    );
    const first = chain[0];
    const last = chain.at(-1);
    if (first === undefined || last === undefined) return null;
    const days = { since: first.from, date };
    const rows = await rowsOf(account.account, chain);
    const [own, incoming, registered, receipts] = await Promise.all([
      this.#ownFlows(account.account, days),
      this.#incoming(account.account, days),
      this.#registrations(account, date),
      this.#receipts(account.account, days),
    ]);
    const items = [...own, ...incoming, ...registered];
    const facts = { openingFen: first.openingFen, closingFen: last.closingFen, rows, items, receipts };
    return { ...days, openingFen: first.openingFen, chain, isBroken, table: balanceTable(facts) };
  }

  /** Movements of the account itself that belong to a payment or return. */
  async #ownFlows(account: string, { since, date }: Days): Promise<BookItem[]> {
    const bookingDate = { $gte: since, $lte: date };
    const common = { bookingDate, account, state: { $in: inBook } };
    const found = await Promise.all([
      this.#models.flow.find({ ...common, payerAccount: account, direction: 'DBIT' }).lean<FlowDoc[]>(),
      this.#models.flow.find({ ...common, payeeAccount: account, direction: 'CRDT' }).lean<FlowDoc[]>(),
    ]);
    return found.flat().map((flow) => itemOf(flow, 'flow', flow.direction));
  }

  /** Payments to the account that the payer's bank has proven. */
  async #incoming(account: string, { since, date }: Days): Promise<BookItem[]> {
    const filter = { payeeAccount: account, bookingDate: { $gte: since, $lte: date } };
    const found = await this.#models.flow
      .find({ ...filter, direction: 'DBIT', state: 'MATCHED' })
      .lean<FlowDoc[]>();
    return found.map((flow) => itemOf(flow, 'incoming', 'CRDT'));
  }

  /** What the payer registered and no flow has proven; one transfer over several legs is one item. */
  async #registrations({ account, orgId }: BankAccountDoc, date: string): Promise<BookItem[]> {
    const found = await this.#models.registration
      .find({ parties: orgId, state: { $in: unproven }, account, bookingDate: { $lte: date } })
      .lean<RegistrationDoc[]>();
    const transfers = new Map<string, BookItem>();
    for (const { record, serialNo, bookingDate, draftId, legId, amountFen } of found) {
      const share = record.parts?.find((one) => one.draftId === draftId && one.legId === legId);
      const key = `${serialNo} ${bookingDate} ${record.subIndex ?? 0}`;
      const fen =
        (share === undefined ? amountFen : BigInt(share.amountFen)) + (transfers.get(key)?.fen ?? 0n);
      const words = { serialNo, bookingDate, draftId, legId, otherName: '' };
      transfers.set(key, { kind: 'registration', flowKey: '', side: 'DBIT', fen, ...words });
    }
    return [...transfers.values()];
  }

  /** Credits of the account that were linked to a leg. */
  async #receipts(account: string, { since, date }: Days): Promise<Map<string, string>> {
    const found = await this.#models.flow
      .find(
        {
          payeeAccount: account,
          bookingDate: { $gte: since, $lte: date },
          direction: 'CRDT',
          state: 'RECEIPT',
        },
        { draftId: 1, legId: 1 },
      )
      .lean<Pick<FlowDoc, '_id' | 'draftId' | 'legId'>[]>();
    return new Map(found.map((one) => [one._id, `${one.draftId ?? ''}~${one.legId ?? ''}`]));
  }
}

interface Days {
  readonly since: string;
  readonly date: string;
}

function itemOf(flow: FlowDoc, kind: BookItem['kind'], side: BookItem['side']): BookItem {
  const { _id: flowKey, serialNo, bookingDate, amountFen: fen, draftId, legId } = flow;
  const otherName = side === 'DBIT' ? flow.payeeName : flow.payerName;
  return { kind, flowKey, serialNo, bookingDate, side, fen, draftId, legId, otherName };
}

/** Proven statements of an account that end within the days; the bank's own before an owner's copy, later ones first. */
async function linksOf(account: string, until: string, from: string, limit: number): Promise<ChainLink[]> {
  const found = await StatementModel.find({ accounts: account, state: { $in: provenStates } })
    .sort({ uploadedAt: -1 })
    .limit(limit)
    .lean<Statement[]>();
  const banksFirst = found.toSorted(
    (one, other) => Number(one.source === 'owner') - Number(other.source === 'owner'),
  );
  return banksFirst.flatMap(({ _id, sections }) =>
    sections
      .filter((one) => one.account === account && one.complete)
      .flatMap((one) => linkOf(_id, one))
      .filter((one) => one.to <= until && one.to >= from),
  );
}

function linkOf(statementId: string, section: StatementSection): ChainLink[] {
  const { from, to, openingFen, closingFen } = section;
  return from === null || to === null || openingFen === null || closingFen === null
    ? []
    : [{ statementId, from, to, openingFen, closingFen }];
}

/** From the statement that ends on the day back to the first whose opening no earlier statement explains. Oldest first. */
export function chainOf(
  links: readonly ChainLink[],
  date: string,
): { chain: ChainLink[]; isBroken: boolean } {
  const last = links.find((one) => one.to === date);
  if (last === undefined) return { chain: [], isBroken: false };
  const chain = [last];
  for (;;) {
    const head = chain[0] ?? last;
    const earlier = links.filter((one) => one.to < head.from);
    const nearest = earlier.reduce((latest, one) => (one.to > latest ? one.to : latest), '');
    const joined = earlier.find((one) => one.to === nearest && one.closingFen === head.openingFen);
    if (joined === undefined) return { chain, isBroken: earlier.length > 0 };
    chain.unshift(joined);
  }
}

async function rowsOf(account: string, chain: readonly ChainLink[]): Promise<BankRow[]> {
  const rows: BankRow[] = [];
  const cursor = StatementRowModel.find({
    statementId: { $in: chain.map((one) => one.statementId) },
    account,
    status: 'BOOK',
    isLine: { $ne: true },
  })
    .lean()
    .cursor({ batchSize: 500 });
  for await (const { _id: id, flowKey, serialNo, bookingDate, direction, fen, otherName, purpose } of cursor)
    rows.push({
      id,
      flowKey,
      serialNo,
      bookingDate,
      side: direction === 'CRDT' ? 'CRDT' : 'DBIT',
      fen,
      otherName,
      purpose,
    });
  return rows;
}
