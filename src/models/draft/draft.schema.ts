/** Read model of digital drafts: the face, and the sums that lists and the home page show. */
import type { Draft } from '#kernel/records/draft.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** A draft; `_id` is its DraftID. Parties: issuer, applicant, unit, every payer and payee of the plan and their banks. */
export interface DraftDoc extends Derived, Scoped, OfRecord<Draft> {
  readonly projectId: string;
  readonly projectName: string;
  readonly townshipCode: string;
  readonly fundId: string;
  readonly issuerOrgId: string;
  readonly unitOrgId: string;
  readonly status: Draft['Status'];
  readonly circulation: Draft['circulation'];
  readonly issuedOn: string;
  readonly amountFen: bigint;
  /** Matched fen by kind of leg: F + B; D; M; X. */
  readonly raisedFen: bigint;
  readonly passedDownFen: bigint;
  readonly paidFen: bigint;
  readonly returnedFen: bigint;
  /** What matched return legs brought back to those who gave it: the last hop alone, since each hop repeats the money. */
  readonly givenBackFen: bigint;
  /** All planned fen, and all matched fen, over every leg that is not cancelled. */
  readonly plannedLegsFen: bigint;
  readonly matchedLegsFen: bigint;
  /** Earliest deadline among open legs, YYYY-MM-DD; null when none is open. */
  readonly nextDeadline: string | null;
  readonly openLegs: number;
  readonly mismatchedLegs: number;
  /** Redemption requests that wait for somebody. */
  readonly openRedemptions: number;
  /** Some of them wait for the county command; some for those who come after it. */
  readonly redemptionRequested: boolean;
  readonly redemptionChecked: boolean;
  readonly frozen: boolean;
}

export const draftSchema = derivedSchema<DraftDoc>('drafts', {
  ...scopeDefinition,
  ...recordDefinition,
  projectId: f.text,
  projectName: { type: String, default: '' },
  townshipCode: { type: String, default: '' },
  fundId: f.text,
  issuerOrgId: f.text,
  unitOrgId: { type: String, default: '' },
  status: f.text,
  circulation: f.text,
  issuedOn: f.text,
  amountFen: f.fen,
  raisedFen: f.fen,
  passedDownFen: f.fen,
  paidFen: f.fen,
  returnedFen: f.fen,
  givenBackFen: f.fen,
  plannedLegsFen: f.fen,
  matchedLegsFen: f.fen,
  nextDeadline: f.textOrNull,
  openLegs: f.count,
  mismatchedLegs: f.count,
  openRedemptions: f.count,
  redemptionRequested: f.flag,
  redemptionChecked: f.flag,
  frozen: f.flag,
});
draftSchema.index({ createdAt: -1, _id: -1 });
draftSchema.index({ amountFen: -1, _id: -1 });
draftSchema.index({ divisions: 1, createdAt: -1, _id: -1 });
draftSchema.index({ divisions: 1, amountFen: -1, _id: -1 });
draftSchema.index({ divisions: 1, nextDeadline: 1, _id: 1 });
draftSchema.index({ parties: 1, createdAt: -1, _id: -1 });
draftSchema.index({ parties: 1, amountFen: -1, _id: -1 });
draftSchema.index({ status: 1, createdAt: -1, _id: -1 });
draftSchema.index({ divisions: 1, status: 1, createdAt: -1, _id: -1 });
draftSchema.index({ parties: 1, status: 1, createdAt: -1, _id: -1 });
draftSchema.index({ divisions: 1, updatedAt: 1 }, { partialFilterExpression: { redemptionRequested: true } });
draftSchema.index({ parties: 1, updatedAt: 1 }, { partialFilterExpression: { redemptionChecked: true } });
draftSchema.index({ townshipCode: 1 });
draftSchema.index({ projectId: 1 });
draftSchema.index({ fundId: 1, status: 1 });
draftSchema.index({ nextDeadline: 1, _id: 1 });
