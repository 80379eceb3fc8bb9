import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { withLowS } from './signature.ts';

const HALF = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

test('every signature comes out with the lower S and still verifies', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let changed = 0;
  for (let round = 0; round < 64; round++) {
    const message = Buffer.from(`message ${round}`);
    const signature = sign('sha256', message, privateKey);
    const low = Buffer.from(withLowS(signature));
    if (!low.equals(signature)) changed++;
    const sLength = low[5 + low[3]!]!;
    assert.ok(BigInt(`0x${low.subarray(-sLength).toString('hex')}`) <= HALF);
    assert.ok(verify('sha256', message, publicKey, low));
  }
  assert.ok(changed > 0 && changed < 64);
});

test('what is no signature is left as it is', () => {
  for (const bytes of [Buffer.from('no DER'), Buffer.alloc(0), Buffer.from('3006020101', 'hex')])
    assert.equal(withLowS(bytes), bytes);
});
