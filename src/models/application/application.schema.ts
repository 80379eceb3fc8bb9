/** Applications that are being written: form drafts of a county command, not on the ledger until they are submitted. */
import { model, Schema } from 'mongoose';
import type { DocumentRef } from '#kernel/records/project.ts';

/** One row of the budget or one milestone, as typed. */
export interface BudgetRow {
  readonly item: string;
  readonly amount: string;
}
/** A milestone as it is typed. */
export interface MilestoneRow {
  readonly name: string;
  readonly date: string;
  readonly amount: string;
}

/** What was typed; amounts in yuan as text, so that nothing is lost before it is right. */
export interface ApplicationForm {
  readonly name: string;
  readonly townshipCode: string;
  readonly category: string;
  readonly summary: string;
  /** fundId~callId. */
  readonly call: string;
  readonly amount: string;
  readonly unitOrgId: string;
  readonly budget: readonly BudgetRow[];
  readonly milestones: readonly MilestoneRow[];
}

/** `_id` = project number, given when the draft is begun. */
export interface Application {
  readonly _id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly division: string;
  readonly form: ApplicationForm;
  readonly documents: readonly DocumentRef[];
  readonly state: 'OPEN' | 'SUBMITTED';
  readonly updatedAt: Date;
}

const applicationSchema = new Schema<Application>(
  {
    _id: { type: String, required: true },
    orgId: { type: String, required: true },
    userId: { type: String, required: true },
    division: { type: String, required: true },
    form: { type: Schema.Types.Mixed, required: true },
    documents: { type: Schema.Types.Mixed, default: [] },
    state: { type: String, required: true, enum: ['OPEN', 'SUBMITTED'] },
    updatedAt: { type: Date, required: true },
  },
  { collection: 'applications', versionKey: false },
);
applicationSchema.index({ orgId: 1, state: 1, updatedAt: -1 });

/** Counters of project numbers; `_id` = county and year. */
const projectSerialSchema = new Schema<{ _id: string; next: number }>(
  { _id: { type: String, required: true }, next: { type: Number, required: true } },
  { collection: 'project_serials', versionKey: false },
);

export const ApplicationModel = model('Application', applicationSchema);
export const ProjectSerialModel = model('ProjectSerial', projectSerialSchema);
