/** Whether a caller's address and client certificate are those a bank is admitted with. */
import { X509Certificate } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { BankAccess } from './bank.schema.ts';

/** Who calls, as the connection tells it and not the message. */
export interface Caller {
  /** IPv4 or IPv6 address of the client, behind the trusted proxies. */
  readonly address: string;
  /** The client certificate that the TLS end verified possession of, PEM or DER; null = none. */
  readonly certificate: string | Uint8Array | null;
}

/** A caller who may go on to the signature. */
export interface Welcome {
  /** End of the client certificate, when one was asked for. */
  readonly certificateEndsAt: Date | null;
}

/** Asks whether a caller may go on. @returns null when not; never why */
export function welcome(access: BankAccess | undefined, caller: Caller, now: Date): Welcome | null {
  if (access === undefined) return { certificateEndsAt: null };
  if (access.addresses.length > 0 && !isListed(access.addresses, caller.address)) return null;
  if (access.certificate === null) return { certificateEndsAt: null };
  const endsAt = certificateEnd(access.certificate, caller.certificate, now);
  return endsAt === null ? null : { certificateEndsAt: endsAt };
}

/** Reads one line of an allow-list. @throws RangeError when it is neither an address nor a network */
export function checkNetwork(network: string): void {
  addTo(new BlockList(), network);
}

function isListed(networks: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const network of networks) addTo(list, network);
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

function addTo(list: BlockList, network: string): void {
  const [address = '', bits] = network.split('/');
  const family = isIP(address);
  const width = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
  if (family === 0 || prefix > width || network.split('/').length > 2)
    throw new RangeError('an address, or a network such as 203.0.113.0/24');
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
}

/** Reads the authority's certificate. @throws RangeError when it is none, or not that of an authority */
export function checkAuthority(caPem: string): void {
  const certificate = parse(caPem);
  if (certificate?.ca !== true) throw new RangeError('the certificate of an authority, PEM');
}

function certificateEnd(
  wanted: NonNullable<BankAccess['certificate']>,
  shown: Caller['certificate'],
  now: Date,
): Date | null {
  const [certificate, authority] = [shown === null ? null : parse(shown), parse(wanted.caPem)];
  if (certificate === null || authority === null) return null;
  const isOf = certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  const isNamed = certificate.subject.split('\n').includes(`CN=${wanted.commonName}`);
  const [from, until] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const isCurrent = from <= now.getTime() && now.getTime() < until;
  return isOf && isNamed && isCurrent ? certificate.validToDate : null;
}

function parse(certificate: string | Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(certificate);
  } catch {
    return null;
  }
}
