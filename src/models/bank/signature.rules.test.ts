/** Authentic messages pass, everything else is refused without saying why. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { test } from 'node:test';
import { sm2 } from 'sm-crypto-v2';
import { algorithmTable, type KeyAlgorithm } from './key-material.rules.ts';
import { verifyMessage, type SignedHeaders, type VerificationKey } from './signature.rules.ts';

const now = Date.UTC(2026, 10, 20, 2, 0, 0);
const seconds = (shift: number): string => String(now / 1000 + shift);
const body = Buffer.from('{"batchNo":"1"}');
const secret = randomBytes(32);
const keyOf = (algorithm: KeyAlgorithm, material: string, keyId = 'k'): VerificationKey => ({
  keyId,
  algorithm,
  verify: algorithmTable[algorithm].open(material),
});
const hmacOf = (bytes: Buffer, keyId?: string): VerificationKey =>
  keyOf('hmac-sha256', `whsec_${bytes.toString('base64')}`, keyId);
const hmacKey = hmacOf(secret);
const hmac = (key: Buffer, id: string, timestamp: string): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
const contentOf = ({ id, timestamp }: { id: string; timestamp: string }): Buffer =>
  Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);

test('a message signed with a live HMAC key is authentic and tells the clock difference and the key', () => {
  const headers = { id: 'm-1', timestamp: seconds(7), signature: hmac(secret, 'm-1', seconds(7)) };
  assert.deepEqual(verifyMessage(headers, body, [hmacKey], now), {
    keyId: 'k',
    algorithm: 'hmac-sha256',
    skewMs: 7000,
  });
});

test('during rotation a message signed with old, new or both keys is authentic', () => {
  const other = randomBytes(24);
  const keys = [hmacOf(secret, 'old'), hmacOf(other, 'new')];
  const old = hmac(secret, 'm-1', seconds(0));
  const fresh = hmac(other, 'm-1', seconds(0));
  const signer = (signature: string): string | undefined =>
    verifyMessage({ id: 'm-1', timestamp: seconds(0), signature }, body, keys, now)?.keyId;
  assert.deepEqual([old, fresh, `${fresh} ${old}`, `v9,abc ${fresh}`].map(signer), [
    'old',
    'new',
    'new',
    'new',
  ]);
});

const ed25519 = generateKeyPairSync('ed25519');
const ed25519Public = Buffer.from(ed25519.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const sm2Pair = sm2.generateKeyPairHex();
const signSm2 = (content: Buffer): string =>
  Buffer.from(sm2.doSignature(content, sm2Pair.privateKey, { hash: true, der: true }), 'hex').toString(
    'base64',
  );
const signed = { id: 'm-2', timestamp: seconds(0) };
const asymmetric: [string, VerificationKey, string][] = [
  [
    'Ed25519',
    keyOf('ed25519', ed25519Public.toString('base64')),
    `v1a,${sign(null, contentOf(signed), ed25519.privateKey).toString('base64')}`,
  ],
  ['SM2', keyOf('sm2-sm3', sm2Pair.publicKey), `sm2,${signSm2(contentOf(signed))}`],
];
for (const [name, key, signature] of asymmetric) {
  test(`${name} signatures are verified with the public key alone`, () => {
    const verified = (headers: SignedHeaders, bytes: Buffer): unknown =>
      verifyMessage(headers, bytes, [key], now)?.keyId ?? null;
    assert.equal(verified({ ...signed, signature }, body), 'k');
    assert.equal(verified({ ...signed, signature }, Buffer.from('{}')), null);
    assert.equal(verified({ ...signed, id: 'm-3', signature }, body), null);
    const mark = signature.startsWith('sm2') ? 'v1a' : 'sm2';
    assert.equal(verified({ ...signed, signature: `${mark},${signature.split(',')[1] ?? ''}` }, body), null);
  });

  test(`${name}: no flipped bit of the signature is taken for the same signature`, () => {
    const bytes = Buffer.from(signature, 'latin1');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const headers = { ...signed, signature: flipped.toString('latin1') };
      assert.equal(verifyMessage(headers, body, [key], now), null, `bit ${bit}`);
    }
  });
}

test('an SM2 signature of a number out of range, with a long form or with a tail is refused', () => {
  const key = asymmetric[1]?.[1];
  assert.ok(key !== undefined);
  const good = Buffer.from((asymmetric[1]?.[2] ?? '').slice(4), 'base64');
  const number = (value: number): Buffer => Buffer.from([2, 1, value]);
  const sequence = (...parts: Buffer[]): Buffer => {
    const inner = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([0x30, inner.length]), inner]);
  };
  const rest = good.subarray(2);
  const forms = [
    sequence(number(0), number(1)),
    sequence(number(1), number(0)),
    sequence(Buffer.from([2, 33, 0, ...Buffer.alloc(32, 0xff)]), number(1)),
    Buffer.concat([good, Buffer.from([0])]),
    Buffer.concat([Buffer.from([0x30, 0x81, rest.length]), rest]),
    sequence(rest, number(1)),
    good.subarray(0, 20),
  ];
  assert.equal(key.verify(contentOf(signed), good), true);
  assert.deepEqual(
    forms.map((form) => key.verify(contentOf(signed), form)),
    forms.map(() => false),
  );
});

const good = (): SignedHeaders => ({
  id: 'm-1',
  timestamp: seconds(0),
  signature: hmac(secret, 'm-1', seconds(0)),
});
const refused: [string, SignedHeaders][] = [
  ['stale', { ...good(), timestamp: seconds(-301), signature: hmac(secret, 'm-1', seconds(-301)) }],
  ['future', { ...good(), timestamp: seconds(301), signature: hmac(secret, 'm-1', seconds(301)) }],
  ['an id with the separator', { ...good(), id: 'm.1', signature: hmac(secret, 'm.1', seconds(0)) }],
  [
    'a lenient timestamp',
    { ...good(), timestamp: `${seconds(0)} `, signature: hmac(secret, 'm-1', `${seconds(0)} `) },
  ],
  ['another key', { ...good(), signature: hmac(randomBytes(32), 'm-1', seconds(0)) }],
  ['a truncated signature', { ...good(), signature: good().signature.slice(0, 20) }],
  ['base64 without its padding', { ...good(), signature: good().signature.replace('=', '') }],
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

test('secrets and public keys of a wrong length, spelling or curve are refused', () => {
  const wrong: [KeyAlgorithm, string][] = [
    ['hmac-sha256', 'whsec_AAAA'],
    ['hmac-sha256', randomBytes(32).toString('base64')],
    ['hmac-sha256', `whsec_${randomBytes(65).toString('base64')}`],
    ['ed25519', 'AAAA'],
    ['sm2-sm3', sm2Pair.publicKey.slice(2)],
    ['sm2-sm3', `04${'1'.repeat(128)}`],
  ];
  for (const [algorithm, material] of wrong)
    assert.throws(() => algorithmTable[algorithm].open(material), RangeError, `${algorithm} ${material}`);
});
