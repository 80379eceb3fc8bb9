/** Verifies a pushed message's headers and signature after Standard Webhooks 1.0.0 (https://www.standardwebhooks.com). */
import { createHmac, createPublicKey, timingSafeEqual, verify, type KeyObject } from 'node:crypto';

/** A live key, ready for use. */
export type VerificationKey =
  | { readonly algorithm: 'hmac-sha256'; readonly secret: Buffer }
  | { readonly algorithm: 'ed25519'; readonly publicKey: KeyObject };

/** The three headers of a message as received. */
export interface SignedHeaders {
  readonly id: string;
  /** Seconds since epoch, as the sender wrote it. */
  readonly timestamp: string;
  readonly signature: string;
}

/** Furthest distance of the sender's clock from ours, s, both ways. */
export const toleranceSeconds = 300;
const maxSignatures = 5;

/**
 * Checks form, time and signature of a message against every live key.
 * @param body the raw bytes, before any decoding
 * @param nowMs our clock, ms since epoch
 * @returns the sender's clock minus ours, ms, or null when the message is not authentic; never why
 */
export function verifyMessage(
  headers: SignedHeaders,
  body: Uint8Array,
  keys: readonly VerificationKey[],
  nowMs: number,
): number | null {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(headers.id) || !/^\d{10}$/.test(headers.timestamp)) return null;
  const skewMs = Number(headers.timestamp) * 1000 - nowMs;
  if (Math.abs(skewMs) > toleranceSeconds * 1000) return null;
  const content = Buffer.concat([Buffer.from(`${headers.id}.${headers.timestamp}.`), body]);
  const signatures = headers.signature.split(' ').filter(Boolean).slice(0, maxSignatures);
  return signatures.some((signature) => matchesAny(signature, content, keys)) ? skewMs : null;
}

function matchesAny(signature: string, content: Buffer, keys: readonly VerificationKey[]): boolean {
  const comma = signature.indexOf(',');
  const version = signature.slice(0, comma);
  const value = Buffer.from(signature.slice(comma + 1), 'base64');
  // Every key is tried, so that the time taken does not tell which one fits.
  return keys.map((key) => matches(version, value, content, key)).includes(true);
}

function matches(version: string, value: Buffer, content: Buffer, key: VerificationKey): boolean {
  if (key.algorithm === 'hmac-sha256') {
    const expected = createHmac('sha256', key.secret).update(content).digest();
    return version === 'v1' && value.length === expected.length && timingSafeEqual(value, expected);
  }
  return version === 'v1a' && value.length === 64 && verify(null, content, key.publicKey, value);
}

/**
 * Reads a `whsec_…` secret of 24 to 64 bytes.
 * @throws RangeError when it has another form or length
 */
export function parseSecret(text: string): Buffer {
  const secret = text.startsWith('whsec_') ? Buffer.from(text.slice(6), 'base64') : Buffer.alloc(0);
  if (secret.length < 24 || secret.length > 64)
    throw new RangeError('a secret is whsec_ and 24 to 64 bytes in base64');
  return secret;
}

/**
 * Reads an Ed25519 public key: base64 of its 32 bytes.
 * @throws RangeError when it is not one
 */
export function parseEd25519(text: string): KeyObject {
  const raw = Buffer.from(text, 'base64');
  if (raw.length !== 32) throw new RangeError('an Ed25519 public key is 32 bytes in base64');
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
}
