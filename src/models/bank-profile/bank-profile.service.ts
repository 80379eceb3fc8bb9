/** Says which profile a bank's entries are read by; one administrator proposes another, a second one activates it. */
import { model, Schema } from 'mongoose';
import { DomainError } from '../kernel/errors.ts';
import { bankProfile, type BankProfile } from './bank-profile.rules.ts';
import { standardProfile } from './standard-profile.ts';

/** A profile with who proposed and who activated it. */
export interface ProfileVersion {
  readonly profile: BankProfile;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly activatedBy: string | null;
  readonly activatedAt: Date | null;
}

/** A bank's own profiles; `_id` = the bank's organisation. The last activated one holds, earlier ones stay for the record. */
export interface BankProfileDocument {
  readonly _id: string;
  readonly proposed: ProfileVersion | null;
  readonly versions: readonly ProfileVersion[];
}

const bankProfileSchema = new Schema<BankProfileDocument>(
  {
    _id: { type: String, required: true },
    proposed: { type: Schema.Types.Mixed, default: null },
    versions: { type: Schema.Types.Mixed, default: [] },
  },
  { collection: 'bank_profiles', versionKey: false, minimize: false },
);
const BankProfileModel = model('BankProfile', bankProfileSchema);

/** Versions that are kept. */
const keptVersions = 50;
/** How long a bank's own profile is remembered, ms, so that a pushed message costs no read. */
const rememberedMs = 500;

/** The profiles of admitted banks. */
export class BankProfileService {
  readonly #now: () => Date;
  readonly #remembered = new Map<
    string,
    { readonly readAtMs: number; readonly own: Promise<BankProfile | null> }
  >();

  constructor(deps: { readonly now: () => Date }) {
    this.#now = deps.now;
  }

  /** The profile by which a bank's entries are read: the standard one until it has its own. */
  async of(bankId: string): Promise<BankProfile> {
    return (await ownProfileOf(bankId)) ?? standardProfile;
  }

  /** The bank's own activated profile, at most half a second old; null while it has none. */
  async own(bankId: string): Promise<BankProfile | null> {
    const nowMs = this.#now().getTime();
    const known = this.#remembered.get(bankId);
    if (known !== undefined && Math.abs(nowMs - known.readAtMs) < rememberedMs) return known.own;
    const own = ownProfileOf(bankId);
    this.#remembered.set(bankId, { readAtMs: nowMs, own });
    return own.catch((error: unknown) => {
      this.#remembered.delete(bankId);
      throw error;
    });
  }

  /** A bank's own profiles; null when it never had any. */
  async find(bankId: string): Promise<BankProfileDocument | null> {
    return documentOf(bankId);
  }

  /** Proposes a profile in the place of an earlier proposal; nothing is read by it yet. */
  async propose(bankId: string, profile: BankProfile, proposedBy: string): Promise<void> {
    const proposed = { profile, proposedBy, proposedAt: this.#now(), activatedBy: null, activatedAt: null };
    await BankProfileModel.updateOne({ _id: bankId }, { $set: { proposed } }, { upsert: true });
  }

  /** Activates what another person proposed. @throws DomainError WRONG_STATE, SAME_PERSON */
  async activate(bankId: string, by: string): Promise<void> {
    const found = await this.find(bankId);
    if (found?.proposed == null) throw new DomainError('WRONG_STATE', 'no profile is proposed');
    if (found.proposed.proposedBy === by) throw new DomainError('SAME_PERSON', 'another person activates');
    const version = { ...found.proposed, activatedBy: by, activatedAt: this.#now() };
    const versions = [version, ...found.versions].slice(0, keptVersions);
    // Only what was looked at is activated: a proposal made meanwhile stays a proposal.
    const done = await BankProfileModel.updateOne(
      { _id: bankId, 'proposed.proposedAt': found.proposed.proposedAt },
      { $set: { versions, proposed: null } },
    );
    if (done.modifiedCount === 0) throw new DomainError('WRONG_STATE', 'the proposal changed');
    this.#remembered.delete(bankId);
  }
}

/** The bank's own activated profile as it stands now; null while it has none. */
export async function ownProfileOf(bankId: string): Promise<BankProfile | null> {
  const current = (await documentOf(bankId))?.versions[0];
  return current === undefined ? null : bankProfile.parse(current.profile);
}

async function documentOf(bankId: string): Promise<BankProfileDocument | null> {
  return BankProfileModel.findById(bankId).lean<BankProfileDocument>();
}
