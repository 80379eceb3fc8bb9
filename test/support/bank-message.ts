/** A message as a bank signs it, and the bank's door. */
import { createHmac, randomUUID } from 'node:crypto';
import supertest from 'supertest';
import type { Express } from 'express';
import { entryOf } from './web.ts';

/** A message ready to be sent, or to be tampered with. */
export interface BankMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Who signs, and what differs from an ordinary message. */
export interface Signing {
  readonly bankId: string;
  /** `whsec_…`; absent when `sign` is given. */
  readonly secret?: string;
  /** Makes one signature with its mark, over the signed content. */
  readonly sign?: (content: Buffer) => string;
  readonly body?: string;
  readonly id?: string;
  /** Seconds since epoch; now when absent. */
  readonly timestamp?: number;
}

/** HMAC signature with its mark. */
export function hmacOf(secret: string, content: Buffer): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

/** Signs a message; the body is one new entry when none is given. */
export function signed(signing: Signing): BankMessage {
  const { bankId, body = JSON.stringify({ batchNo: 'test', entries: [freshEntry()] }) } = signing;
  const { id = randomUUID(), timestamp = Math.floor(Date.now() / 1000) } = signing;
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const sign = signing.sign ?? ((bytes) => hmacOf(signing.secret ?? '', bytes));
  return {
    headers: {
      'bank-id': bankId,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign(content),
      'content-type': 'application/json; charset=utf-8',
    },
    body,
  };
}

/** Posts a message. @param more headers on top, for example the address behind a proxy */
export function knock(
  app: Express,
  { headers, body }: BankMessage,
  { path = 'flows', more = {} }: { path?: string; more?: Record<string, string> } = {},
): supertest.Test {
  return supertest(app)
    .post(`/api/v1/bank/${path}`)
    .set({ ...headers, ...more })
    .send(body);
}

let serials = 0;
/** A booked entry with a serial number that was never used. */
export function freshEntry(change: object = {}): Record<string, unknown> {
  serials += 1;
  const flow = {
    serialNo: `K${process.pid}N${String(serials).padStart(6, '0')}`,
    bookingDate: '2026-11-20',
    payerAccount: '520100000000001',
    payeeAccount: '520100000000002',
    amountFen: '100',
  };
  return entryOf(flow, change) as Record<string, unknown>;
}
