import assert from 'node:assert/strict';
import { randomBytes, verify, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  createAuthority,
  MSP_IDS,
  type CertificateAuthority,
  type MspId,
} from '../blockchain/identity/certificate-authority.ts';
import { PlatformKeyStore, type KeyStorage, type StoredKey } from '../blockchain/identity/key-store.ts';
import { certificateAttributes } from '../models/chain/creator.rules.ts';
import { identityOnNetwork, renewKeys } from './new-keys.ts';

type Authorities = Record<MspId, CertificateAuthority>;

async function newAuthorities(): Promise<Authorities> {
  const made = MSP_IDS.map(async (id) => [id, await createAuthority(id, new Date())] as const);
  return Object.fromEntries(await Promise.all(made)) as Authorities;
}

test('everybody gets a certificate of the network with the attributes of the earlier one, once', async () => {
  const stored = new Map<string, StoredKey>();
  const storage: KeyStorage = {
    find: (userId) => Promise.resolve(stored.get(userId) ?? null),
    save: (key) => Promise.resolve(void stored.set(key.userId, key)),
  };
  const encryptionKey = randomBytes(32);
  const keysOf = (authorities: Authorities): PlatformKeyStore =>
    new PlatformKeyStore({
      storage,
      authorities,
      encryptionKey,
      revoke: () => Promise.resolve(),
      now: () => new Date(),
    });
  const attributes = { role: 'county-command', org: 'cph', division: '522634', posts: 'handle,check' };
  await keysOf(await newAuthorities()).enrol({ mspId: 'CountyMSP', userId: 'u1', attributes });
  const before = stored.get('u1');

  const authorities = await newAuthorities();
  const deps = { authorities, storage, encryptionKey };
  const visiting = await identityOnNetwork(deps, 'u1');
  assert.deepEqual(stored.get('u1'), before);
  await assert.rejects(identityOnNetwork(deps, 'nobody'), /nobody/);

  assert.equal(await renewKeys(deps, ['u1', 'nobody']), 1);
  assert.equal(await renewKeys(deps, ['u1']), 0);
  const identity = await keysOf(authorities).identityFor('u1');
  const root = new X509Certificate(authorities.CountyMSP.certificate);
  for (const { certificate, mspId } of [visiting, identity]) {
    assert.equal(mspId, 'CountyMSP');
    assert.ok(new X509Certificate(certificate).verify(root.publicKey));
    assert.deepEqual(certificateAttributes(certificate), attributes);
  }
  const message = Buffer.from('message');
  const { publicKey } = new X509Certificate(identity.certificate);
  assert.ok(verify('sha256', message, publicKey, await identity.sign(message)));
});
