/** Signs a message after Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), with every key that the bank has. */

import { createHmac, createPublicKey, sign } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import { ed25519Key } from '../setup.ts';
import type { Bank } from '../setup.ts';

/** The id under which GM/T 0009 signs where both sides agreed on none. */
const SM2_USER_ID = '1234567812345678';

/** What is signed. */
export interface Message {
  readonly webhookId: string;
  readonly body: string;
  /** The real time; the receiver allows no more than 300 s between its clock and this. */
  readonly at: Date;
}

/**
 * @param bank with its keys
 * @param message id, body and time
 * @returns the headers of the request
 */
export function signedHeaders(bank: Bank, { webhookId, body, at }: Message): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1000).toString();
  const content = Buffer.from(`${webhookId}.${timestamp}.${body}`, 'utf8');
  const signatures: string[] = [];
  if (bank.hmacSecret !== undefined) {
    const key = Buffer.from(bank.hmacSecret.replace(/^whsec_/, ''), 'base64');
    signatures.push(`v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  }
  if (bank.ed25519PrivateKey !== undefined) {
    signatures.push(`v1a,${sign(null, content, ed25519Key(bank.ed25519PrivateKey)).toString('base64')}`);
  }
  if (bank.sm2PrivateKey !== undefined) {
    const der = sm2.doSignature(content, bank.sm2PrivateKey, { der: true, hash: true, userId: SM2_USER_ID });
    signatures.push(`sm2,${Buffer.from(der, 'hex').toString('base64')}`);
  }
  return {
    'content-type': 'application/json; charset=utf-8',
    'bank-id': bank.bankId,
    'webhook-id': webhookId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** @returns the public halves of the bank's keys: Ed25519 as base64 of 32 bytes, SM2 as hexadecimal digits `04…` */
export function publicKeysOf(bank: Bank): { ed25519?: string; sm2?: string } {
  const { ed25519PrivateKey: seed, sm2PrivateKey: scalar } = bank;
  return {
    ...(seed === undefined ? {} : { ed25519: ed25519PublicKey(seed) }),
    ...(scalar === undefined ? {} : { sm2: sm2.getPublicKeyFromPrivateKey(scalar) }),
  };
}

function ed25519PublicKey(seed: string): string {
  const { x } = createPublicKey(ed25519Key(seed)).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url').toString('base64');
}
