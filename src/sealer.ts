/** Encrypts the secrets that the platform must keep at rest: AES-256-GCM under the installation's key. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;

/** Seals and opens texts; a sealed text is base64 of nonce, tag and ciphertext. */
export interface Sealer {
  seal(plain: string): string;
  /** @throws Error when the text was altered or sealed under another key or for another purpose */
  open(sealed: string): string;
}

/**
 * A sealer for one purpose, so that a text sealed for one use does not open in another.
 * @param installationKey the key of the configuration, any length of at least 32 bytes of entropy
 */
export function createSealer(installationKey: string, purpose: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', installationKey, 'fupin-sealer', purpose, 32));
  return {
    seal(plain) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      return Buffer.concat([
        decipher.update(bytes.subarray(nonceBytes + tagBytes)),
        decipher.final(),
      ]).toString('utf8');
    },
  };
}
