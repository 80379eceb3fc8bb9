/** Alerts about push, signatures, ledger and read model: rows of the document store, untouched by a rebuild, with the same life as the ledger's alerts. */
import { model, Schema } from 'mongoose';
import type { AlertLevel } from '#kernel/records/alert.ts';

/** E01 read model differs, E02 push interrupted, E03 signatures refused, E05 ledger stalled, E06 certificate expires, E07 message id reused, E08 flow set aside, E09 read model behind, E10 pushed flow missing from the bank's own statement, E11 a bank's clock. */
export const systemAlertRules = [
  'E01',
  'E02',
  'E03',
  'E05',
  'E06',
  'E07',
  'E08',
  'E09',
  'E10',
  'E11',
] as const;
export type SystemAlertRule = (typeof systemAlertRules)[number];

/** One step of its life. */
export interface SystemAlertStep {
  readonly step: 'raise' | 'assign' | 'explain' | 'rectify' | 'review' | 'close' | 'false-alarm';
  readonly by: string;
  readonly orgId: string;
  readonly at: Date;
  readonly text: string;
}

/** An alert about the platform itself, which is not on the ledger. */
export interface SystemAlert {
  readonly _id: string;
  readonly rule: SystemAlertRule;
  readonly level: AlertLevel;
  /** What it is about: a bank id, a flow key, a certificate serial, the channel. */
  readonly subject: string;
  /** Organisation that must answer: a bank, or the platform's operator. */
  readonly responsibleOrgId: string;
  readonly text: string;
  readonly state: 'RAISED' | 'ASSIGNED' | 'EXPLAINED' | 'RECTIFIED' | 'REVIEWED' | 'CLOSED' | 'FALSE_ALARM';
  readonly open: boolean;
  readonly raisedAt: Date;
  /** Last day for the answer in Beijing, and the instant that day ends. */
  readonly dueOn: string;
  readonly dueAt: Date;
  /** The alert before it on the same subject and rule, closed by now; null = the first. */
  readonly earlierId: string | null;
  /** Times the same cause was seen while it was open. */
  readonly seen: number;
  readonly lastSeenAt: Date;
  readonly life: readonly SystemAlertStep[];
}

const text = { type: String, required: true } as const;
const time = { type: Date, required: true } as const;

const stepSchema = new Schema<SystemAlertStep>(
  { step: text, by: text, orgId: text, at: time, text: { type: String, default: '' } },
  { _id: false },
);

const systemAlertSchema = new Schema<SystemAlert>(
  {
    _id: text,
    rule: { ...text, enum: systemAlertRules },
    level: { ...text, enum: ['red', 'yellow', 'reminder'] },
    subject: text,
    responsibleOrgId: text,
    text: { type: String, default: '' },
    state: text,
    open: { type: Boolean, required: true },
    raisedAt: time,
    dueOn: text,
    dueAt: time,
    earlierId: { type: String, default: null },
    seen: { type: Number, required: true },
    lastSeenAt: time,
    life: { type: [stepSchema], default: [] },
  },
  { collection: 'system_alerts', versionKey: false },
);
// One open alert per subject and rule: the index decides, not a read before it.
systemAlertSchema.index({ rule: 1, subject: 1 }, { unique: true, partialFilterExpression: { open: true } });
systemAlertSchema.index({ open: 1, raisedAt: -1 });
systemAlertSchema.index({ responsibleOrgId: 1, open: 1, raisedAt: -1 });
systemAlertSchema.index({ rule: 1, subject: 1, raisedAt: -1 });

export const SystemAlertModel = model('SystemAlert', systemAlertSchema);
