import assert from 'node:assert/strict';
import { randomBytes, verify, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createAuthority, MSP_IDS, type CertificateAuthority, type MspId } from './certificate-authority.ts';
import { PlatformKeyStore, UnknownIdentity, type StoredKey } from './key-store.ts';

interface Fixture {
  readonly keys: PlatformKeyStore;
  readonly stored: Map<string, StoredKey>;
  readonly revoked: string[];
}

async function fixture(
  encryptionKey = randomBytes(32),
): Promise<Fixture & { reopen: (key: Buffer) => PlatformKeyStore }> {
  const stored = new Map<string, StoredKey>();
  const revoked: string[] = [];
  const pairs = await Promise.all(
    MSP_IDS.map(async (id) => [id, await createAuthority(id, new Date())] as const),
  );
  const authorities = Object.fromEntries(pairs) as Record<MspId, CertificateAuthority>;
  const reopen = (key: Buffer): PlatformKeyStore =>
    new PlatformKeyStore({
      storage: {
        find: (userId) => Promise.resolve(stored.get(userId) ?? null),
        save: (key) => Promise.resolve(void stored.set(key.userId, key)),
      },
      authorities,
      encryptionKey: key,
      revoke: (serial) => Promise.resolve(void revoked.push(serial)),
      now: () => new Date(),
    });
  return { keys: reopen(encryptionKey), reopen, stored, revoked };
}

const REQUEST = {
  mspId: 'CountyMSP',
  userId: 'u1',
  attributes: { role: 'county', posts: 'handle,check' },
} as const;

test('an enrolled user signs with the key of the certificate', async () => {
  const { keys } = await fixture();
  await keys.enrol(REQUEST);
  const identity = await keys.identityFor('u1');
  const certificate = new X509Certificate(identity.certificate);
  const message = Buffer.from('message');
  assert.equal(identity.mspId, 'CountyMSP');
  assert.match(certificate.subject, /CN=u1\nOU=client\nO=CountyMSP/);
  assert.ok(verify('sha256', message, certificate.publicKey, await identity.sign(message)));
});

test('the stored record does not hold the key in the clear', async () => {
  const { keys, stored } = await fixture();
  await keys.enrol(REQUEST);
  const record = JSON.stringify(stored.get('u1'));
  assert.doesNotMatch(record, /PRIVATE KEY/);
  assert.doesNotMatch(
    Buffer.from(stored.get('u1')?.encryptedKey ?? '', 'base64').toString('latin1'),
    /PRIVATE KEY/,
  );
});

test('another configuration key, or a record moved to another user, does not open', async () => {
  const { keys, stored, reopen } = await fixture();
  await keys.enrol(REQUEST);
  await assert.rejects(reopen(randomBytes(32)).identityFor('u1'));
  const record = stored.get('u1');
  assert.ok(record);
  stored.set('u2', { ...record, userId: 'u2' });
  await assert.rejects(keys.identityFor('u2'));
});

test('a second enrolment and a revocation hand the serial to the ledger', async () => {
  const { keys, revoked } = await fixture();
  const first = await keys.enrol(REQUEST);
  const second = await keys.enrol(REQUEST);
  await keys.revoke('u1');
  await keys.revoke('nobody');
  assert.deepEqual(revoked, [first, second]);
});

test('a user without a key is told apart', async () => {
  const { keys } = await fixture();
  await assert.rejects(keys.identityFor('nobody'), UnknownIdentity);
});

test('a short encryption key is refused', async () => {
  const { reopen } = await fixture();
  assert.throws(() => reopen(randomBytes(16)), RangeError);
});
