/** Read model of registrations: a payer's statement that a serial number belongs to a leg. */
import type { LegKind } from '#kernel/records/draft.ts';
import type { Registration } from '#kernel/records/reconciliation.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** A registration; `_id` is draftId~legId~serialNo~bookingDate. Parties: those of its leg. */
export interface RegistrationDoc extends Derived, Scoped, OfRecord<Registration> {
  readonly draftId: string;
  readonly legId: string;
  readonly projectId: string | null;
  readonly kind: LegKind | null;
  readonly payerOrgId: string | null;
  readonly payeeOrgId: string | null;
  /** Planned amount and deadline of the leg. */
  readonly amountFen: bigint;
  readonly deadline: string | null;
  readonly serialNo: string;
  readonly bookingDate: string;
  readonly bankId: string;
  readonly account: string;
  readonly state: Registration['state'];
  readonly flowKey: string | null;
  readonly registeredBy: string;
  readonly registeredAt: Date;
  readonly withdrawalRequested: boolean;
}

export const registrationSchema = derivedSchema<RegistrationDoc>('registrations', {
  ...scopeDefinition,
  ...recordDefinition,
  draftId: f.text,
  legId: f.text,
  projectId: f.textOrNull,
  kind: f.textOrNull,
  payerOrgId: f.textOrNull,
  payeeOrgId: f.textOrNull,
  amountFen: f.fen,
  deadline: f.textOrNull,
  serialNo: f.text,
  bookingDate: f.text,
  bankId: f.text,
  account: f.text,
  state: f.text,
  flowKey: f.textOrNull,
  registeredBy: f.text,
  registeredAt: f.date,
  withdrawalRequested: f.flag,
});
registrationSchema.index({ registeredAt: -1 });
registrationSchema.index({ state: 1, registeredAt: -1 });
registrationSchema.index({ divisions: 1, state: 1, registeredAt: -1 });
registrationSchema.index({ parties: 1, state: 1, registeredAt: -1 });
registrationSchema.index({ draftId: 1, legId: 1 });
registrationSchema.index({ serialNo: 1 });
registrationSchema.index({ payerOrgId: 1, withdrawalRequested: 1 });
