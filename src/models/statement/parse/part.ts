/** What reading a statement yields, piece by piece, whatever format it came in. */
import type { Direction } from '../../bank-profile/bank-profile.rules.ts';

/** The bounds of one statement; what lies beyond is refused, so that no file can fill the memory. */
export const limits = {
  /** Bytes of the file. */
  fileBytes: 64 * 1024 * 1024,
  /** Bytes of one part of a packed file when it is unpacked. */
  unpackedBytes: 256 * 1024 * 1024,
  /** How many times its packed size a part may grow to. */
  unpackedRatio: 200,
  rows: 200_000,
  /** Elements within one entry of an XML statement. */
  elementsOfEntry: 100_000,
  depth: 40,
  columns: 200,
  cellCharacters: 4_000,
} as const;

/** The statement of one account begins; what follows belongs to it. */
export interface SectionPart {
  readonly kind: 'section';
  /** As the bank wrote it; '' when the file does not say. */
  readonly account: string;
  readonly name: string;
  readonly currency: string;
  readonly number: string;
  /** True for a statement of a whole period, false for a notice of single entries (camt.054). */
  readonly complete: boolean;
}

/** A balance of the account. Fen, negative when overdrawn. */
export interface BalancePart {
  readonly kind: 'balance';
  readonly which: 'opening' | 'closing';
  readonly fen: bigint;
  readonly date: string | null;
}

/** What the statement itself says that its entries add up to. */
export interface TotalsPart {
  readonly kind: 'totals';
  readonly side: Direction | 'ALL';
  readonly count: number | null;
  readonly fen: bigint | null;
}

/** An entry as the bank wrote it, in the words of the push interface, not yet in normal form. The account's own side is that of the section. */
export interface StatementEntry {
  readonly serialNo: string;
  readonly subIndex: number;
  readonly bookingDate: string;
  readonly txTime: string;
  readonly direction: Direction;
  readonly status: 'BOOK' | 'PDNG';
  /** Decimal digits, above zero. */
  readonly amountFen: string;
  readonly currency: string;
  /** The other side; its account is '' for what has none, such as a fee or interest. */
  readonly other: { readonly account: string; readonly name: string; readonly bankNo: string };
  readonly purpose: string;
  readonly reference: string;
  readonly reversal: boolean;
  readonly originalSerialNo: string | null;
  /** The line of a batch: its parts follow and add up to it, so it counts in no sum. */
  readonly batch?: true;
}

/** An entry that could be read. */
export interface RowPart {
  readonly kind: 'row';
  /** Line, row or entry number in the file, from 1. */
  readonly row: number;
  /** Account of this row when the file names it row by row; '' = that of the section. */
  readonly account: string;
  readonly entry: StatementEntry;
  /** Balance after the entry, where the bank prints it. */
  readonly balanceFen: bigint | null;
}

/** A row that cannot be read: message key of the reason, with what was found. */
export interface FaultPart {
  readonly kind: 'fault';
  readonly row: number;
  readonly reason: string;
  readonly found: string;
}

/** One piece of a statement. */
export type StatementPart = SectionPart | BalancePart | TotalsPart | RowPart | FaultPart;

/** Thrown when the file as a whole cannot be read; `reason` is the last part of a message key `statement.fault.…`. */
export class StatementUnreadable extends Error {
  override readonly name = 'StatementUnreadable';
  readonly reason: string;
  readonly found: string;
  constructor(reason: string, found = '') {
    super(`statement unreadable: ${reason}`);
    this.reason = reason;
    this.found = found.slice(0, 200);
  }
}
