/** Who may transact: certificates against the channel's MSP roots, validity dates, the revocation list, signatures. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verify, X509Certificate, type KeyObject } from 'node:crypto';
import { LedgerRefusal } from '../ledger.port.ts';
import type { Creator } from './proposal.codec.ts';

const CACHE_SIZE = 10_000;
const ROOT_FILE = /^(\w+)\.pem$/;

/** Root certificates (PEM) by MSP id. */
export type MspRoots = Readonly<Record<string, readonly string[]>>;

/** A certificate that one of the channel's roots has issued. */
export interface Member {
  readonly mspId: string;
  /** Upper-case hex, as in the certificate. */
  readonly serial: string;
  readonly publicKey: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Reads `<MspId>.pem` files; one file may hold several roots. @throws Error when there is none */
export async function readMspRoots(folder: string): Promise<MspRoots> {
  const roots: Record<string, string[]> = {};
  for (const file of await readdir(folder)) {
    const mspId = ROOT_FILE.exec(file)?.[1];
    if (mspId) roots[mspId] = splitPem(await readFile(join(folder, file), 'utf8'));
  }
  if (Object.keys(roots).length === 0) throw new Error(`no MSP root certificate lies in ${folder}`);
  return roots;
}

/** The channel's members. Parsed certificates are kept, since every transaction carries one. */
export class Membership {
  readonly #roots: ReadonlyMap<string, readonly X509Certificate[]>;
  readonly #revoked: Set<string>;
  readonly #members = new Map<string, Member | null>();
  /** The same by object: most callers hold one for each certificate. */
  readonly #known = new WeakMap<Creator, Member | null>();

  /** @param revoked serial numbers, upper-case hex */
  constructor(roots: MspRoots, revoked: Iterable<string> = []) {
    const parse = (pems: readonly string[]): X509Certificate[] => pems.map((pem) => new X509Certificate(pem));
    this.#roots = new Map(Object.entries(roots).map(([mspId, pems]) => [mspId, parse(pems)]));
    this.#revoked = new Set(revoked);
  }

  /** From now on the certificate with this serial number is refused. */
  revoke(serial: string): void {
    this.#revoked.add(serial);
  }

  isRevoked(serial: string): boolean {
    return this.#revoked.has(serial);
  }

  /**
   * The member behind a certificate at a moment.
   * @throws LedgerRefusal UNKNOWN_CERTIFICATE, EXPIRED_CERTIFICATE or REVOKED_CERTIFICATE
   */
  admit(creator: Creator, nowMs: number): Member {
    const member = this.find(creator);
    if (!member)
      throw new LedgerRefusal('UNKNOWN_CERTIFICATE', `no root of ${creator.mspId} issued the certificate`);
    const details = { serial: member.serial };
    if (nowMs < member.notBeforeMs || nowMs > member.notAfterMs) {
      throw new LedgerRefusal('EXPIRED_CERTIFICATE', 'the certificate is not valid at this time', details);
    }
    if (this.#revoked.has(member.serial)) {
      throw new LedgerRefusal('REVOKED_CERTIFICATE', 'the certificate is revoked', details);
    }
    return member;
  }

  /** The member a root of the MSP vouches for, whatever the date; null when none does. */
  find(creator: Creator): Member | null {
    let member = this.#known.get(creator);
    if (member === undefined) this.#known.set(creator, (member = this.#find(creator)));
    return member;
  }

  #find(creator: Creator): Member | null {
    const key = `${creator.mspId}\n${creator.certificate}`;
    let member = this.#members.get(key);
    if (member === undefined) {
      if (this.#members.size >= CACHE_SIZE) this.#members.clear();
      member = this.#parse(creator);
      this.#members.set(key, member);
    }
    return member;
  }

  #parse(creator: Creator): Member | null {
    const certificate = parseCertificate(creator.certificate);
    const roots = this.#roots.get(creator.mspId);
    if (!certificate || !roots || certificate.ca || !isP256(certificate.publicKey)) return null;
    const issuer = roots.find((root) => certificate.checkIssued(root) && certificate.verify(root.publicKey));
    if (!issuer) return null;
    return {
      mspId: creator.mspId,
      serial: certificate.serialNumber,
      publicKey: certificate.publicKey,
      notBeforeMs: Math.max(certificate.validFromDate.getTime(), issuer.validFromDate.getTime()),
      notAfterMs: Math.min(certificate.validToDate.getTime(), issuer.validToDate.getTime()),
    };
  }
}

/** True when the DER signature over the message is the member's. */
export function hasSigned(member: Member, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify('sha256', message, member.publicKey, signature);
  } catch {
    return false;
  }
}

function parseCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
