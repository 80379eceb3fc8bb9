/** Statements that were taken in, and what each of their rows would do or did. The file itself lies in the statement folder. */
import { model, Schema } from 'mongoose';

/** Where a statement came from: signed by the bank's system, brought by two persons of the bank, or by the account's owner to compare. */
export type StatementSource = 'bank-api' | 'bank' | 'owner';
export const statementStates = [
  /** Stored, not yet read. */
  'received',
  /** Read and proven; a second person of the bank may confirm it. */
  'ready',
  /** Something in it cannot be read or does not add up: nothing of it is taken. */
  'refused',
  /** Confirmed as a whole; its rows go to the inbox. */
  'confirmed',
  /** Every row has been taken. */
  'imported',
  /** Read for its owner, who compares and takes nothing in. */
  'compared',
] as const;
/** How far a statement has come. */
export type StatementState = (typeof statementStates)[number];

export const rowStates = ['new', 'known', 'status', 'conflict', 'own', 'refused'] as const;
/**
 * What a row would do: a flow that the push forgot; known by push; books or drops a pending one; other content on a known key;
 * the account's own matter without another account (fee, interest); or refused.
 */
export type RowState = (typeof rowStates)[number];

/** One sum, count or balance that the statement states, beside what its rows give. */
export interface Proof {
  readonly name: ProofName;
  readonly expected: string;
  readonly found: string;
  readonly ok: boolean;
}
/** What is proven. `running`: the balances printed behind the rows follow from each other. */
export type ProofName =
  'balance' | 'running' | 'sum' | 'debitSum' | 'creditSum' | 'count' | 'debitCount' | 'creditCount';

/** The statement of one account within a file. Fen; dates in Beijing. */
export interface StatementSection {
  readonly account: string;
  readonly ownerOrgId: string | null;
  readonly currency: string;
  readonly number: string;
  /** Of a whole period, so that what it lacks is missing; false for notices. */
  readonly complete: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly openingFen: bigint | null;
  readonly closingFen: bigint | null;
  readonly debitFen: bigint;
  readonly creditFen: bigint;
  readonly debitCount: number;
  readonly creditCount: number;
  readonly proofs: readonly Proof[];
  /** Flows that were pushed for the period and that the statement does not have; the first of them by key. */
  readonly missing: readonly string[];
  readonly missingCount: number;
}

/** A statement; `_id` = organisation that brought it and the beginning of the file's SHA-256, so that the same file is the same statement. */
export interface Statement {
  readonly _id: string;
  readonly bankId: string;
  readonly orgId: string;
  readonly source: StatementSource;
  /** As the sender named the file; shown, never used as a path. */
  readonly fileName: string;
  readonly sha256: string;
  readonly size: number;
  /** Id of the signed message it came in; null from a page. */
  readonly webhookId: string | null;
  /** Account named by who brought it; '' = the file says. */
  readonly account: string;
  readonly format: string;
  readonly uploadedBy: string;
  readonly uploadedAt: Date;
  readonly confirmedBy: string | null;
  readonly confirmedAt: Date | null;
  readonly state: StatementState;
  /** Why the file as a whole cannot be read: last part of `statement.fault.…`, and what was found. */
  readonly fault: { readonly reason: string; readonly found: string } | null;
  readonly counts: Readonly<Record<RowState, number>>;
  /** Rows taken into the inbox so far. */
  readonly taken: number;
  readonly sections: readonly StatementSection[];
  readonly accounts: readonly string[];
  /** Until then one process works on it. */
  readonly leaseUntil: Date;
}

/** A row; `_id` = statement and row number. */
export interface StatementRow {
  readonly _id: string;
  readonly statementId: string;
  readonly row: number;
  readonly account: string;
  readonly state: RowState;
  /** Why it is refused: last part of `statement.fault.…`; '' otherwise. */
  readonly reason: string;
  readonly found: string;
  readonly flowKey: string | null;
  readonly contentHash: string;
  readonly serialNo: string;
  readonly bookingDate: string;
  readonly direction: string;
  readonly status: string;
  readonly fen: bigint;
  readonly otherAccount: string;
  readonly otherName: string;
  readonly purpose: string;
  /** The line of a batch, whose parts are the movements. */
  readonly isLine: boolean;
  /** The entry in normal form as JSON, for the inbox; null when there is nothing to take. */
  readonly entry: string | null;
  /** What the inbox answered; null until it was asked. */
  readonly result: string | null;
}

const text = { type: String, required: true } as const;
const textOrNone = { type: String, default: '' } as const;
const time = { type: Date, required: true } as const;

const statementSchema = new Schema<Statement>(
  {
    _id: text,
    bankId: text,
    orgId: text,
    source: { ...text, enum: ['bank-api', 'bank', 'owner'] },
    fileName: textOrNone,
    sha256: text,
    size: { type: Number, required: true },
    webhookId: { type: String, default: null },
    account: textOrNone,
    format: textOrNone,
    uploadedBy: text,
    uploadedAt: time,
    confirmedBy: { type: String, default: null },
    confirmedAt: { type: Date, default: null },
    state: { ...text, enum: statementStates },
    fault: { type: Schema.Types.Mixed, default: null },
    counts: { type: Schema.Types.Mixed, required: true },
    taken: { type: Number, default: 0 },
    sections: { type: Schema.Types.Mixed, default: [] },
    accounts: { type: [String], default: [] },
    leaseUntil: time,
  },
  { collection: 'statements', versionKey: false, minimize: false },
);
statementSchema.index({ state: 1, leaseUntil: 1 });
statementSchema.index({ orgId: 1, uploadedAt: -1 });
statementSchema.index({ bankId: 1, webhookId: 1 });
statementSchema.index({ accounts: 1, uploadedAt: -1 });
statementSchema.index({ uploadedAt: -1 });

const statementRowSchema = new Schema<StatementRow>(
  {
    _id: text,
    statementId: text,
    row: { type: Number, required: true },
    account: textOrNone,
    state: { ...text, enum: rowStates },
    reason: textOrNone,
    found: textOrNone,
    flowKey: { type: String, default: null },
    contentHash: textOrNone,
    serialNo: textOrNone,
    bookingDate: textOrNone,
    direction: textOrNone,
    status: textOrNone,
    fen: { type: BigInt, required: true },
    otherAccount: textOrNone,
    otherName: textOrNone,
    purpose: textOrNone,
    isLine: { type: Boolean, default: false },
    entry: { type: String, default: null },
    result: { type: String, default: null },
  },
  { collection: 'statement_rows', versionKey: false },
);
statementRowSchema.index({ statementId: 1, state: 1, result: 1, row: 1 });
statementRowSchema.index({ statementId: 1, row: 1 });
statementRowSchema.index({ statementId: 1, flowKey: 1 });
statementRowSchema.index({ account: 1, bookingDate: 1 });

export const StatementModel = model('Statement', statementSchema);
export const StatementRowModel = model('StatementRow', statementRowSchema);
