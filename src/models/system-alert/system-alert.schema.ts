/** Alerts about push, signatures, ledger and read model: rows of the document store, untouched by a rebuild, with the same life as the ledger's alerts. */
import { model, Schema } from 'mongoose';
import type { AlertLevel } from '#kernel/records/alert.ts';

/** E01 read model differs, E02 push interrupted, E03 signatures refused, E05 ledger stalled, E06 certificate expires, E07 message id reused, E08 flow set aside. */
export type SystemAlertRule = 'E01' | 'E02' | 'E03' | 'E05' | 'E06' | 'E07' | 'E08';
export const systemAlertRules: readonly SystemAlertRule[] = ['E01', 'E02', 'E03', 'E05', 'E06', 'E07', 'E08'];

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
  /** Organisation that must answer; null = the platform's operators. */
  readonly responsibleOrgId: string | null;
  readonly text: string;
  readonly state: 'RAISED' | 'ASSIGNED' | 'EXPLAINED' | 'RECTIFIED' | 'REVIEWED' | 'CLOSED' | 'FALSE_ALARM';
  readonly open: boolean;
  readonly raisedAt: Date;
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
    responsibleOrgId: { type: String, default: null },
    text: { type: String, default: '' },
    state: text,
    open: { type: Boolean, required: true },
    raisedAt: time,
    seen: { type: Number, required: true },
    lastSeenAt: time,
    life: { type: [stepSchema], default: [] },
  },
  { collection: 'system_alerts', versionKey: false },
);
// One open alert per subject and rule: the index decides, not a read before it.
systemAlertSchema.index({ rule: 1, subject: 1 }, { unique: true, partialFilterExpression: { open: true } });
systemAlertSchema.index({ open: 1, raisedAt: -1 });

export const SystemAlertModel = model('SystemAlert', systemAlertSchema);
