/** What the sample bank signs with each of its keys is authentic for the platform, which shares no code with it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sm2 } from 'sm-crypto-v2';
import { algorithmTable, type KeyAlgorithm } from '../../src/models/bank/key-material.rules.ts';
import { verifyMessage, type Verified } from '../../src/models/bank/signature.rules.ts';
import { publicKeysOf, signedHeaders } from '../../standalone/sample-bank/src/push/sign.ts';
import type { Bank } from '../../standalone/sample-bank/src/setup.ts';

const bank = { bankId: 'bank-a', name: '甲银行' };
const hmacSecret = `whsec_${randomBytes(32).toString('base64')}`;
const ed25519PrivateKey = randomBytes(32).toString('base64');
const sm2PrivateKey = sm2.generateKeyPairHex().privateKey;
const { ed25519 = '', sm2: sm2Key = '' } = publicKeysOf({ ...bank, ed25519PrivateKey, sm2PrivateKey });
const message = { webhookId: 'm-1', body: '{"entries":[{"purpose":"拨款"}]}' };

function verified(signing: Bank, algorithm: KeyAlgorithm, material: string, body: string): Verified | null {
  const at = new Date();
  const headers = signedHeaders(signing, { ...message, at });
  const sent = {
    id: headers['webhook-id'] ?? '',
    timestamp: headers['webhook-timestamp'] ?? '',
    signature: headers['webhook-signature'] ?? '',
  };
  const key = { keyId: 'k', algorithm, verify: algorithmTable[algorithm].open(material) };
  return verifyMessage(sent, Buffer.from(body), [key], at.getTime());
}

const cases: [KeyAlgorithm, Bank, string][] = [
  ['hmac-sha256', { ...bank, hmacSecret }, hmacSecret],
  ['ed25519', { ...bank, ed25519PrivateKey }, ed25519],
  ['sm2-sm3', { ...bank, sm2PrivateKey }, sm2Key],
];
for (const [algorithm, signing, material] of cases)
  test(`${algorithm}: alone and among several, and for these bytes alone`, () => {
    assert.equal(verified(signing, algorithm, material, message.body)?.algorithm, algorithm);
    const all = { ...bank, hmacSecret, ed25519PrivateKey, sm2PrivateKey };
    assert.equal(verified(all, algorithm, material, message.body)?.algorithm, algorithm);
    assert.equal(verified(signing, algorithm, material, `${message.body} `), null);
  });
