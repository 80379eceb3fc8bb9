/** The contracts as they are deployed: a copy of the code named by its digest, and the small package each peer installs. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Repository's folder. */
const REPOSITORY = resolve(import.meta.dirname, '..');
/** The contracts of this repository. */
export const repositoryCode = join(REPOSITORY, 'chaincode');
const DIGEST_LENGTH = 12;
const TAR_BLOCK = 512;

/** A state of the contracts' code. */
export interface ContractCode {
  /** First digits of the SHA-256 over every file's path and content. */
  readonly digest: string;
  /** Version of the package and digest, as the channel's definition carries it. */
  readonly version: string;
}

/** @returns the code that stands in a folder, by default in the repository */
export function readCode(folder = repositoryCode): ContractCode {
  const hash = createHash('sha256');
  for (const path of codeFiles(folder)) {
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(folder, path)))
      .update('\n');
  }
  const digest = hash.digest('hex').slice(0, DIGEST_LENGTH);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { digest, version: `${version}+${digest}` };
}

/** @returns paths of the files that make the contracts, tests left out, sorted */
export function codeFiles(folder: string): string[] {
  return globSync(['src/**/*.ts', 'kernel/**/*.ts', 'service/**/*.ts', 'package.json'], { cwd: folder })
    .filter((path) => !path.endsWith('.test.ts'))
    .sort();
}

/** Where the deployed copy of the code lies. */
export function codeFolder(networkFolder: string, digest: string): string {
  return join(networkFolder, 'chaincode', digest);
}

/** Copies contracts beside the network, so that what was agreed on runs until the next agreement. */
export function keepCode(networkFolder: string, digest: string, source = repositoryCode): void {
  const folder = codeFolder(networkFolder, digest);
  if (existsSync(folder)) return;
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  for (const path of codeFiles(source)) cpSync(join(source, path), join(draft, path));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(draft, 'node_modules'));
  renameSync(draft, folder);
}

/** What a peer installs, and what it will call it. */
export interface ChaincodePackage {
  readonly label: string;
  /** Label and SHA-256 of the bytes. */
  readonly packageId: string;
  readonly bytes: Buffer;
}

/**
 * Makes the package for one peer; equal input gives equal bytes, hence the same id.
 * @param name chaincode name
 * @param digest digest of the code
 * @param port where the peer finds the contracts' process on this machine
 */
export function makePackage(name: string, digest: string, port: number): ChaincodePackage {
  const label = `${name}_${digest}`;
  // dial_timeout must be given: without it every call fails as "malformed chaincode info".
  const connection = { address: `127.0.0.1:${port}`, dial_timeout: '10s', tls_required: false };
  const code = targz([['connection.json', Buffer.from(JSON.stringify(connection))]]);
  const metadata = Buffer.from(JSON.stringify({ type: 'ccaas', label }));
  const bytes = targz([
    ['metadata.json', metadata],
    ['code.tar.gz', code],
  ]);
  return { label, packageId: `${label}:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

function targz(files: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts = files.flatMap(([name, content]) => {
    const padding = Buffer.alloc((TAR_BLOCK - (content.length % TAR_BLOCK)) % TAR_BLOCK);
    return [tarHeader(name, content.length), content, padding];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * TAR_BLOCK)]));
}

/** A POSIX (ustar) header of an ordinary file without owner or time. */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(TAR_BLOCK);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
