/** A ledger identity made from a certificate and a private key held in this process. */
import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { LedgerIdentity } from '../ledger.port.ts';

/** What an identity is made from. */
export interface IdentityParts {
  readonly mspId: string;
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

/** @throws Error when the key cannot be read */
export function newLedgerIdentity(parts: IdentityParts): LedgerIdentity {
  const key: KeyObject = createPrivateKey(parts.privateKey);
  return {
    mspId: parts.mspId,
    certificate: parts.certificate,
    sign: (message) => sign('sha256', message, key),
  };
}
