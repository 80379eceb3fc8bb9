/** Read model of legs: one document per planned payment of a draft, with what happened on it. */
import type { CheckResult, LegKind, LegState } from '#kernel/records/draft.ts';
import type { Derived, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, scopeDefinition } from '../read-model/derived.ts';
import type { DraftStanding } from './standing.rules.ts';

/** A leg; `_id` is draftId~legId. Parties: payer, payee and their banks only (R6); `draftParties` those of the whole draft. */
export interface LegDoc extends Derived, Scoped {
  readonly draftId: string;
  readonly legId: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly townshipCode: string;
  readonly fundId: string;
  readonly kind: LegKind;
  readonly milestoneNo: number | null;
  readonly dependsOn: readonly string[];
  readonly payerOrgId: string;
  readonly payeeOrgId: string;
  readonly payerAccount: string;
  readonly payeeAccount: string;
  readonly payerBankId: string;
  readonly payeeBankId: string;
  readonly amountFen: bigint;
  readonly matchedFen: bigint;
  /** Date in Beijing, the whole day included. */
  readonly deadline: string;
  readonly state: LegState;
  /** True while the leg still waits for money (not matched, not cancelled). */
  readonly open: boolean;
  readonly serialNo: string | null;
  readonly bookingDate: string | null;
  readonly flowKey: string | null;
  readonly checks: readonly CheckResult[];
  /** Of a registration that names one part of a batch. */
  readonly subIndex: number | null;
  /** What the leg takes of a transfer that pays several legs. */
  readonly shareFen: bigint | null;
  /** The manual match that stands in the place of a registration. */
  readonly manual: string | null;
  /** Failed checks that two persons accepted. */
  readonly accepted: readonly string[];
  readonly predecessorsMatched: boolean;
  /** For an M leg: its milestone is accepted; true for every other kind. */
  readonly milestoneAccepted: boolean;
  readonly registeredBy: string | null;
  readonly registeredAt: Date | null;
  readonly decidedAt: Date | null;
  readonly draftStanding: DraftStanding;
  readonly draftParties: readonly string[];
}

export const legSchema = derivedSchema<LegDoc>('legs', {
  ...scopeDefinition,
  draftId: f.text,
  legId: f.text,
  projectId: f.text,
  projectName: { type: String, default: '' },
  townshipCode: { type: String, default: '' },
  fundId: f.text,
  kind: f.text,
  milestoneNo: f.countOrNull,
  dependsOn: f.texts,
  payerOrgId: f.text,
  payeeOrgId: f.text,
  payerAccount: f.text,
  payeeAccount: f.text,
  payerBankId: f.text,
  payeeBankId: f.text,
  amountFen: f.fen,
  matchedFen: f.fen,
  deadline: f.text,
  state: f.text,
  open: f.flag,
  serialNo: f.textOrNull,
  bookingDate: f.textOrNull,
  flowKey: f.textOrNull,
  checks: f.mixed,
  subIndex: f.countOrNull,
  shareFen: { type: BigInt, default: null },
  manual: f.textOrNull,
  accepted: f.texts,
  predecessorsMatched: f.flag,
  milestoneAccepted: f.flag,
  registeredBy: f.textOrNull,
  registeredAt: f.dateOrNull,
  decidedAt: f.dateOrNull,
  draftStanding: f.text,
  draftParties: f.texts,
});
legSchema.index({ draftId: 1, legId: 1 });
legSchema.index({ open: 1, deadline: 1 });
legSchema.index({ payerOrgId: 1, open: 1, deadline: 1 });
legSchema.index({ kind: 1, state: 1 });
legSchema.index({ payerOrgId: 1, state: 1, deadline: 1 });
legSchema.index({ parties: 1, state: 1, deadline: 1 });
legSchema.index({ divisions: 1, state: 1, deadline: 1 });
legSchema.index({ divisions: 1, kind: 1, state: 1 });
// Those that wait for their flow, newest first: few, and looked through by everybody at the desk.
const waiting = { partialFilterExpression: { state: 'REGISTERED' } } as const;
legSchema.index({ state: 1, registeredAt: -1 }, waiting);
legSchema.index({ divisions: 1, state: 1, registeredAt: -1 }, waiting);
legSchema.index({ parties: 1, state: 1, registeredAt: -1 }, waiting);
// Those that their payer may pay now, as the list of what waits for him asks for them.
legSchema.index(
  { payerOrgId: 1, state: 1, draftStanding: 1, updatedAt: 1 },
  { partialFilterExpression: { open: true, predecessorsMatched: true, milestoneAccepted: true } },
);
legSchema.index({ state: 1, deadline: 1 });
legSchema.index({ serialNo: 1 });
legSchema.index({ payerAccount: 1 });
legSchema.index({ payeeAccount: 1 });
