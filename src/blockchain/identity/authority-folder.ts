/**
 * The installation's certificate authorities on the disk:
 * `<data>/msp/<MspId>.pem` root certificates, which the ledger and anyone who verifies the chain reads (0644);
 * `<data>/ca/<MspId>.key` their private keys, PKCS #8 PEM, for the process that issues certificates (0600, folder 0700).
 */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateAuthority } from './certificate-authority.ts';
import { MSP_IDS, type MspId } from './msp.ts';

/** The authorities of an installation, by MSP. */
export type Authorities = Readonly<Record<MspId, CertificateAuthority>>;

/** Opens the authorities under the data folder; makes those that are missing. */
export async function openAuthorities(dataFolder: string, now = new Date()): Promise<Authorities> {
  await mkdir(join(dataFolder, 'msp'), { recursive: true });
  await mkdir(join(dataFolder, 'ca'), { recursive: true, mode: 0o700 });
  const entries = await Promise.all(
    MSP_IDS.map(async (mspId) => [mspId, await openAuthority(dataFolder, mspId, now)] as const),
  );
  return Object.fromEntries(entries) as Authorities;
}

async function openAuthority(dataFolder: string, mspId: MspId, now: Date): Promise<CertificateAuthority> {
  const keyPath = join(dataFolder, 'ca', `${mspId}.key`);
  const rootPath = join(dataFolder, 'msp', `${mspId}.pem`);
  const found = await readAuthority(mspId, keyPath, rootPath);
  if (found) return found;
  // Loaded when it is needed: what makes certificates takes 20 MB, and a running platform makes few.
  const { createAuthority } = await import('./certificate-authority.ts');
  const made = await createAuthority(mspId, now);
  // The key file holds key and certificate and comes into being at once, so that two starts cannot make a mixed pair.
  await createOnce(keyPath, made.privateKey + made.certificate, 0o600);
  const kept = await readAuthority(mspId, keyPath, rootPath);
  if (!kept) throw new Error(`the certificate authority ${keyPath} cannot be read back`);
  return kept;
}

async function readAuthority(
  mspId: MspId,
  keyPath: string,
  rootPath: string,
): Promise<CertificateAuthority | null> {
  const text = await readIfThere(keyPath);
  if (text === null) return null;
  const [privateKey] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text) ?? [];
  const [certificate] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text) ?? [];
  if (!privateKey || !certificate) throw new Error(`${keyPath} does not hold a key and its certificate`);
  await createOnce(rootPath, certificate, 0o644);
  return { mspId, privateKey, certificate };
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Writes a whole file under a name that does not exist yet; a file that is there stays. */
async function createOnce(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, text, { mode, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
