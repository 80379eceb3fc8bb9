/** Notifications: one row per person and ledger event that concerns him. Not derived from blocks alone, since a row knows when it was read. */
import { model, Schema } from 'mongoose';

/** `_id` = activity id (transaction~position) ~ user id, so that one event is told once to one person. */
export interface Notification {
  readonly _id: string;
  readonly userId: string;
  /** Type of the domain event. */
  readonly type: string;
  /** Number of the object it is about, as people know it. */
  readonly about: string;
  /** Page of the object. */
  readonly link: string;
  readonly block: number;
  /** When it happened, UTC. */
  readonly at: Date;
  /** When the person read it; null before. */
  readonly readAt: Date | null;
}

const text = { type: String, required: true } as const;
const notificationSchema = new Schema<Notification>(
  {
    _id: text,
    userId: text,
    type: text,
    about: { type: String, default: '' },
    link: text,
    block: { type: Number, required: true },
    at: { type: Date, required: true },
    readAt: { type: Date, default: null },
  },
  { collection: 'notifications', versionKey: false },
);
notificationSchema.index({ userId: 1, at: -1, _id: -1 });
notificationSchema.index({ userId: 1, readAt: 1, at: -1, _id: -1 });
// The ledger keeps what happened; who was told of it is forgotten after two years.
notificationSchema.index({ at: 1 }, { expireAfterSeconds: 730 * 86_400 });

/** How far the ledger's events have been told: the next block. */
export interface NotificationCursor {
  readonly _id: string;
  readonly nextBlock: number;
}
const cursorSchema = new Schema<NotificationCursor>(
  { _id: text, nextBlock: { type: Number, required: true } },
  { collection: 'notification_cursors', versionKey: false },
);

export const NotificationModel = model('Notification', notificationSchema);
export const NotificationCursorModel = model('NotificationCursor', cursorSchema);
