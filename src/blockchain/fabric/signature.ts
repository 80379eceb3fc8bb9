/** ECDSA signatures as a Fabric network takes them: DER with the smaller of the two possible S. */

/** Order of the curve P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * Fabric refuses a signature whose S is in the upper half of the curve's order; both halves verify alike.
 * @param signature DER
 * @returns DER with the lower S; bytes that are no signature come back as they are, for the network to refuse
 */
export function withLowS(signature: Uint8Array): Uint8Array {
  const parts = readDer(Buffer.from(signature));
  if (parts === null || parts.s <= ORDER / 2n) return signature;
  return writeDer(parts.r, ORDER - parts.s);
}

function readDer(der: Buffer): { readonly r: bigint; readonly s: bigint } | null {
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der[2] !== 0x02) return null;
  const rLength = der[3] ?? 0;
  const sAt = 4 + rLength;
  if (der[sAt] !== 0x02 || (der[sAt + 1] ?? 0) !== der.length - sAt - 2) return null;
  return { r: toInteger(der.subarray(4, sAt)), s: toInteger(der.subarray(sAt + 2)) };
}

function toInteger(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`);
}

function writeDer(r: bigint, s: bigint): Buffer {
  const body = Buffer.concat([derInteger(r), derInteger(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** A non-negative integer in DER. */
export function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const body = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, body.length]), body]);
}
