/** Canonical JSON and its hash: the one byte form in which contents are hashed, signed and stored. */
import { hash } from 'node:crypto';

/**
 * JSON with the keys of every object sorted by UTF-16 code unit and no white space, as RFC 8785 orders them.
 * Properties whose value is undefined are left out.
 * @throws TypeError for a number that is not a safe integer, and for what JSON cannot hold (bigint, function)
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new TypeError('canonical JSON holds safe integers only');
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (isObject(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${members.join(',')}}`;
  }
  // JSON.stringify answers undefined for a function or a symbol, whatever its declared type says.
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`canonical JSON cannot hold a ${typeof value}`);
  return text;
}

/** SHA-256 of the text's UTF-8 bytes, lower-case hex. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/** SHA-256 of the value's canonical JSON, lower-case hex: the content hash that every step is bound to. */
export function contentHashOf(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
