/** Who signed a transaction, read from the X.509 certificate in it. */
import { X509Certificate } from 'node:crypto';

/** Common name and organisation of a creator; empty text where the certificate does not say. */
export interface Creator {
  readonly userId: string;
  readonly orgId: string;
}

// Fabric CA's attribute extension, OID 1.2.3.4.5.6.7.8.1: the JSON text {"attrs":{name: value}}.
const ATTRIBUTES_OID = Buffer.from('06082a03040506070801', 'hex');
const MOST_KEPT = 10_000;
const known = new Map<string, Creator>();

/**
 * Reads the creator from a certificate; an unreadable certificate gives empty ids, since a rejected transaction may carry one.
 * @param certificate PEM
 */
export function creatorOf(certificate: string): Creator {
  const seen = known.get(certificate);
  if (seen !== undefined) return seen;
  const creator = readCreator(certificate);
  if (known.size >= MOST_KEPT) known.clear();
  known.set(certificate, creator);
  return creator;
}

function readCreator(certificate: string): Creator {
  try {
    const parsed = new X509Certificate(certificate);
    const userId = /^CN=(.+)$/m.exec(parsed.subject)?.[1] ?? '';
    return { userId, orgId: attributeOf(parsed.raw, 'org') };
  } catch {
    return { userId: '', orgId: '' };
  }
}

/** Every attribute that a certificate carries as text. @param certificate PEM */
export function certificateAttributes(certificate: string): Readonly<Record<string, string>> {
  const attributes = attributesOf(new X509Certificate(certificate).raw);
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function attributeOf(der: Buffer, name: string): string {
  const value = attributesOf(der)[name];
  return typeof value === 'string' ? value : '';
}

function attributesOf(der: Buffer): Readonly<Record<string, unknown>> {
  const at = der.indexOf(ATTRIBUTES_OID);
  const json = at < 0 ? null : /\{"attrs":\{[^{}]*\}\}/.exec(der.subarray(at).toString('utf8'));
  if (json === null) return {};
  return (JSON.parse(json[0]) as { attrs: Readonly<Record<string, unknown>> }).attrs;
}
