/** Read model of manual matches: what one person of a payer proposed and another confirmed or refused. */
import type { ManualMatch } from '#kernel/records/reconciliation.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** A manual match; `_id` is its id on the ledger. Parties: the payer, the bank and those of the legs. */
export interface MatchDoc extends Derived, Scoped, OfRecord<ManualMatch> {
  readonly kind: ManualMatch['kind'];
  readonly flowKey: string;
  readonly originalFlowKey: string | null;
  readonly state: ManualMatch['state'];
  readonly payerOrgId: string;
  /** The drafts whose legs it names. */
  readonly draftIds: readonly string[];
  readonly amountFen: bigint;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly decidedAt: Date | null;
}

export const matchSchema = derivedSchema<MatchDoc>('matches', {
  ...scopeDefinition,
  ...recordDefinition,
  kind: f.text,
  flowKey: f.text,
  originalFlowKey: f.textOrNull,
  state: f.text,
  payerOrgId: f.text,
  draftIds: f.texts,
  amountFen: f.fen,
  proposedBy: f.text,
  proposedAt: f.date,
  decidedAt: f.dateOrNull,
});
matchSchema.index({ flowKey: 1, proposedAt: -1 });
matchSchema.index({ draftIds: 1 });
matchSchema.index({ 'record.evidence': 1 });
matchSchema.index({ payerOrgId: 1, state: 1, proposedAt: -1 });
matchSchema.index({ parties: 1, state: 1, proposedAt: -1 });
matchSchema.index({ divisions: 1, state: 1, proposedAt: -1 });
matchSchema.index({ state: 1, proposedAt: -1 });
