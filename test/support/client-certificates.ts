/** A small certificate authority and client certificates, for the tests of the bank's door. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

/** A certificate with its private key, both PEM. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that gives out client certificates. */
export interface TestAuthority extends Certified {
  issue(commonName: string, days?: { from: number; until: number }): Promise<Certified>;
}

/** Makes an authority. */
export async function testAuthority(name: string): Promise<TestAuthority> {
  x509.cryptoProvider.set(webcrypto as never);
  const pair = (): Promise<webcrypto.CryptoKeyPair> =>
    webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const pem = async (key: webcrypto.CryptoKey): Promise<string> =>
    x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
  const keys = await pair();
  const span = (from: number, until: number): { notBefore: Date; notAfter: Date } => ({
    notBefore: new Date(Date.now() + from * day),
    notAfter: new Date(Date.now() + until * day),
  });
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    ...span(-1, 10),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  let serial = 1;
  return {
    certificate: own.toString('pem'),
    key: await pem(keys.privateKey),
    issue: async (commonName, days = { from: -1, until: 5 }) => {
      serial += 1;
      const client = await pair();
      const made = await x509.X509CertificateGenerator.create({
        serialNumber: String(serial).padStart(2, '0'),
        subject: `CN=${commonName}`,
        issuer: own.subject,
        ...span(days.from, days.until),
        signingKey: keys.privateKey,
        publicKey: client.publicKey,
        signingAlgorithm: algorithm,
      });
      return { certificate: made.toString('pem'), key: await pem(client.privateKey) };
    },
  };
}
