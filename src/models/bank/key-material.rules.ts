/** Reads the material of a bank's key and verifies with it: HMAC-SHA256, Ed25519, SM2 over SM3. One entry per algorithm, so that another one is one entry more. */
import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';

/** Algorithms that a bank may sign with. */
export const keyAlgorithms = ['hmac-sha256', 'ed25519', 'sm2-sm3'] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

/** Says whether the bytes of a signature are those of the content. */
export type Verify = (content: Uint8Array, signature: Buffer) => boolean;

/** How an algorithm's signatures are marked in the header, and how its key material becomes a check. */
export const algorithmTable: Readonly<
  Record<KeyAlgorithm, { readonly mark: string; readonly open: (material: string) => Verify }>
> = {
  'hmac-sha256': { mark: 'v1', open: openHmac },
  ed25519: { mark: 'v1a', open: openEd25519 },
  'sm2-sm3': { mark: 'sm2', open: openSm2 },
};

function openHmac(material: string): Verify {
  const secret = parseSecret(material);
  return (content, signature) => {
    const expected = createHmac('sha256', secret).update(content).digest();
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  };
}

/**
 * Reads a `whsec_…` secret of 24 to 64 bytes.
 * @throws RangeError when it has another form or length
 */
export function parseSecret(text: string): Buffer {
  const secret = text.startsWith('whsec_') ? fromBase64(text.slice(6)) : null;
  if (secret === null || secret.length < 24 || secret.length > 64)
    throw new RangeError('a secret is whsec_ and 24 to 64 bytes in base64');
  return secret;
}

function openEd25519(material: string): Verify {
  const raw = fromBase64(material);
  if (raw?.length !== 32) throw new RangeError('an Ed25519 public key is 32 bytes in base64');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return (content, signature) => signature.length === 64 && verify(null, content, key, signature);
}

/** Order of the group of the SM2 curve of GB/T 32918.5. */
const sm2Order = BigInt('0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123');
/** The distinguishing identifier that GM/T 0009 sets where both sides agreed on none. */
const sm2UserId = '1234567812345678';

/**
 * SM2 with the user id 1234567812345678. The curve's arithmetic is sm-crypto-v2's, because OpenSSL inside Node has no way to
 * be told a user id (it takes an empty one, which no bank signs with); the digest is OpenSSL's SM3, which is faster.
 */
function openSm2(material: string): Verify {
  const hex = material.toLowerCase();
  if (!/^04[0-9a-f]{128}$/.test(hex) || !isOnSm2Curve(hex))
    throw new RangeError('an SM2 public key is a point of the curve, 04 and 128 hexadecimal digits');
  const point = sm2.precomputePublicKey(hex);
  const identity = sm2.getZ(hex, sm2UserId);
  return (content, signature) => {
    const pair = readSm2Signature(signature);
    if (pair === null) return false;
    return sm2.doVerifySignature(createHash('sm3').update(identity).update(content).digest(), pair, point);
  };
}

/** The library throws for a point beside the curve. */
function isOnSm2Curve(hex: string): boolean {
  try {
    return sm2.verifyPublicKey(hex);
  } catch {
    return false;
  }
}

/** The two numbers of a DER signature as 128 hexadecimal digits; null for any other form, so that a signature has one spelling. The library would take r = 0. */
function readSm2Signature(der: Buffer): string | null {
  if (der.length < 8 || der.length > 72 || der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  const r = readInteger(der, 2);
  const s = r === null ? null : readInteger(der, r.end);
  if (r === null || s?.end !== der.length) return null;
  return [r, s].map(({ value }) => value.toString(16).padStart(64, '0')).join('');
}

function readInteger(der: Buffer, at: number): { value: bigint; end: number } | null {
  const end = at + 2 + (der[at + 1] ?? 0);
  const digits = der[at] === 0x02 && end <= der.length ? der.subarray(at + 2, end) : Buffer.alloc(0);
  if (digits.length < 1 || digits.length > 33 || !isShortestPositive(digits)) return null;
  const value = BigInt(`0x${digits.toString('hex')}`);
  return value > 0n && value < sm2Order ? { value, end } : null;
}

/** A leading zero byte stands only where the number would read as negative without it. */
function isShortestPositive([first = 0, second = 0]: Buffer): boolean {
  return first === 0 ? second >= 0x80 : first < 0x80;
}

/** Bytes of a base64 text in its one proper spelling; null for every other, which lenient readers would take as the same bytes. */
export function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null;
}
