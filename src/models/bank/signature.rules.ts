/** Verifies a pushed message's headers and signature after Standard Webhooks 1.0.0 (https://www.standardwebhooks.com). */
import { algorithmTable, fromBase64, type KeyAlgorithm, type Verify } from './key-material.rules.ts';

/** A live key, ready for use. */
export interface VerificationKey {
  readonly keyId: string;
  readonly algorithm: KeyAlgorithm;
  readonly verify: Verify;
}

/** The three headers of a message as received. */
export interface SignedHeaders {
  readonly id: string;
  /** Seconds since epoch, as the sender wrote it. */
  readonly timestamp: string;
  readonly signature: string;
}

/** What an authentic message tells besides its content. */
export interface Verified {
  readonly keyId: string;
  readonly algorithm: KeyAlgorithm;
  /** The sender's clock minus ours, ms. */
  readonly skewMs: number;
}

/** Furthest distance of the sender's clock from ours, s, both ways. */
export const toleranceSeconds = 300;
const maxSignatures = 5;

/**
 * Checks form, time and signature of a message against every live key.
 * @param body the raw bytes, before any decoding
 * @param nowMs our clock, ms since epoch
 * @returns the key that fits and the clocks' difference, or null when the message is not authentic; never why
 */
export function verifyMessage(
  headers: SignedHeaders,
  body: Uint8Array,
  keys: readonly VerificationKey[],
  nowMs: number,
): Verified | null {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(headers.id) || !/^\d{10}$/.test(headers.timestamp)) return null;
  const skewMs = Number(headers.timestamp) * 1000 - nowMs;
  if (Math.abs(skewMs) > toleranceSeconds * 1000) return null;
  const content = Buffer.concat([Buffer.from(`${headers.id}.${headers.timestamp}.`), body]);
  const signatures = headers.signature.split(' ').filter(Boolean).slice(0, maxSignatures);
  // Every signature and key is tried, so that the time taken does not tell which one fits.
  const [key] = signatures.flatMap((signature) => fitting(signature, content, keys));
  return key === undefined ? null : { keyId: key.keyId, algorithm: key.algorithm, skewMs };
}

function fitting(
  signature: string,
  content: Buffer,
  keys: readonly VerificationKey[],
): readonly VerificationKey[] {
  const comma = signature.indexOf(',');
  const mark = signature.slice(0, comma);
  const value = fromBase64(signature.slice(comma + 1));
  if (value === null) return [];
  return keys.filter((key) => algorithmTable[key.algorithm].mark === mark && key.verify(content, value));
}
