/** Read models of the chain browser: block summaries and an index of all transactions, rejected ones too. */
import type { Derived, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, scopeDefinition } from '../read-model/derived.ts';

/** A block; `_id` is its number in digits. */
export interface BlockDoc extends Derived {
  readonly number: number;
  readonly hash: string;
  readonly previousHash: string;
  readonly dataHash: string;
  readonly timestamp: Date;
  readonly transactions: number;
  readonly valid: number;
  /** Distinct contract names called in it, sorted. */
  readonly contracts: readonly string[];
}

export const blockSchema = derivedSchema<BlockDoc>('blocks', {
  number: f.count,
  hash: f.text,
  previousHash: { type: String, default: '' },
  dataHash: { type: String, default: '' },
  timestamp: f.date,
  transactions: f.count,
  valid: f.count,
  contracts: f.texts,
});
blockSchema.index({ number: -1 }, { unique: true });
blockSchema.index({ hash: 1 });
blockSchema.index({ timestamp: -1 });

/** Ids that a transaction or event is about; absent ones are null. */
export interface SubjectIds {
  readonly projectId: string | null;
  readonly draftId: string | null;
  readonly legId: string | null;
  readonly flowKey: string | null;
  readonly alertId: string | null;
  readonly orgId: string | null;
}

/**
 * A transaction; `_id` is its transaction id (txId~block~index for a repeat of an id that the ledger rejected).
 * Everyone may see contract, fn, creator's organisation, code and hashes; arguments, reads, writes and events (read from
 * the ledger itself) only inside one's scope.
 */
export interface TransactionDoc extends Derived, Scoped, SubjectIds {
  readonly contract: string;
  readonly fn: string;
  readonly creatorUserId: string;
  readonly creatorOrgId: string;
  readonly mspId: string;
  readonly code: string;
  readonly valid: boolean;
  /** The client's clock. */
  readonly timestamp: Date;
  readonly eventTypes: readonly string[];
  readonly projectIds: readonly string[];
  readonly draftIds: readonly string[];
}

/** Schema of `SubjectIds`. */
export const subjectDefinition = {
  projectId: f.textOrNull,
  draftId: f.textOrNull,
  legId: f.textOrNull,
  flowKey: f.textOrNull,
  alertId: f.textOrNull,
  orgId: f.textOrNull,
} as const;

export const transactionSchema = derivedSchema<TransactionDoc>('transactions', {
  ...scopeDefinition,
  ...subjectDefinition,
  contract: f.text,
  fn: f.text,
  creatorUserId: { type: String, default: '' },
  creatorOrgId: { type: String, default: '' },
  mspId: f.text,
  code: f.text,
  valid: f.flag,
  timestamp: f.date,
  eventTypes: f.texts,
  projectIds: f.texts,
  draftIds: f.texts,
});
transactionSchema.index({ ver: -1 });
transactionSchema.index({ block: 1, txIndex: 1 });
transactionSchema.index({ contract: 1, fn: 1, ver: -1 });
transactionSchema.index({ creatorOrgId: 1, ver: -1 });
transactionSchema.index({ valid: 1, ver: -1 });
transactionSchema.index({ draftIds: 1, ver: -1 });
transactionSchema.index({ projectIds: 1, ver: -1 });
