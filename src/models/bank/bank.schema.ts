/** Banks admitted to the push interface, their keys and what was last heard of them. Not on the ledger: secrets never go there. */
import { model, Schema } from 'mongoose';
import { keyAlgorithms, type KeyAlgorithm } from './key-material.rules.ts';

/** One key of a bank. Keys that have ended stay for the record. */
export interface BankKey {
  readonly keyId: string;
  readonly algorithm: KeyAlgorithm;
  /** AES-256-GCM sealed `whsec_…` secret, or the public key: Ed25519 in base64, SM2 in hex `04…`. */
  readonly material: string;
  readonly createdAt: Date;
  readonly issuedBy: string;
  /** Hours that the keys before it stay live once it is activated; null = until they are revoked. */
  readonly overlapHours: number | null;
  /** A key opens nothing before a second person has activated it. Absent in keys older than this rule. */
  readonly activatedAt?: Date | null;
  readonly activatedBy?: string | null;
  /** Set when a newer key replaces it. */
  readonly endsAt?: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt?: Date | null;
}

/** From where and how a bank may call, besides its signature. */
export interface BankAccess {
  /** Addresses and networks (CIDR); empty = any. */
  readonly addresses: readonly string[];
  /** The authority and the common name of the client certificate that the bank must show; null = none is asked for. */
  readonly certificate: { readonly caPem: string; readonly commonName: string } | null;
  /** Messages a second for long; null = the installation's setting. */
  readonly ratePerSecond: number | null;
}

/** One change of a bank's admission, key or access, for the record. */
export interface BankChange {
  readonly at: Date;
  readonly by: string;
  readonly what: 'admitted' | 'key-issued' | 'key-activated' | 'key-revoked' | 'access-set';
  /** Key id, or null. */
  readonly keyId: string | null;
}

/** A bank; `_id` is its organisation id on the ledger and the `bank-id` header. */
export interface BankDocument {
  readonly _id: string;
  readonly name: string;
  /** User id of its flow-feed machine account. */
  readonly feedUserId: string;
  readonly keys: readonly BankKey[];
  readonly access?: BankAccess;
  readonly changes?: readonly BankChange[];
  readonly admittedBy: string;
  readonly admittedAt: Date;
  readonly lastPushAt: Date | null;
  readonly lastHeartbeatAt: Date | null;
  /** Bank's clock minus ours at the last authenticated message, ms. */
  readonly lastSkewMs: number | null;
  /** End of the client certificate last shown. */
  readonly certificateEndsAt?: Date | null;
}

/** A bank's clock against ours over the last day; `_id` = bank id. */
export interface BankClock {
  readonly _id: string;
  readonly samples: readonly { readonly at: Date; readonly skewMs: number }[];
}

const text = { type: String, required: true } as const;
const time = { type: Date, required: true } as const;
const textOrNull = { type: String, default: null } as const;
const timeOrNull = { type: Date, default: null } as const;
const numberOrNull = { type: Number, default: null } as const;
const part = { _id: false } as const;

const bankKey = new Schema<BankKey>(
  {
    keyId: text,
    algorithm: { ...text, enum: keyAlgorithms },
    material: text,
    createdAt: time,
    issuedBy: { type: String, default: '' },
    overlapHours: numberOrNull,
    activatedAt: timeOrNull,
    activatedBy: textOrNull,
    endsAt: timeOrNull,
    revokedAt: timeOrNull,
    lastUsedAt: timeOrNull,
  },
  part,
);
const access = new Schema<BankAccess>(
  {
    addresses: { type: [String], default: [] },
    certificate: { type: new Schema({ caPem: text, commonName: text }, part), default: null },
    ratePerSecond: numberOrNull,
  },
  part,
);
const change = new Schema<BankChange>({ at: time, by: text, what: text, keyId: textOrNull }, part);

const bankSchema = new Schema<BankDocument>(
  {
    _id: text,
    name: text,
    feedUserId: text,
    keys: { type: [bankKey], default: [] },
    access: { type: access, default: () => ({}) },
    changes: { type: [change], default: [] },
    admittedBy: text,
    admittedAt: time,
    lastPushAt: timeOrNull,
    lastHeartbeatAt: timeOrNull,
    lastSkewMs: numberOrNull,
    certificateEndsAt: timeOrNull,
  },
  { collection: 'banks', versionKey: false },
);
const clockSchema = new Schema<BankClock>(
  {
    _id: text,
    samples: {
      type: [new Schema({ at: time, skewMs: { type: Number, required: true } }, part)],
      default: [],
    },
  },
  { collection: 'bank_clocks', versionKey: false },
);

export const BankModel = model('Bank', bankSchema);
export const BankClockModel = model('BankClock', clockSchema);
