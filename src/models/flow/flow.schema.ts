/** Read model of bank flows: what the bank said (FLOW) and what became of it (FLOWSTATE), merged. */
import type { CheckResult } from '#kernel/records/draft.ts';
import type { Flow, FlowOutcome } from '#kernel/records/reconciliation.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** A bank flow; `_id` is its flow key. Parties: the bank, the owners of both accounts and, when claimed, the leg's parties. */
export interface FlowDoc extends Derived, Scoped, OfRecord<{ flow: Flow; outcome: FlowOutcome | null }> {
  readonly bankId: string;
  readonly account: string;
  readonly direction: Flow['direction'];
  readonly bookingDate: string;
  readonly serialNo: string;
  readonly subIndex: number;
  readonly amountFen: bigint;
  readonly currency: string;
  readonly payerAccount: string;
  readonly payeeAccount: string;
  readonly payerName: string;
  readonly payeeName: string;
  /** Owners of the accounts, when the ledger knows them. */
  readonly payerOrgId: string | null;
  readonly payeeOrgId: string | null;
  readonly reversal: boolean;
  readonly state: FlowOutcome['state'];
  /** Booking status now: BOOK, PDNG or DROPPED. */
  readonly status: FlowOutcome['status'];
  readonly draftId: string | null;
  readonly legId: string | null;
  readonly projectId: string | null;
  readonly resultCodes: readonly string[];
  readonly checks: readonly CheckResult[];
  readonly returnedFen: bigint;
  readonly originalFlowKey: string | null;
  readonly sightings: number;
  readonly conflicts: number;
  readonly ingestedAt: Date;
  readonly decidedAt: Date | null;
}

export const flowSchema = derivedSchema<FlowDoc>('flows', {
  ...scopeDefinition,
  ...recordDefinition,
  bankId: f.text,
  account: f.text,
  direction: f.text,
  bookingDate: f.text,
  serialNo: f.text,
  subIndex: f.count,
  amountFen: f.fen,
  currency: f.text,
  payerAccount: f.text,
  payeeAccount: f.text,
  payerName: { type: String, default: '' },
  payeeName: { type: String, default: '' },
  payerOrgId: f.textOrNull,
  payeeOrgId: f.textOrNull,
  reversal: f.flag,
  state: f.text,
  status: f.text,
  draftId: f.textOrNull,
  legId: f.textOrNull,
  projectId: f.textOrNull,
  resultCodes: f.texts,
  checks: f.mixed,
  returnedFen: f.fen,
  originalFlowKey: f.textOrNull,
  sightings: f.count,
  conflicts: f.count,
  ingestedAt: f.date,
  decidedAt: f.dateOrNull,
});
flowSchema.index({ ingestedAt: -1 });
flowSchema.index({ state: 1, createdAt: -1 });
flowSchema.index({ divisions: 1, state: 1, createdAt: -1 });
flowSchema.index({ parties: 1, state: 1, createdAt: -1 });
flowSchema.index({ bankId: 1, ingestedAt: -1 });
flowSchema.index({ bankId: 1, bookingDate: 1 });
flowSchema.index({ serialNo: 1 });
flowSchema.index({ draftId: 1, legId: 1 });
flowSchema.index({ payerAccount: 1, bookingDate: 1 });
flowSchema.index({ payeeAccount: 1, bookingDate: 1 });
