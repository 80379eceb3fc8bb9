/** SM2 keys of issuing organisations, sealed, and the daily counters of draft numbers. Neither belongs on a ledger. */
import { model, Schema } from 'mongoose';

/** `_id` = organisation id. The platform holds the key for now; the ledger knows its public half. */
export interface IssuerKey {
  readonly _id: string;
  /** Uncompressed hex, `04…`. */
  readonly publicKey: string;
  /** Sealed private key, hex. */
  readonly sealedPrivateKey: string;
  readonly createdAt: Date;
}

/** `_id` = division and date; `next` counts the draft numbers handed out that day. A number may stay unused. */
export interface DraftSerial {
  readonly _id: string;
  readonly next: number;
}

const issuerKeySchema = new Schema<IssuerKey>(
  {
    _id: { type: String, required: true },
    publicKey: { type: String, required: true },
    sealedPrivateKey: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'issuer_keys', versionKey: false },
);
const draftSerialSchema = new Schema<DraftSerial>(
  { _id: { type: String, required: true }, next: { type: Number, required: true } },
  { collection: 'draft_serials', versionKey: false },
);

export const IssuerKeyModel = model('IssuerKey', issuerKeySchema);
export const DraftSerialModel = model('DraftSerial', draftSerialSchema);
