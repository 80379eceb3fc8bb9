/** Signs a message after Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), with every key that the bank has. */

import { createHmac, createPublicKey, sign } from 'node:crypto';
import { ed25519Key } from '../setup.ts';
import type { Bank } from '../setup.ts';

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
  return {
    'content-type': 'application/json; charset=utf-8',
    'bank-id': bank.bankId,
    'webhook-id': webhookId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** @returns the bank's Ed25519 public key, base64 of its 32 bytes; undefined when it has none */
export function publicKeyOf(bank: Bank): string | undefined {
  if (bank.ed25519PrivateKey === undefined) return undefined;
  const { x } = createPublicKey(ed25519Key(bank.ed25519PrivateKey)).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url').toString('base64');
}
