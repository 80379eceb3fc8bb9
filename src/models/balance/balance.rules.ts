/** The bank balance reconciliation (银行存款余额调节表) of one account and day: the bank's rows against the platform's book. Pure; fen as bigint. */

/** Debit = money left the account, credit = money came. */
export type Side = 'DBIT' | 'CRDT';

/** A booked row of the bank's statement. */
export interface BankRow {
  /** Where it stands: statement and row. */
  readonly id: string;
  /** null for what has no other account, such as a fee. */
  readonly flowKey: string | null;
  readonly serialNo: string;
  readonly bookingDate: string;
  readonly side: Side;
  readonly fen: bigint;
  readonly otherName: string;
  readonly purpose: string;
}

/** Something the platform's book holds for the account. */
export interface BookItem {
  /** `flow`: a flow that belongs to a payment or return; `registration`: a payer's word; `incoming`: paid to this account, by the payer's bank. */
  readonly kind: 'flow' | 'registration' | 'incoming';
  /** Flow key; '' for a registration. */
  readonly flowKey: string;
  readonly serialNo: string;
  readonly bookingDate: string;
  readonly side: Side;
  readonly fen: bigint;
  readonly draftId: string | null;
  readonly legId: string | null;
  readonly otherName: string;
}

/** All that a table is made of. */
export interface BalanceFacts {
  /** Balance at which bank and book begin, before the first row. */
  readonly openingFen: bigint;
  /** Balance of the bank's statement at the end of the day. */
  readonly closingFen: bigint;
  readonly rows: readonly BankRow[];
  readonly items: readonly BookItem[];
  /** Credits that the platform linked to a leg, by flow key: `draftId~legId`. */
  readonly receipts: ReadonlyMap<string, string>;
}

/** One of the four piles of what only one side has. */
export interface Pile<T> {
  readonly entries: readonly T[];
  readonly fen: bigint;
}

/** The table: both balances, the four piles, and both balances adjusted by them. */
export interface BalanceTable {
  readonly bookFen: bigint;
  readonly bankFen: bigint;
  /** 银行已收、企业未收. */
  readonly bankCredits: Pile<BankRow>;
  /** 银行已付、企业未付. */
  readonly bankDebits: Pile<BankRow>;
  /** 企业已收、银行未收. */
  readonly bookCredits: Pile<BookItem>;
  /** 企业已付、银行未付. */
  readonly bookDebits: Pile<BookItem>;
  readonly adjustedBookFen: bigint;
  readonly adjustedBankFen: bigint;
  /** Adjusted book less adjusted bank: 0 when the account is in balance. */
  readonly differenceFen: bigint;
  /** Rows that have their counterpart in the book. */
  readonly pairs: number;
}

/** Makes the table; what both sides have with the same side and amount cancels out, each once. */
export function balanceTable(facts: BalanceFacts): BalanceTable {
  const { rows, items } = pairOff(facts);
  const bankCredits = pile(rows, 'CRDT');
  const bankDebits = pile(rows, 'DBIT');
  const bookCredits = pile(items, 'CRDT');
  const bookDebits = pile(items, 'DBIT');
  const bookFen = facts.openingFen + net(facts.items);
  const adjustedBookFen = bookFen + bankCredits.fen - bankDebits.fen;
  const adjustedBankFen = facts.closingFen + bookCredits.fen - bookDebits.fen;
  return {
    bookFen,
    bankFen: facts.closingFen,
    ...{ bankCredits, bankDebits, bookCredits, bookDebits },
    ...{ adjustedBookFen, adjustedBankFen },
    differenceFen: adjustedBookFen - adjustedBankFen,
    pairs: facts.rows.length - rows.length,
  };
}

/** How a row finds its item, surest first: the flow itself, the leg it was linked to, the registered serial, the amount of a payment to us. */
const ways: readonly {
  readonly ofRow: (row: BankRow, facts: BalanceFacts) => string | null;
  readonly ofItem: (item: BookItem) => string | null;
}[] = [
  { ofRow: (row) => row.flowKey, ofItem: (item) => (item.kind === 'flow' ? item.flowKey : null) },
  {
    ofRow: (row, { receipts }) => (row.flowKey === null ? null : (receipts.get(row.flowKey) ?? null)),
    ofItem: (item) => (item.kind === 'incoming' ? `${item.draftId ?? ''}~${item.legId ?? ''}` : null),
  },
  {
    ofRow: (row) => `${row.serialNo} ${row.bookingDate}`,
    ofItem: (item) => (item.kind === 'registration' ? `${item.serialNo} ${item.bookingDate}` : null),
  },
  {
    ofRow: (row) => (row.flowKey === null ? null : 'amount'),
    ofItem: (item) => (item.kind === 'incoming' ? 'amount' : null),
  },
];

function pairOff(facts: BalanceFacts): { rows: BankRow[]; items: BookItem[] } {
  let rows = [...facts.rows];
  const open = new Set(facts.items);
  for (const { ofRow, ofItem } of ways) {
    const waiting = new Map<string, BookItem[]>();
    for (const item of open) {
      const key = ofItem(item);
      if (key !== null) push(waiting, whole(key, item), item);
    }
    rows = rows.filter((row) => {
      const key = ofRow(row, facts);
      const found = key === null ? undefined : waiting.get(whole(key, row))?.shift();
      if (found !== undefined) open.delete(found);
      return found === undefined;
    });
  }
  return { rows, items: [...open] };
}

/** Side and amount are part of every key: a payment of another amount is another payment. */
function whole(key: string, { side, fen }: Pick<BankRow, 'side' | 'fen'>): string {
  return `${key}|${side}|${fen}`;
}

function push(map: Map<string, BookItem[]>, key: string, item: BookItem): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function pile<T extends { readonly side: Side; readonly fen: bigint }>(
  all: readonly T[],
  side: Side,
): Pile<T> {
  const entries = all.filter((one) => one.side === side);
  return { entries, fen: entries.reduce((sum, one) => sum + one.fen, 0n) };
}

function net(items: readonly BookItem[]): bigint {
  return items.reduce((sum, { side, fen }) => (side === 'CRDT' ? sum + fen : sum - fen), 0n);
}
