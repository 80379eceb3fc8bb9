/** What the rows of one account's statement add up to, and whether that is what the statement says. Pure; fen as bigint. */
import type { BalancePart, RowPart, SectionPart, TotalsPart } from './parse/part.ts';
import type { Proof, ProofName, StatementSection } from './statement.schema.ts';

interface Sum {
  count: number;
  fen: bigint;
}

/** The balances printed behind the rows, while they pass by. */
interface Running {
  /** First and last printed balance, with the change of the row that each stands behind. */
  readonly first: bigint;
  readonly firstChange: bigint;
  last: bigint;
  lastChange: bigint;
  ascends: boolean;
  descends: boolean;
}

/** Running sums of one account while its rows pass by. */
export interface Tally {
  readonly section: SectionPart;
  readonly account: string;
  readonly booked: { readonly DBIT: Sum; readonly CRDT: Sum };
  /** Pending entries too, as the statement's own totals count them. */
  readonly stated: { readonly DBIT: Sum; readonly CRDT: Sum };
  readonly declared: TotalsPart[];
  opening: bigint | null;
  closing: bigint | null;
  from: string | null;
  to: string | null;
  /** null when the file prints no balances. */
  running: Running | null;
}

const noSum = (): Sum => ({ count: 0, fen: 0n });

/** @param account in normal form */
export function newTally(section: SectionPart, account: string): Tally {
  return {
    section,
    account,
    booked: { DBIT: noSum(), CRDT: noSum() },
    stated: { DBIT: noSum(), CRDT: noSum() },
    declared: [],
    opening: null,
    closing: null,
    from: null,
    to: null,
    running: null,
  };
}

/** Counts a row; parts of a batch are one entry, and its line is what they add up to. */
export function addRow(tally: Tally, { entry, balanceFen }: RowPart): void {
  if (entry.batch === true) return;
  const { direction, bookingDate } = entry;
  const fen = BigInt(entry.amountFen);
  const sums = entry.status === 'BOOK' ? [tally.booked, tally.stated] : [tally.stated];
  for (const sum of sums) {
    sum[direction].fen += fen;
    if (entry.subIndex <= 1) sum[direction].count += 1;
  }
  cover(tally, bookingDate);
  if (balanceFen !== null) run(tally, balanceFen, direction === 'CRDT' ? fen : -fen);
}

/** Notes a balance that the statement states. */
export function addBalance(tally: Tally, { which, fen, date }: BalancePart): void {
  if (which === 'opening') tally.opening ??= fen;
  else {
    tally.closing ??= fen;
    if (date !== null) cover(tally, date);
  }
}

function cover(tally: Tally, date: string): void {
  if (tally.from === null || date < tally.from) tally.from = date;
  if (tally.to === null || date > tally.to) tally.to = date;
}

/** Oldest entry first or last: which of the two holds is known at the end. */
function run(tally: Tally, balance: bigint, change: bigint): void {
  const before = tally.running;
  if (before === null) {
    const ends = { first: balance, firstChange: change, last: balance, lastChange: change };
    tally.running = { ...ends, ascends: true, descends: true };
    return;
  }
  before.ascends &&= before.last + change === balance;
  before.descends &&= before.last - before.lastChange === balance;
  before.last = balance;
  before.lastChange = change;
}

/** The section with its proofs; what the statement does not state is not proven. */
export function closeTally(tally: Tally): Omit<StatementSection, 'ownerOrgId' | 'missing' | 'missingCount'> {
  const { booked, section } = tally;
  const { opening, closing } = balancesOf(tally);
  const proofs: Proof[] = [];
  if (tally.running !== null) {
    const { ascends, descends } = tally.running;
    proofs.push(proof('running', 'true', String(ascends || descends)));
  }
  if (opening !== null && closing !== null) {
    const found = opening + booked.CRDT.fen - booked.DBIT.fen;
    proofs.push(proof('balance', closing.toString(), found.toString()));
  }
  for (const total of tally.declared) proofs.push(...totalProofs(tally, total));
  return {
    account: tally.account,
    currency: section.currency,
    number: section.number,
    complete: section.complete,
    from: tally.from,
    to: tally.to,
    openingFen: opening,
    closingFen: closing,
    debitFen: booked.DBIT.fen,
    creditFen: booked.CRDT.fen,
    debitCount: booked.DBIT.count,
    creditCount: booked.CRDT.count,
    proofs,
  };
}

/** Stated balances, or those that the printed balances of the rows give. */
function balancesOf({ opening, closing, running }: Tally): {
  opening: bigint | null;
  closing: bigint | null;
} {
  if (running === null) return { opening, closing };
  const { ascends, first, firstChange, last, lastChange } = running;
  // Newest first: the first balance is the closing one, and the last row's change led away from the opening one.
  const printed = ascends ? [first - firstChange, last] : [last - lastChange, first];
  return { opening: opening ?? printed[0] ?? null, closing: closing ?? printed[1] ?? null };
}

function totalProofs({ stated }: Tally, { side, count, fen }: TotalsPart): Proof[] {
  const sums = side === 'ALL' ? [stated.DBIT, stated.CRDT] : [stated[side]];
  const found = sums.reduce(
    (sum, one) => ({ count: sum.count + one.count, fen: sum.fen + one.fen }),
    noSum(),
  );
  const [ofCount, ofSum] = names[side];
  return [
    ...(count === null ? [] : [proof(ofCount, String(count), String(found.count))]),
    ...(fen === null ? [] : [proof(ofSum, fen.toString(), found.fen.toString())]),
  ];
}

const names: Readonly<Record<TotalsPart['side'], readonly [ProofName, ProofName]>> = {
  ALL: ['count', 'sum'],
  DBIT: ['debitCount', 'debitSum'],
  CRDT: ['creditCount', 'creditSum'],
};

function proof(name: ProofName, expected: string, found: string): Proof {
  return { name, expected, found, ok: expected === found };
}
