/** Read model of the ledger's alerts and problem reports (问题申报). */
import type { Alert } from '#kernel/records/alert.ts';
import type { CheckResult } from '#kernel/records/draft.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** An alert; `_id` is its id. Parties: those the ledger names, the responsible unit, the units named, the raiser's unit. */
export interface AlertDoc extends Derived, Scoped, OfRecord<Alert> {
  readonly rule: Alert['rule'];
  readonly level: Alert['level'];
  readonly state: Alert['state'];
  /** True until closed or found to be a false alarm. */
  readonly open: boolean;
  readonly draftId: string | null;
  readonly legId: string | null;
  readonly projectId: string | null;
  readonly flowKey: string | null;
  readonly serialNo: string | null;
  readonly responsibleOrgId: string | null;
  readonly namedOrgIds: readonly string[];
  /** A leading office is among those named, so that the finance department judges (R3). */
  readonly officeNamed: boolean;
  readonly resultCodes: readonly string[];
  readonly checks: readonly CheckResult[];
  readonly text: string;
  /** Problem report by a person; who it was is shown to the leading office and auditors only. */
  readonly reported: boolean;
  readonly raisedAt: Date;
  /** Last day for the answer in Beijing, and the instant that day ends: red 1, yellow 3, reminder 5 working days after the raise. */
  readonly dueOn: string;
  readonly dueAt: Date;
  readonly closedAt: Date | null;
}

export const alertSchema = derivedSchema<AlertDoc>('alerts', {
  ...scopeDefinition,
  ...recordDefinition,
  rule: f.text,
  level: f.text,
  state: f.text,
  open: f.flag,
  draftId: f.textOrNull,
  legId: f.textOrNull,
  projectId: f.textOrNull,
  flowKey: f.textOrNull,
  serialNo: f.textOrNull,
  responsibleOrgId: f.textOrNull,
  namedOrgIds: f.texts,
  officeNamed: { type: Boolean, default: false },
  resultCodes: f.texts,
  checks: f.mixed,
  text: { type: String, default: '' },
  reported: f.flag,
  raisedAt: f.date,
  dueOn: f.text,
  dueAt: f.date,
  closedAt: f.dateOrNull,
});
alertSchema.index({ raisedAt: -1, _id: -1 });
alertSchema.index({ open: 1, raisedAt: -1, _id: -1 });
alertSchema.index({ divisions: 1, open: 1, raisedAt: -1, _id: -1 });
alertSchema.index({ divisions: 1, level: 1, open: 1, raisedAt: -1, _id: -1 });
alertSchema.index({ parties: 1, open: 1, raisedAt: -1, _id: -1 });
alertSchema.index({ responsibleOrgId: 1, open: 1, dueAt: 1 });
alertSchema.index({ responsibleOrgId: 1, open: 1, state: 1, raisedAt: 1 });
alertSchema.index({ parties: 1, level: 1, open: 1, raisedAt: -1, _id: -1 });
alertSchema.index({ level: 1, open: 1, raisedAt: -1, _id: -1 });
alertSchema.index({ open: 1, dueAt: 1 });
alertSchema.index({ state: 1, raisedAt: 1 });
alertSchema.index({ divisions: 1, state: 1, raisedAt: 1 });
alertSchema.index({ draftId: 1, open: -1, raisedAt: -1 });
alertSchema.index({ projectId: 1 });
alertSchema.index({ flowKey: 1 });
