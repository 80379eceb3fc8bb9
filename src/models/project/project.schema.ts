/** Read model of projects from application to close. */
import type { Project } from '#kernel/records/project.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** A project; `_id` is its id. Parties: applicant, unit and, once planned, every payer, payee and bank of the plan. */
export interface ProjectDoc extends Derived, Scoped, OfRecord<Project> {
  readonly name: string;
  /** Parts of the name, by which an index finds any piece of it. */
  readonly nameGrams: readonly string[];
  readonly townshipCode: string;
  readonly category: string;
  readonly state: Project['state'];
  readonly fundId: string;
  readonly callId: string;
  readonly amountFen: bigint;
  readonly applicantOrgId: string;
  readonly unitOrgId: string;
  readonly draftId: string | null;
  readonly revision: number;
  readonly contentHash: string;
  /** The newest step: which, by whom, when. */
  readonly lastStep: string;
  readonly lastStepBy: string;
  readonly lastStepAt: Date;
  readonly milestoneCount: number;
  readonly milestonesReported: number;
  readonly milestonesAccepted: number;
}

export const projectSchema = derivedSchema<ProjectDoc>('projects', {
  ...scopeDefinition,
  ...recordDefinition,
  name: f.text,
  nameGrams: f.texts,
  townshipCode: f.text,
  category: f.text,
  state: f.text,
  fundId: f.text,
  callId: f.text,
  amountFen: f.fen,
  applicantOrgId: f.text,
  unitOrgId: f.text,
  draftId: f.textOrNull,
  revision: f.count,
  contentHash: f.text,
  lastStep: f.text,
  lastStepBy: f.text,
  lastStepAt: f.date,
  milestoneCount: f.count,
  milestonesReported: f.count,
  milestonesAccepted: f.count,
});
projectSchema.index({ createdAt: -1, _id: -1 });
projectSchema.index({ amountFen: -1, _id: -1 });
projectSchema.index({ divisions: 1, createdAt: -1, _id: -1 });
projectSchema.index({ divisions: 1, amountFen: -1, _id: -1 });
projectSchema.index({ parties: 1, createdAt: -1, _id: -1 });
projectSchema.index({ parties: 1, amountFen: -1, _id: -1 });
projectSchema.index({ state: 1, lastStepAt: 1, _id: 1 });
projectSchema.index({ divisions: 1, state: 1, lastStepAt: 1, _id: 1 });
projectSchema.index({ divisions: 1, state: 1, createdAt: -1, _id: -1 });
projectSchema.index({ parties: 1, state: 1, createdAt: -1, _id: -1 });
projectSchema.index({ state: 1, createdAt: -1, _id: -1 });
projectSchema.index(
  { divisions: 1, updatedAt: 1 },
  { partialFilterExpression: { milestonesReported: { $gt: 0 } } },
);
projectSchema.index({ nameGrams: 1 });
projectSchema.index({ draftId: 1 });
projectSchema.index({ townshipCode: 1 });
projectSchema.index({ fundId: 1, state: 1 });
