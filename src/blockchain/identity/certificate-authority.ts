/** The installation's own certificate authority, one root per organisation group (MSP), issuing in Fabric CA's form. */
import { X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  AuthorityKeyIdentifierExtension,
  X509CertificateGenerator,
  X509Certificate,
} from '@peculiar/x509';
import type { MspId } from './msp.ts';

export { MSP_IDS, type MspId } from './msp.ts';

/** Where Fabric CA writes a certificate's attributes: the JSON text {"attrs":{name: value}}. */
const ATTRIBUTES_OID = '1.2.3.4.5.6.7.8.1';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const ROOT_YEARS = 20;
const USER_YEARS = 3;
const CLOCK_SKEW_MS = 5 * 60_000;

/** A root certificate and its key, of one of the platform's organisation groups or of another one in the network. */
export interface CertificateAuthority<M extends string = MspId> {
  readonly mspId: M;
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
}

/** Whom a certificate is for. Attribute values are strings; empty ones are left out. */
export interface CertificateRequest {
  /** The user's id in the platform; becomes the certificate's common name. */
  readonly commonName: string;
  /** role, org (organisation id), division (GB/T 2260 code of 2, 4 or 6 digits), posts (handle,check,decide). */
  readonly attributes: Readonly<Record<string, string>>;
  /** Defaults: five minutes ago, to be safe from clocks that differ, and three years from now. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** An issued certificate with the key made for it. */
export interface IssuedCertificate<M extends string = MspId> {
  readonly mspId: M;
  readonly certificate: string;
  /** PKCS #8, PEM: to be encrypted before it is stored. */
  readonly privateKey: string;
  /** Upper-case hexadecimal. */
  readonly serial: string;
  readonly notAfter: Date;
}

/** Makes a new root. */
export async function createAuthority<M extends string>(
  mspId: M,
  now: Date,
  purpose = 'root',
): Promise<CertificateAuthority<M>> {
  const keys = await newKeyPair();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: `CN=${mspId} ${purpose}, O=${mspId}`,
    notBefore: new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfter: yearsAfter(now, ROOT_YEARS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { mspId, certificate: pem(certificate), privateKey: await exportKey(keys.privateKey) };
}

/** Issues a user's certificate, OU=client as Fabric's node roles want it. */
export function issueUserCertificate(
  authority: CertificateAuthority,
  request: CertificateRequest,
  now = new Date(),
): Promise<IssuedCertificate> {
  const { commonName, attributes, ...validity } = request;
  const extensions = [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    attributesExtension(attributes),
  ];
  return issueCertificate(authority, { commonName, unit: 'client', extensions, ...validity }, now);
}

/** What a certificate of any kind holds besides what all of them hold. */
export interface CertificateContent {
  readonly commonName: string;
  /** Organisational unit, from which Fabric reads the node role: client, peer, orderer or admin. */
  readonly unit: string;
  readonly extensions: readonly Extension[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Issues a certificate and makes its key. */
export async function issueCertificate<M extends string>(
  authority: CertificateAuthority<M>,
  content: CertificateContent,
  now: Date,
): Promise<IssuedCertificate<M>> {
  const root = new X509Certificate(authority.certificate);
  const keys = await newKeyPair();
  const notAfter = content.notAfter ?? yearsAfter(now, USER_YEARS);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ CN: [content.commonName] }, { OU: [content.unit] }, { O: [authority.mspId] }],
    issuer: root.subject,
    notBefore: content.notBefore ?? new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfter,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.privateKey),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      await AuthorityKeyIdentifierExtension.create(root.publicKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...content.extensions,
    ],
  });
  const text = pem(certificate);
  const serial = new NodeCertificate(text).serialNumber;
  const privateKey = await exportKey(keys.privateKey);
  return { mspId: authority.mspId, certificate: text, privateKey, serial, notAfter };
}

function attributesExtension(attributes: Readonly<Record<string, string>>): Extension {
  const filled = Object.entries(attributes).filter(([, value]) => value !== '');
  const attrs = Object.fromEntries(filled.sort(([left], [right]) => (left < right ? -1 : 1)));
  return new Extension(ATTRIBUTES_OID, false, Buffer.from(JSON.stringify({ attrs })));
}

function newKeyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return toPem('PRIVATE KEY', der);
}

/** Opens a private key to sign with. @param text PKCS #8, PEM */
export function importKey(text: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}

function pem(certificate: X509Certificate): string {
  return toPem('CERTIFICATE', Buffer.from(certificate.rawData));
}

function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** 127 random bits: positive, and not to be guessed. */
function newSerial(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}

function yearsAfter(date: Date, years: number): Date {
  const later = new Date(date);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later;
}
