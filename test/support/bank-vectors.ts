/** Test vectors of the bank's signatures, for docs/bank-kit/vectors.json: `node bin/node24.js test/support/bank-vectors.ts` writes them anew, with the keys that the file has. */
import { createHmac, createPrivateKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sm2 } from 'sm-crypto-v2';
import { z } from 'zod';

/** Where the vectors stand. */
export const vectorFile = join(import.meta.dirname, '../../docs/bank-kit/vectors.json');

const algorithm = z.enum(['hmac-sha256', 'ed25519', 'sm2-sm3']);
const vector = z.object({
  name: z.string(),
  algorithm,
  id: z.string(),
  timestamp: z.string(),
  /** Text; its UTF-8 bytes are signed. */
  body: z.string(),
  /** Value of the header `webhook-signature`. */
  signature: z.string(),
});
const vectors = z.object({
  about: z.string(),
  keys: z.object({
    'hmac-sha256': z.object({ secret: z.string() }),
    ed25519: z.object({ privateKeyPem: z.string(), publicKey: z.string() }),
    'sm2-sm3': z.object({
      privateKeyPem: z.string(),
      privateKeyHex: z.string(),
      publicKey: z.string(),
      userId: z.string(),
    }),
  }),
  valid: z.array(vector),
  invalid: z.array(vector),
});
/** The file of vectors. */
export type BankVectors = z.infer<typeof vectors>;
/** One message with its signature. */
export type BankVector = z.infer<typeof vector>;

/** Reads the file. */
export function readVectors(): BankVectors {
  return vectors.parse(JSON.parse(readFileSync(vectorFile, 'utf8')));
}

/** What is signed. */
export function contentOf({ id, timestamp, body }: Pick<BankVector, 'id' | 'timestamp' | 'body'>): Buffer {
  return Buffer.from(`${id}.${timestamp}.${body}`, 'utf8');
}

/** Signs as a bank does. @param userId for SM2 alone */
export function signVector(
  keys: BankVectors['keys'],
  one: Omit<BankVector, 'signature' | 'name'>,
  userId = keys['sm2-sm3'].userId,
): string {
  const content = contentOf(one);
  if (one.algorithm === 'hmac-sha256') {
    const secret = Buffer.from(keys['hmac-sha256'].secret.slice(6), 'base64');
    return `v1,${createHmac('sha256', secret).update(content).digest('base64')}`;
  }
  if (one.algorithm === 'ed25519')
    return `v1a,${sign(null, content, createPrivateKey(keys.ed25519.privateKeyPem)).toString('base64')}`;
  const der = sm2.doSignature(content, keys['sm2-sm3'].privateKeyHex, { hash: true, der: true, userId });
  return `sm2,${Buffer.from(der, 'hex').toString('base64')}`;
}

const entry = (purpose: string): object => ({
  serialNo: 'T202611200000123',
  bookingDate: '2026-11-20',
  txTime: '2026-11-20T10:15:30+08:00',
  direction: 'DBIT',
  status: 'BOOK',
  amountFen: '40000000',
  currency: 'CNY',
  payer: { account: '520100000000001', name: '', bankNo: '' },
  payee: { account: '520100000000002', name: '', bankNo: '' },
  purpose,
});
const bodies = {
  'one entry': JSON.stringify({ batchNo: '20261120-0007', entries: [entry('')] }),
  'Chinese text and line breaks': JSON.stringify(
    { batchNo: '20261120-0008', entries: [entry('拨付通村公路工程款')] },
    null,
    2,
  ),
  'no body (GET)': '',
};

function make(keys: BankVectors['keys']): BankVectors {
  const good = algorithm.options.flatMap((name) =>
    Object.entries(bodies).map(([what, body], at) => {
      const one = { algorithm: name, id: `msg_${name}-${at}`, timestamp: '1795140000', body };
      return { name: `${name}: ${what}`, ...one, signature: signVector(keys, one) };
    }),
  );
  const bad = good
    .filter((one) => one.name.endsWith('one entry'))
    .flatMap((one) => [
      { ...one, name: `${one.name}, another amount`, body: one.body.replace('40000000', '40000001') },
      { ...one, name: `${one.name}, another id`, id: `${one.id}x` },
      { ...one, name: `${one.name}, another time`, timestamp: '1795140001' },
    ]);
  const base = good.find((one) => one.algorithm === 'sm2-sm3');
  if (base !== undefined)
    bad.push({ ...base, name: 'sm2-sm3: an empty user id', signature: signVector(keys, base, '') });
  return {
    about:
      'Keys of this file are public and open nothing. Signed are the bytes of id + "." + timestamp + "." + body (UTF-8). HMAC and Ed25519 signatures are always the same; SM2 signatures differ each time, so verify yours with the public key.',
    keys,
    valid: good,
    invalid: bad,
  };
}

if (import.meta.main) writeFileSync(vectorFile, `${JSON.stringify(make(readVectors().keys), null, 2)}\n`);
