/** Says which profile a bank's entries are read by: its own where one was set, else the standard one. */
import { model, Schema } from 'mongoose';
import { bankProfile, standardProfile, type BankProfile } from './bank-profile.rules.ts';

/** A bank's own profile; `_id` = the bank's organisation. Earlier ones stay for the record. */
export interface BankProfileDocument {
  readonly _id: string;
  readonly profile: BankProfile;
  readonly setBy: string;
  readonly setAt: Date;
  readonly earlier: readonly {
    readonly profile: BankProfile;
    readonly setBy: string;
    readonly setAt: Date;
  }[];
}

const bankProfileSchema = new Schema<BankProfileDocument>(
  {
    _id: { type: String, required: true },
    profile: { type: Schema.Types.Mixed, required: true },
    setBy: { type: String, required: true },
    setAt: { type: Date, required: true },
    earlier: { type: Schema.Types.Mixed, default: [] },
  },
  { collection: 'bank_profiles', versionKey: false, minimize: false },
);
export const BankProfileModel = model('BankProfile', bankProfileSchema);

/** The profiles of admitted banks. */
export class BankProfileService {
  readonly #now: () => Date;

  constructor(deps: { readonly now: () => Date }) {
    this.#now = deps.now;
  }

  /** The profile by which a bank's entries are read. */
  async of(bankId: string): Promise<BankProfile> {
    const found = await BankProfileModel.findById(bankId, { profile: 1 }).lean();
    return found === null ? standardProfile : bankProfile.parse(found.profile);
  }

  /** A bank's own profile with its history; null when the standard one holds. */
  async find(bankId: string): Promise<BankProfileDocument | null> {
    return BankProfileModel.findById(bankId).lean<BankProfileDocument>();
  }

  /** Sets a bank's profile; the one before stays in its history. */
  async set(bankId: string, profile: BankProfile, setBy: string): Promise<void> {
    const before = await this.find(bankId);
    const earlier =
      before === null
        ? []
        : [{ profile: before.profile, setBy: before.setBy, setAt: before.setAt }, ...before.earlier].slice(
            0,
            50,
          );
    await BankProfileModel.updateOne(
      { _id: bankId },
      { $set: { profile, setBy, setAt: this.#now(), earlier } },
      { upsert: true },
    );
  }
}
