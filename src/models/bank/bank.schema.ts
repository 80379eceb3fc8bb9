/** Banks admitted to the push interface, their keys and what was last heard of them. Not on the ledger: secrets never go there. */
import { model, Schema } from 'mongoose';

/** One key of a bank. Revoked keys stay for the record. */
export interface BankKey {
  readonly keyId: string;
  readonly algorithm: 'hmac-sha256' | 'ed25519';
  /** AES-256-GCM sealed `whsec_…` secret, or the base64 public key. */
  readonly material: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** A bank; `_id` is its organisation id on the ledger and the `bank-id` header. */
export interface BankDocument {
  readonly _id: string;
  readonly name: string;
  /** User id of its flow-feed machine account. */
  readonly feedUserId: string;
  readonly keys: readonly BankKey[];
  readonly admittedBy: string;
  readonly admittedAt: Date;
  readonly lastPushAt: Date | null;
  readonly lastHeartbeatAt: Date | null;
  /** Bank's clock minus ours at the last authenticated message, ms. */
  readonly lastSkewMs: number | null;
}

const bankKey = new Schema<BankKey>(
  {
    keyId: { type: String, required: true },
    algorithm: { type: String, required: true, enum: ['hmac-sha256', 'ed25519'] },
    material: { type: String, required: true },
    createdAt: { type: Date, required: true },
    revokedAt: { type: Date, default: null },
  },
  { _id: false },
);

const bankSchema = new Schema<BankDocument>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    feedUserId: { type: String, required: true },
    keys: { type: [bankKey], default: [] },
    admittedBy: { type: String, required: true },
    admittedAt: { type: Date, required: true },
    lastPushAt: { type: Date, default: null },
    lastHeartbeatAt: { type: Date, default: null },
    lastSkewMs: { type: Number, default: null },
  },
  { collection: 'banks', versionKey: false },
);

export const BankModel = model('Bank', bankSchema);
