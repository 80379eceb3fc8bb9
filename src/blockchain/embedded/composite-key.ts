/** Composite keys as fabric-shim makes them: U+0000, object type, U+0000, then every attribute with U+0000 after it. */

const SEPARATOR = '\u0000';

/** Sorts after every attribute: the end of a partial composite key's range. */
export const LAST_CODE_POINT = '\u{10ffff}';

/** @throws Error when the object type or an attribute is empty */
export function createCompositeKey(objectType: string, attributes: readonly string[]): string {
  for (const part of [objectType, ...attributes]) {
    if (typeof part !== 'string' || part === '')
      throw new Error('object type or attribute not a non-zero length string');
  }
  return SEPARATOR + [objectType, ...attributes].map((part) => part + SEPARATOR).join('');
}

/** The parts of a composite key; for a key that is none, an empty object type. */
export function splitCompositeKey(key: string): {
  readonly objectType: string;
  readonly attributes: string[];
} {
  if (!isComposite(key)) return { objectType: '', attributes: [] };
  const [objectType = '', ...attributes] = key.slice(1, -1).split(SEPARATOR);
  return { objectType, attributes };
}

/** True when the key lies in the composite name space. */
export function isComposite(key: string): boolean {
  return key.startsWith(SEPARATOR);
}
