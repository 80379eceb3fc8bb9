/** Certificates of a network's own programs: a node's or administrator's signing certificate, and its TLS certificate. */
import 'reflect-metadata';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import {
  issueCertificate,
  type CertificateAuthority,
  type IssuedCertificate,
} from './certificate-authority.ts';

const NODE_YEARS = 10;

/** Part a certificate plays in the network, which Fabric reads from its organisational unit; `client` reads alone. */
export type NodeRole = 'peer' | 'orderer' | 'admin' | 'client';

/** Issues a signing certificate. */
export function issueNodeCertificate<M extends string>(
  authority: CertificateAuthority<M>,
  commonName: string,
  role: NodeRole,
  now = new Date(),
): Promise<IssuedCertificate<M>> {
  const extensions = [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true)];
  return issueCertificate(authority, { commonName, unit: role, extensions, notAfter: nodeEnd(now) }, now);
}

/** Issues a TLS certificate for both ends of a connection. @param hosts names and addresses under which the node is reached */
export function issueTlsCertificate<M extends string>(
  authority: CertificateAuthority<M>,
  commonName: string,
  hosts: readonly string[],
  now = new Date(),
): Promise<IssuedCertificate<M>> {
  const names = hosts.map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value }) as const);
  const extensions = [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension([...names]),
  ];
  return issueCertificate(authority, { commonName, unit: 'tls', extensions, notAfter: nodeEnd(now) }, now);
}

function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}

function nodeEnd(now: Date): Date {
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + NODE_YEARS);
  return end;
}
