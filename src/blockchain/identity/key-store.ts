/** Users' signing keys: issued with their certificates, kept encrypted, opened only to sign. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { LedgerIdentity } from '../ledger.port.ts';
import type { CertificateAuthority, IssuedCertificate } from './certificate-authority.ts';
import { newLedgerIdentity } from './ledger-identity.ts';
import type { MspId } from './msp.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** A user's certificate and encrypted key, as it is stored. All strings, so that any store can hold it. */
export interface StoredKey {
  readonly userId: string;
  readonly mspId: MspId;
  /** Serial number of the certificate, upper-case hexadecimal. */
  readonly serial: string;
  /** PEM. */
  readonly certificate: string;
  /** AES-256-GCM: 12 bytes nonce, 16 bytes tag, cipher text; base64. */
  readonly encryptedKey: string;
  /** End of validity, ISO 8601. */
  readonly notAfter: string;
}

/** Where encrypted keys lie. */
export interface KeyStorage {
  /** The user's present key, null when there is none. */
  find(userId: string): Promise<StoredKey | null>;
  /** Stores the user's key in place of the one before. */
  save(key: StoredKey): Promise<void>;
}

/** Where a signing identity comes from; keys held by the user can take this place. */
export interface KeyStore {
  /** @throws UnknownIdentity when the user has no key */
  identityFor(userId: string): Promise<LedgerIdentity>;
}

/** The user has no signing key. */
export class UnknownIdentity extends Error {
  override readonly name = 'UnknownIdentity';
}

/** Whom a key is made for. */
export interface EnrolmentRequest {
  readonly mspId: MspId;
  readonly userId: string;
  /** role, org, division, posts; strings, empty ones are left out. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What the platform's key store works with. */
export interface PlatformKeyStoreDeps {
  readonly storage: KeyStorage;
  readonly authorities: Readonly<Record<MspId, CertificateAuthority>>;
  /** 32 bytes from the configuration. */
  readonly encryptionKey: Uint8Array;
  /** Makes the ledger refuse a certificate. @param serial hexadecimal @param mspId organisation group that issued it */
  readonly revoke: (serial: string, mspId: MspId) => Promise<void>;
  readonly now: () => Date;
}

/** Keys held by the platform, encrypted under one key of the configuration. */
export class PlatformKeyStore implements KeyStore {
  readonly #deps: PlatformKeyStoreDeps;

  /** @throws RangeError when the encryption key is not 32 bytes */
  constructor(deps: PlatformKeyStoreDeps) {
    if (deps.encryptionKey.length !== KEY_BYTES)
      throw new RangeError('the key that encrypts keys is 32 bytes');
    this.#deps = deps;
  }

  /** Makes a key and certificate for the user; one held before is revoked first. @returns the certificate's serial */
  async enrol(request: EnrolmentRequest): Promise<string> {
    const { userId, mspId, attributes } = request;
    await this.revoke(userId);
    const authority = this.#deps.authorities[mspId];
    const { issueUserCertificate } = await import('./certificate-authority.ts');
    const issued = await issueUserCertificate(
      authority,
      { commonName: userId, attributes },
      this.#deps.now(),
    );
    await this.#deps.storage.save(encryptKey(userId, issued, this.#deps.encryptionKey));
    return issued.serial;
  }

  /** From now on the ledger refuses the user's certificate; nothing happens when there is none. */
  async revoke(userId: string): Promise<void> {
    const stored = await this.#deps.storage.find(userId);
    if (stored) await this.#deps.revoke(stored.serial, stored.mspId);
  }

  async identityFor(userId: string): Promise<LedgerIdentity> {
    const stored = await this.#deps.storage.find(userId);
    if (!stored) throw new UnknownIdentity(`user ${userId} has no signing key`);
    const privateKey = decryptKey(stored, this.#deps.encryptionKey);
    return newLedgerIdentity({ mspId: stored.mspId, certificate: stored.certificate, privateKey });
  }
}

/** A key as it is stored. @param key 32 bytes */
export function encryptKey(userId: string, issued: IssuedCertificate, key: Uint8Array): StoredKey {
  const { mspId, serial, certificate } = issued;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(userId, serial));
  const text = Buffer.concat([cipher.update(issued.privateKey, 'utf8'), cipher.final()]);
  const encryptedKey = Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
  return { userId, mspId, serial, certificate, encryptedKey, notAfter: issued.notAfter.toISOString() };
}

/** @throws Error when the key of the configuration is another, or the record was changed */
function decryptKey(stored: StoredKey, key: Uint8Array): string {
  const bytes = Buffer.from(stored.encryptedKey, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
  decipher
    .setAAD(boundTo(stored.userId, stored.serial))
    .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + 16));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + 16)), decipher.final()]).toString(
    'utf8',
  );
}

/** Ties the cipher text to its record, so that one user's key cannot be put under another's name. */
function boundTo(userId: string, serial: string): Buffer {
  return Buffer.from(`${userId}\n${serial}`);
}
