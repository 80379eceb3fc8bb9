/** Sign-in accounts: who may open a session. What the person may do there stands on the ledger. */
import { model, Schema } from 'mongoose';

/** `_id` = sign-in name, lower case. */
export interface SignInAccount {
  readonly _id: string;
  /** User id on the ledger. */
  readonly userId: string;
  /** Name shown on screen; personal, so never on the ledger and never in a log. */
  readonly name: string;
  /** argon2id, PHC string. */
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
  readonly failures: number;
  readonly lockedUntil: Date | null;
  /** Sealed TOTP secret; null when not enrolled. */
  readonly sealedTotp: string | null;
  /** Last TOTP time step that was used: each code works once. */
  readonly lastTotpStep: number;
  readonly state: 'ACTIVE' | 'DISABLED';
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
}

const text = { type: String, required: true } as const;
const accountSchema = new Schema<SignInAccount>(
  {
    _id: text,
    userId: text,
    name: text,
    passwordHash: text,
    mustChangePassword: { type: Boolean, required: true },
    failures: { type: Number, default: 0 },
    lockedUntil: { type: Date, default: null },
    sealedTotp: { type: String, default: null },
    lastTotpStep: { type: Number, default: 0 },
    state: { ...text, enum: ['ACTIVE', 'DISABLED'] },
    createdAt: { type: Date, required: true },
    lastSignInAt: { type: Date, default: null },
  },
  { collection: 'accounts', versionKey: false },
);
accountSchema.index({ userId: 1 }, { unique: true });
export const AccountModel = model('Account', accountSchema);
