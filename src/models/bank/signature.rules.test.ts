/** Authentic messages pass, everything else is refused without saying why. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { test } from 'node:test';
import { parseEd25519, parseSecret, verifyMessage, type VerificationKey } from './signature.rules.ts';

const now = Date.UTC(2026, 10, 20, 2, 0, 0);
const seconds = (shift: number): string => String(now / 1000 + shift);
const body = Buffer.from('{"batchNo":"1"}');
const secret = randomBytes(32);
const hmacKey: VerificationKey = { algorithm: 'hmac-sha256', secret };
const hmac = (key: Buffer, id: string, timestamp: string): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;

test('a message signed with a live HMAC key is authentic and tells the clock difference', () => {
  const headers = { id: 'm-1', timestamp: seconds(7), signature: hmac(secret, 'm-1', seconds(7)) };
  assert.equal(verifyMessage(headers, body, [hmacKey], now), 7000);
});

test('during rotation a message signed with old, new or both keys is authentic', () => {
  const other = randomBytes(24);
  const keys: VerificationKey[] = [hmacKey, { algorithm: 'hmac-sha256', secret: other }];
  const old = hmac(secret, 'm-1', seconds(0));
  const fresh = hmac(other, 'm-1', seconds(0));
  for (const signature of [old, fresh, `${old} ${fresh}`, `v9,abc ${fresh}`]) {
    assert.equal(verifyMessage({ id: 'm-1', timestamp: seconds(0), signature }, body, keys, now), 0);
  }
});

test('Ed25519 signatures are verified with the public key alone', () => {
  const pair = generateKeyPairSync('ed25519');
  const publicText = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString(
    'base64',
  );
  const key: VerificationKey = { algorithm: 'ed25519', publicKey: parseEd25519(publicText) };
  const content = Buffer.concat([Buffer.from(`m-2.${seconds(0)}.`), body]);
  const signature = `v1a,${sign(null, content, pair.privateKey).toString('base64')}`;
  assert.equal(verifyMessage({ id: 'm-2', timestamp: seconds(0), signature }, body, [key], now), 0);
  assert.equal(
    verifyMessage({ id: 'm-2', timestamp: seconds(0), signature }, Buffer.from('{}'), [key], now),
    null,
  );
});

const good = (): { id: string; timestamp: string; signature: string } => ({
  id: 'm-1',
  timestamp: seconds(0),
  signature: hmac(secret, 'm-1', seconds(0)),
});
const refused: [string, { id: string; timestamp: string; signature: string }][] = [
  ['stale', { ...good(), timestamp: seconds(-301), signature: hmac(secret, 'm-1', seconds(-301)) }],
  ['future', { ...good(), timestamp: seconds(301), signature: hmac(secret, 'm-1', seconds(301)) }],
  ['an id with the separator', { ...good(), id: 'm.1', signature: hmac(secret, 'm.1', seconds(0)) }],
  [
    'a lenient timestamp',
    { ...good(), timestamp: `${seconds(0)} `, signature: hmac(secret, 'm-1', `${seconds(0)} `) },
  ],
  ['another key', { ...good(), signature: hmac(randomBytes(32), 'm-1', seconds(0)) }],
  ['a truncated signature', { ...good(), signature: good().signature.slice(0, 20) }],
  ['no signature', { ...good(), signature: '' }],
  [
    'the right signature only in sixth place',
    { ...good(), signature: `${'v1,AAAA '.repeat(5)}${good().signature}` },
  ],
];
for (const [what, headers] of refused) {
  test(`refused: ${what}`, () => {
    assert.equal(verifyMessage(headers, body, [hmacKey], now), null);
  });
}

test('secrets and public keys of a wrong length are refused', () => {
  assert.throws(() => parseSecret('whsec_AAAA'), RangeError);
  assert.throws(() => parseSecret(randomBytes(32).toString('base64')), RangeError);
  assert.throws(() => parseEd25519('AAAA'), RangeError);
});
