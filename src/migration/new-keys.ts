/** New certificates for everybody: those of the earlier ledger's authorities count for nothing on a network. */
import { X509Certificate } from 'node:crypto';
import type { Authorities } from '../blockchain/identity/authority-folder.ts';
import { MSP_IDS, issueUserCertificate, type MspId } from '../blockchain/identity/certificate-authority.ts';
import { encryptKey, type KeyStorage, type StoredKey } from '../blockchain/identity/key-store.ts';
import { newLedgerIdentity } from '../blockchain/identity/ledger-identity.ts';
import type { LedgerIdentity } from '../blockchain/ledger.port.ts';
import { certificateAttributes } from '../models/chain/creator.rules.ts';

/** Whom the new authorities issue for. */
export interface NewKeysDeps {
  readonly authorities: Authorities;
  readonly storage: KeyStorage;
  /** 32 bytes, under which stored keys are encrypted. */
  readonly encryptionKey: Uint8Array;
}

/** An identity of a stored user on the network, held in memory alone; his stored key stays. @throws when he has none */
export async function identityOnNetwork(deps: NewKeysDeps, userId: string): Promise<LedgerIdentity> {
  const stored = await deps.storage.find(userId);
  if (stored === null) throw new Error(`user ${userId} has no signing key`);
  return newLedgerIdentity(await issueLike(deps, stored));
}

/**
 * Puts keys of the network in the place of the stored ones. A user who has one of the network's already keeps it.
 * @returns how many were made
 */
export async function renewKeys(deps: NewKeysDeps, userIds: readonly string[]): Promise<number> {
  let made = 0;
  for (const userId of userIds) {
    const stored = await deps.storage.find(userId);
    if (stored === null || isOfNetwork(deps.authorities, stored)) continue;
    await deps.storage.save(encryptKey(userId, await issueLike(deps, stored), deps.encryptionKey));
    made++;
  }
  return made;
}

function issueLike({ authorities }: NewKeysDeps, stored: StoredKey): ReturnType<typeof issueUserCertificate> {
  const attributes = certificateAttributes(stored.certificate);
  return issueUserCertificate(authorities[mspOf(stored)], { commonName: stored.userId, attributes });
}

function mspOf({ mspId }: StoredKey): MspId {
  const known = MSP_IDS.find((one) => one === mspId);
  if (known === undefined) throw new Error(`the network has no organisation ${mspId}`);
  return known;
}

function isOfNetwork(authorities: Authorities, stored: StoredKey): boolean {
  const root = new X509Certificate(authorities[mspOf(stored)].certificate);
  return new X509Certificate(stored.certificate).verify(root.publicKey);
}
