/** The inbox of the push interface: raw messages, and one document per flow key that is its own outbox row. */
import { model, Schema } from 'mongoose';

/** A message as it arrived; the raw bytes are kept, whatever was in them. `_id` = bankId~webhookId. */
export interface BankMessage {
  readonly _id: string;
  readonly bankId: string;
  readonly feedUserId: string;
  readonly webhookId: string;
  readonly raw: Buffer;
  /** SHA-256 of the raw bytes, hex. */
  readonly rawHash: string;
  readonly receivedAt: Date;
  /** Written with the message and before its entries; `received` in messages older than this rule. */
  readonly state: 'received' | 'stored' | 'quarantined' | 'replayed';
  readonly reason: string | null;
  /** Bodies that came under the same id but with other bytes: refused with 409, kept as evidence. */
  readonly others: readonly { readonly rawHash: string; readonly raw: Buffer; readonly receivedAt: Date }[];
}

/** Something the ledger must hear about a flow: its first content, a new status, a sighting, a conflict. */
export interface Delivery {
  readonly kind: 'flow' | 'status' | 'sighting' | 'conflict';
  /** SHA-256 over the canonical entry; the same entry is delivered once. */
  readonly entryHash: string;
  readonly messageId: string;
  /** The flow in normal form, as JSON for the contract. */
  readonly flow: string;
  readonly drop: boolean;
  readonly state: 'new' | 'done';
  readonly txId: string | null;
  readonly outcome: string | null;
}

/** `_id` = flow key: bank, account, direction, booking date, serial, sub-index. */
export interface InboxFlow {
  readonly _id: string;
  readonly bankId: string;
  readonly feedUserId: string;
  readonly serialNo: string;
  readonly bookingDate: string;
  /** Hash of the content that is compared: amount, currency, accounts, reversal, original serial. */
  readonly contentHash: string;
  /** BOOK, PDNG or DROPPED. */
  readonly status: string;
  /** open = some delivery is not on the ledger yet; failed = set aside, an operator may open it again. */
  readonly state: 'open' | 'done' | 'failed';
  readonly deliveries: readonly Delivery[];
  readonly receivedAt: Date;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly lastError: string | null;
}

/** One entry of a readable message, or a whole message, that could not be read. `_id` = messageId~index. */
export interface Quarantine {
  readonly _id: string;
  readonly bankId: string;
  readonly messageId: string;
  /** Position in the message; -1 = the whole message. */
  readonly index: number;
  readonly reason: string;
  readonly state: 'open' | 'replayed' | 'dismissed';
  readonly at: Date;
  readonly closedBy: string | null;
}

const text = { type: String, required: true } as const;
const time = { type: Date, required: true } as const;
const textOrNull = { type: String, default: null } as const;

const messageSchema = new Schema<BankMessage>(
  {
    _id: text,
    bankId: text,
    feedUserId: text,
    webhookId: text,
    raw: { type: Buffer, required: true },
    rawHash: text,
    receivedAt: time,
    state: { ...text, enum: ['received', 'stored', 'quarantined', 'replayed'] },
    reason: textOrNull,
    others: {
      type: [
        new Schema(
          { rawHash: text, raw: { type: Buffer, required: true }, receivedAt: time },
          { _id: false },
        ),
      ],
      default: [],
    },
  },
  { collection: 'bank_messages', versionKey: false },
);
messageSchema.index({ state: 1, receivedAt: -1 });
messageSchema.index({ bankId: 1, receivedAt: -1 });

const deliverySchema = new Schema<Delivery>(
  {
    kind: { ...text, enum: ['flow', 'status', 'sighting', 'conflict'] },
    entryHash: text,
    messageId: text,
    flow: text,
    drop: { type: Boolean, default: false },
    state: { ...text, enum: ['new', 'done'] },
    txId: textOrNull,
    outcome: textOrNull,
  },
  { _id: false },
);

const inboxFlowSchema = new Schema<InboxFlow>(
  {
    _id: text,
    bankId: text,
    feedUserId: text,
    serialNo: text,
    bookingDate: text,
    contentHash: text,
    status: text,
    state: { ...text, enum: ['open', 'done', 'failed'] },
    deliveries: { type: [deliverySchema], required: true },
    receivedAt: time,
    attempts: { type: Number, default: 0 },
    nextAttemptAt: time,
    lastError: textOrNull,
  },
  { collection: 'inbox_flows', versionKey: false },
);
inboxFlowSchema.index({ state: 1, nextAttemptAt: 1 });
inboxFlowSchema.index({ bankId: 1, receivedAt: -1 });

const quarantineSchema = new Schema<Quarantine>(
  {
    _id: text,
    bankId: text,
    messageId: text,
    index: { type: Number, required: true },
    reason: text,
    state: { ...text, enum: ['open', 'replayed', 'dismissed'] },
    at: time,
    closedBy: textOrNull,
  },
  { collection: 'bank_quarantine', versionKey: false },
);
quarantineSchema.index({ state: 1, at: -1 });

export const BankMessageModel = model('BankMessage', messageSchema);
export const InboxFlowModel = model('InboxFlow', inboxFlowSchema);
export const QuarantineModel = model('Quarantine', quarantineSchema);
