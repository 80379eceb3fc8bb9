/** Admits banks, issues their keys and says whether a pushed message is theirs. */
import { randomBytes, randomUUID } from 'node:crypto';
import { BankModel, type BankDocument, type BankKey } from './bank.schema.ts';
import {
  parseEd25519,
  parseSecret,
  verifyMessage,
  type SignedHeaders,
  type VerificationKey,
} from './signature.rules.ts';
import { DomainError, InputError } from '../kernel/errors.ts';

/** Encrypts secrets at rest under the installation's key. */
export interface Sealer {
  seal(plain: string): string;
  /** @throws Error when the text was altered or sealed under another key */
  open(sealed: string): string;
}

/** What admitted banks need from outside. */
export interface BankServiceDeps {
  readonly sealer: Sealer;
  readonly now: () => Date;
}

/** What a bank's engineer gets, once: the platform never shows a secret again. */
export interface IssuedKey {
  readonly keyId: string;
  readonly algorithm: BankKey['algorithm'];
  /** `whsec_…` for HMAC; null for Ed25519, whose private half the bank keeps. */
  readonly secret: string | null;
}

/** A bank whose signature on a message was verified. */
export interface AuthenticatedBank {
  readonly bankId: string;
  readonly feedUserId: string;
  /** The bank's clock minus ours, ms. */
  readonly skewMs: number;
}

/** What was last heard of a bank is written at most this often by one process, ms, so that it costs no push a durable write. */
const heardEveryMs = 1_000;

/** Admitted banks: their keys, and whether a push is signed by one of them. */
export class BankService {
  readonly #deps: BankServiceDeps;
  /** When each bank's push or heartbeat was last written down, ms since epoch. */
  readonly #heardAt = new Map<string, number>();

  constructor(deps: BankServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Admits a bank with its first key.
   * @param publicKey base64 Ed25519 public key; absent = the platform makes an HMAC secret
   * @throws InputError when the public key is not one
   * @throws DomainError ALREADY_EXISTS
   */
  async admit(bank: {
    bankId: string;
    name: string;
    feedUserId: string;
    admittedBy: string;
    publicKey?: string;
    secret?: string;
  }): Promise<IssuedKey> {
    const { key, issued } = this.#newKey(bank);
    const found = await BankModel.findById(bank.bankId).lean();
    if (found !== null) throw new DomainError('ALREADY_EXISTS', `bank ${bank.bankId} is already admitted`);
    const { bankId: _id, name, feedUserId, admittedBy } = bank;
    await BankModel.create({ _id, name, feedUserId, admittedBy, admittedAt: this.#deps.now(), keys: [key] });
    return issued;
  }

  /** Adds a key; earlier ones stay live until revoked, so that a bank can change over without a gap. */
  async issueKey(bankId: string, material: { publicKey?: string; secret?: string } = {}): Promise<IssuedKey> {
    const { key, issued } = this.#newKey(material);
    const updated = await BankModel.updateOne({ _id: bankId }, { $push: { keys: key } });
    if (updated.matchedCount === 0) throw new DomainError('NOT_FOUND', `bank ${bankId} is not admitted`);
    return issued;
  }

  /** Revokes a key at once: every process reads keys from the store on each message. */
  async revokeKey(bankId: string, keyId: string): Promise<void> {
    const updated = await BankModel.updateOne(
      { _id: bankId, keys: { $elemMatch: { keyId, revokedAt: null } } },
      { $set: { 'keys.$[one].revokedAt': this.#deps.now() } },
      { arrayFilters: [{ 'one.keyId': keyId }] },
    );
    if (updated.matchedCount === 0)
      throw new DomainError('NOT_FOUND', `key ${keyId} of bank ${bankId} is not live`);
  }

  /**
   * Says which bank signed the message.
   * @returns null for every failure alike: unknown bank, wrong form, stale, bad signature
   */
  async authenticate(
    bankId: string,
    headers: SignedHeaders,
    body: Uint8Array,
  ): Promise<AuthenticatedBank | null> {
    const bank = /^[A-Za-z0-9_.-]{1,64}$/.test(bankId) ? await BankModel.findById(bankId).lean() : null;
    const keys = (bank?.keys ?? []).filter((key) => key.revokedAt === null).map((key) => this.#open(key));
    const skewMs = verifyMessage(headers, body, keys, this.#deps.now().getTime());
    return bank === null || skewMs === null ? null : { bankId, feedUserId: bank.feedUserId, skewMs };
  }

  /** Records that a flow message or heartbeat of the bank arrived, at most once a second of each. */
  async heard({ bankId, skewMs }: AuthenticatedBank, what: 'push' | 'heartbeat'): Promise<void> {
    const now = this.#deps.now();
    const key = `${bankId}~${what}`;
    if (now.getTime() - (this.#heardAt.get(key) ?? 0) < heardEveryMs) return;
    this.#heardAt.set(key, now.getTime());
    const set = what === 'push' ? { lastPushAt: now, lastHeartbeatAt: now } : { lastHeartbeatAt: now };
    await BankModel.updateOne({ _id: bankId }, { $set: { ...set, lastSkewMs: skewMs } });
  }

  async list(): Promise<BankDocument[]> {
    return BankModel.find().sort({ _id: 1 }).lean();
  }

  #newKey(material: { publicKey?: string; secret?: string }): { key: BankKey; issued: IssuedKey } {
    const keyId = randomUUID();
    const common = { keyId, createdAt: this.#deps.now(), revokedAt: null };
    if (material.publicKey !== undefined) {
      checked('publicKey', () => parseEd25519(material.publicKey ?? ''));
      return {
        key: { ...common, algorithm: 'ed25519', material: material.publicKey },
        issued: { keyId, algorithm: 'ed25519', secret: null },
      };
    }
    const secret = material.secret ?? `whsec_${randomBytes(32).toString('base64')}`;
    checked('secret', () => parseSecret(secret));
    return {
      key: { ...common, algorithm: 'hmac-sha256', material: this.#deps.sealer.seal(secret) },
      issued: { keyId, algorithm: 'hmac-sha256', secret },
    };
  }

  #open(key: BankKey): VerificationKey {
    return key.algorithm === 'ed25519'
      ? { algorithm: 'ed25519', publicKey: parseEd25519(key.material) }
      : { algorithm: 'hmac-sha256', secret: parseSecret(this.#deps.sealer.open(key.material)) };
  }
}

function checked(field: string, parse: () => unknown): void {
  try {
    parse();
  } catch (cause) {
    throw new InputError({ [field]: cause instanceof Error ? cause.message : 'invalid' });
  }
}
