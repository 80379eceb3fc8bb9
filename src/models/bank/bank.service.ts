/** Admits banks, issues their keys in two hands, and sets from where a bank may call. */
import { randomBytes, randomUUID } from 'node:crypto';
import { DomainError, InputError } from '../kernel/errors.ts';
import { endsAfterActivation, keyStateOf, longestOverlapHours } from './bank-key.rules.ts';
import {
  BankModel,
  type BankAccess,
  type BankChange,
  type BankDocument,
  type BankKey,
} from './bank.schema.ts';
import { checkAuthority, checkNetwork } from './caller.rules.ts';
import { algorithmTable, type KeyAlgorithm } from './key-material.rules.ts';

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
  /** Tells every process that a bank changed, so that none goes on with what it remembers. */
  readonly announce: (bankId: string) => Promise<void>;
}

/** What a bank's engineer gets, once: the platform never shows a secret again. */
export interface IssuedKey {
  readonly keyId: string;
  readonly algorithm: KeyAlgorithm;
  /** `whsec_…` for HMAC; null for Ed25519 and SM2, whose private half the bank keeps. */
  readonly secret: string | null;
}

/** What a new key is made of. */
export interface NewKey {
  /** Ed25519 in base64, or SM2 in hex `04…`; absent = the platform makes an HMAC secret. */
  readonly publicKey?: string;
  /** An HMAC secret that the bank brings. */
  readonly secret?: string;
  /** Hours that the keys before it stay live once it is activated, 0 to 168; absent = until they are revoked. */
  readonly overlapHours?: number;
}

/** Records of a bank that are kept. */
const keptChanges = 500;

/** Admitted banks, their keys and their access. */
export class BankService {
  readonly #deps: BankServiceDeps;

  constructor(deps: BankServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Admits a bank with its first key, which opens nothing until a second person activates it.
   * @throws InputError when the public key is not one
   * @throws DomainError ALREADY_EXISTS
   */
  async admit(
    bank: { bankId: string; name: string; feedUserId: string; admittedBy: string } & NewKey,
  ): Promise<IssuedKey> {
    const { bankId: _id, name, feedUserId, admittedBy } = bank;
    const { key, issued } = this.#newKey(admittedBy, bank);
    if ((await BankModel.exists({ _id })) !== null)
      throw new DomainError('ALREADY_EXISTS', `bank ${_id} is already admitted`);
    const changes = [this.#change(admittedBy, 'admitted'), this.#change(admittedBy, 'key-issued', key.keyId)];
    const admittedAt = this.#deps.now();
    await BankModel.create({ _id, name, feedUserId, admittedBy, admittedAt, keys: [key], changes });
    return issued;
  }

  /**
   * Makes a key; it opens nothing until a second person activates it, and the keys before it stay live until then.
   * @throws InputError when the public key, secret or overlap is not one; DomainError NOT_FOUND
   */
  async issueKey(bankId: string, by: string, material: NewKey = {}): Promise<IssuedKey> {
    const { key, issued } = this.#newKey(by, material);
    await this.#write(bankId, { keys: key, changes: this.#change(by, 'key-issued', key.keyId) });
    return issued;
  }

  /**
   * The second person's act: from now the key opens the door, and with an overlap the keys before it will end.
   * @throws DomainError NOT_FOUND, WRONG_STATE (not waiting), SAME_PERSON (who issued it)
   */
  async activateKey(bankId: string, keyId: string, by: string): Promise<void> {
    const now = this.#deps.now();
    const bank = await this.#bank(bankId);
    const key = bank.keys.find((one) => one.keyId === keyId);
    if (key === undefined) throw new DomainError('NOT_FOUND', `bank ${bankId} has no key ${keyId}`);
    if (keyStateOf(key, now) !== 'PENDING')
      throw new DomainError('WRONG_STATE', `key ${keyId} does not wait`);
    if (key.issuedBy === by) throw new DomainError('SAME_PERSON', 'another person must activate a key');
    const ends = endsAfterActivation(bank.keys, key, now);
    const sets = bank.keys.flatMap((one, at): [string, unknown][] => {
      if (one.keyId === keyId)
        return [
          [`keys.${at}.activatedAt`, now],
          [`keys.${at}.activatedBy`, by],
        ];
      const endsAt = ends.get(one.keyId);
      return endsAt === undefined ? [] : [[`keys.${at}.endsAt`, endsAt]];
    });
    const updated = await BankModel.updateOne(
      {
        _id: bankId,
        keys: { $size: bank.keys.length, $elemMatch: { keyId, activatedAt: null, revokedAt: null } },
      },
      { $set: Object.fromEntries(sets), ...this.#record(by, 'key-activated', keyId) },
    );
    if (updated.matchedCount === 0) throw new DomainError('WRONG_STATE', 'someone else was faster');
    await this.#deps.announce(bankId);
  }

  /** Revokes a key at once, by one person alone. @throws DomainError NOT_FOUND when it is not there or revoked already */
  async revokeKey(bankId: string, keyId: string, by: string): Promise<void> {
    const updated = await BankModel.updateOne(
      { _id: bankId, keys: { $elemMatch: { keyId, revokedAt: null } } },
      {
        $set: { 'keys.$[one].revokedAt': this.#deps.now() },
        ...this.#record(by, 'key-revoked', keyId),
      },
      { arrayFilters: [{ 'one.keyId': keyId }] },
    );
    if (updated.matchedCount === 0)
      throw new DomainError('NOT_FOUND', `key ${keyId} of bank ${bankId} is not live`);
    await this.#deps.announce(bankId);
  }

  /** Sets from where and how a bank may call. @throws InputError for a network or certificate that is none; DomainError NOT_FOUND */
  async setAccess(bankId: string, by: string, access: BankAccess): Promise<void> {
    checked('addresses', () => access.addresses.forEach(checkNetwork));
    const { certificate } = access;
    if (certificate !== null) checked('caPem', () => checkAuthority(certificate.caPem));
    if (certificate?.commonName === '') throw new InputError({ commonName: 'banks.fault.commonName' });
    await this.#write(bankId, { changes: this.#change(by, 'access-set') }, { access });
    await this.#deps.announce(bankId);
  }

  /** Every admitted bank, by id. */
  async list(): Promise<BankDocument[]> {
    return BankModel.find().sort({ _id: 1 }).lean();
  }

  async #bank(bankId: string): Promise<BankDocument> {
    const bank = await BankModel.findById(bankId).lean();
    if (bank === null) throw new DomainError('NOT_FOUND', `bank ${bankId} is not admitted`);
    return bank;
  }

  async #write(bankId: string, pushed: { keys?: BankKey; changes: BankChange }, set = {}): Promise<void> {
    const updated = await BankModel.updateOne({ _id: bankId }, { $push: pushed, $set: set });
    if (updated.matchedCount === 0) throw new DomainError('NOT_FOUND', `bank ${bankId} is not admitted`);
  }

  #record(by: string, what: BankChange['what'], keyId: string): object {
    return { $push: { changes: { $each: [this.#change(by, what, keyId)], $slice: -keptChanges } } };
  }

  #change(by: string, what: BankChange['what'], keyId: string | null = null): BankChange {
    return { at: this.#deps.now(), by, what, keyId };
  }

  #newKey(by: string, material: NewKey): { key: BankKey; issued: IssuedKey } {
    const { publicKey, overlapHours = null } = material;
    if (overlapHours !== null && !isOverlap(overlapHours))
      throw new InputError({ overlapHours: 'banks.fault.overlap' });
    const algorithm = algorithmOf(publicKey);
    const plain = publicKey ?? material.secret ?? `whsec_${randomBytes(32).toString('base64')}`;
    checked(publicKey === undefined ? 'secret' : 'publicKey', () => algorithmTable[algorithm].open(plain));
    const isSecret = algorithm === 'hmac-sha256';
    const keyId = randomUUID();
    const key: BankKey = {
      keyId,
      algorithm,
      material: isSecret ? this.#deps.sealer.seal(plain) : plain,
      createdAt: this.#deps.now(),
      issuedBy: by,
      overlapHours,
      activatedAt: null,
      revokedAt: null,
    };
    return { key, issued: { keyId, algorithm, secret: isSecret ? plain : null } };
  }
}

function isOverlap(hours: number): boolean {
  return Number.isInteger(hours) && hours >= 0 && hours <= longestOverlapHours;
}

/** A public key tells by its form what it is. */
function algorithmOf(publicKey: string | undefined): KeyAlgorithm {
  if (publicKey === undefined) return 'hmac-sha256';
  return /^04[0-9a-f]{128}$/i.test(publicKey) ? 'sm2-sm3' : 'ed25519';
}

/** The field's fault as a key of the catalogue. */
function checked(field: string, parse: () => unknown): void {
  try {
    parse();
  } catch {
    throw new InputError({ [field]: `banks.fault.${field}` });
  }
}
