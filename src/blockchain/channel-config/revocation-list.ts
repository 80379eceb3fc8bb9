/** Certificate revocation lists of the channel's organisations: read, extended, signed by the organisation's authority. */
import 'reflect-metadata';
import { X509Crl, X509CrlGenerator, X509Certificate, AuthorityKeyIdentifierExtension } from '@peculiar/x509';
import { importKey } from '../identity/certificate-authority.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const LIST_YEARS = 20;

/** What signs a list. */
export interface ListIssuer {
  /** PEM of the organisation's root. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

/** @returns serial numbers of a list, upper-case hexadecimal without leading zeroes. @param der the list's bytes */
export function serialsOf(der: Uint8Array): string[] {
  return new X509Crl(Buffer.from(der)).entries.map(({ serialNumber }) => plainSerial(serialNumber));
}

/** Serial numbers are compared in this form: upper-case hexadecimal without leading zeroes. */
export function plainSerial(serial: string): string {
  return serial
    .replaceAll(':', '')
    .toUpperCase()
    .replace(/^0+(?=.)/, '');
}

/**
 * Makes a list that names every given serial.
 * @param serials hexadecimal, in any form
 * @returns DER: Fabric does not understand the PEM label of the library
 */
export async function makeList(
  issuer: ListIssuer,
  serials: readonly string[],
  now = new Date(),
): Promise<Uint8Array> {
  const root = new X509Certificate(issuer.certificate);
  const nextUpdate = new Date(now);
  nextUpdate.setUTCFullYear(nextUpdate.getUTCFullYear() + LIST_YEARS);
  const list = await X509CrlGenerator.create({
    issuer: root.subject,
    thisUpdate: new Date(now.getTime() - 60_000),
    nextUpdate,
    entries: serials.map((serial) => ({
      serialNumber: evenDigits(plainSerial(serial)),
      revocationDate: now,
    })),
    signingAlgorithm: ALGORITHM,
    signingKey: await importKey(issuer.privateKey),
    // Fabric finds the list's authority by this identifier; with another one it ignores the list without a word.
    extensions: [await AuthorityKeyIdentifierExtension.create(root.publicKey)],
  });
  return new Uint8Array(list.rawData);
}

function evenDigits(hex: string): string {
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}
