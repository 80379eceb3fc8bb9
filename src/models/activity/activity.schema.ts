/** Read model of what happened: one document per domain event, for the home page, histories and notifications. */
import { subjectDefinition } from '../chain/chain.schema.ts';
import type { SubjectIds } from '../chain/chain.schema.ts';
import type { Derived, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, scopeDefinition } from '../read-model/derived.ts';

/** A domain event; `_id` is txId~position. Parties: the event's organisations and the creator's. */
export interface ActivityDoc extends Derived, Scoped, SubjectIds {
  readonly type: string;
  /** Any other id the event is about (a user, a fund, an account). */
  readonly otherId: string | null;
  readonly contract: string;
  readonly fn: string;
  readonly creatorUserId: string;
  readonly creatorOrgId: string;
  readonly at: Date;
  /** Position of the event in its transaction, from 0; `ver`, then `seq`, orders activities. */
  readonly seq: number;
}

export const activitySchema = derivedSchema<ActivityDoc>('activities', {
  ...scopeDefinition,
  ...subjectDefinition,
  type: f.text,
  otherId: f.textOrNull,
  contract: f.text,
  fn: f.text,
  creatorUserId: { type: String, default: '' },
  creatorOrgId: { type: String, default: '' },
  at: f.date,
  seq: f.count,
});
activitySchema.index({ ver: -1, seq: -1 });
activitySchema.index({ draftId: 1, ver: -1, seq: -1 });
activitySchema.index({ projectId: 1, ver: -1, seq: -1 });
activitySchema.index({ alertId: 1, ver: -1, seq: -1 });
activitySchema.index({ flowKey: 1, ver: -1, seq: -1 });
activitySchema.index({ divisions: 1, ver: -1, seq: -1 });
activitySchema.index({ parties: 1, ver: -1, seq: -1 });
activitySchema.index({ type: 1, ver: -1, seq: -1 });
