/** The test vectors of docs/bank-kit hold for the platform, for openssl, and for the standard's own example. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contentOf, readVectors, signVector, type BankVector } from '../../../test/support/bank-vectors.ts';
import { algorithmTable } from './key-material.rules.ts';
import { verifyMessage, type VerificationKey } from './signature.rules.ts';

const { keys, valid, invalid } = readVectors();
const material = {
  'hmac-sha256': keys['hmac-sha256'].secret,
  ed25519: keys.ed25519.publicKey,
  'sm2-sm3': keys['sm2-sm3'].publicKey,
};

function isAuthentic({ algorithm, id, timestamp, body, signature }: BankVector): boolean {
  const verify = algorithmTable[algorithm].open(material[algorithm]);
  const key: VerificationKey = { keyId: 'k', algorithm, verify };
  const nowMs = Number(timestamp) * 1000;
  return verifyMessage({ id, timestamp, signature }, Buffer.from(body), [key], nowMs) !== null;
}

for (const one of valid)
  test(`authentic: ${one.name}`, () => {
    assert.equal(isAuthentic(one), true);
    assert.equal(isAuthentic({ ...one, signature: signVector(keys, one) }), true);
    if (one.algorithm !== 'sm2-sm3') assert.equal(signVector(keys, one), one.signature);
  });
for (const one of invalid)
  test(`refused: ${one.name}`, () => {
    assert.equal(isAuthentic(one), false);
  });

test('every algorithm has authentic and refused vectors', () => {
  const algorithms = Object.keys(material).sort();
  for (const list of [valid, invalid])
    assert.deepEqual([...new Set(list.map((one) => one.algorithm))].sort(), algorithms);
});

// GM/T 0003.5-2012, annex A.2.
test('the signature of the standard’s example is verified', () => {
  const publicKey =
    '0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020' +
    'CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13';
  const r = 'F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3';
  const s = 'B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA';
  const der = Buffer.from(`3046022100${r}022100${s}`, 'hex');
  const verify = algorithmTable['sm2-sm3'].open(publicKey);
  assert.equal(verify(Buffer.from('message digest'), der), true);
  assert.equal(verify(Buffer.from('message digesT'), der), false);
});

const hasOpenssl = /^OpenSSL 3/.test(String(spawnSync('openssl', ['version']).stdout));
test('openssl verifies the SM2 vectors and no others', { skip: hasOpenssl ? false : 'no openssl 3' }, () => {
  const folder = mkdtempSync('/tmp/bv-');
  try {
    const [key, content, signature] = ['key', 'content', 'signature'].map((name) => join(folder, name));
    assert.ok(key !== undefined && content !== undefined && signature !== undefined);
    writeFileSync(key, keys['sm2-sm3'].privateKeyPem, { mode: 0o600 });
    const verdict = (one: BankVector): boolean => {
      writeFileSync(content, contentOf(one));
      writeFileSync(signature, Buffer.from(one.signature.slice(4), 'base64'));
      const files = ['-inkey', key, '-in', content, '-sigfile', signature];
      const options = ['-rawin', '-digest', 'sm3', '-pkeyopt', `distid:${keys['sm2-sm3'].userId}`];
      return spawnSync('openssl', ['pkeyutl', '-verify', ...files, ...options]).status === 0;
    };
    const sm2 = (list: readonly BankVector[]): boolean[] =>
      list.filter((one) => one.algorithm === 'sm2-sm3').map(verdict);
    assert.deepEqual(sm2(valid), [true, true, true]);
    assert.deepEqual(sm2(invalid), [false, false, false, false]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
