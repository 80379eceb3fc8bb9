/** Puts a backup into an empty data folder, after proving every file and the whole chain. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { verifyCopy } from '../blockchain/embedded/chain-copy.ts';
import { readMspRoots } from '../blockchain/embedded/membership.ts';
import { StartError } from '../supervisor/start-error.ts';
import {
  copyDurably,
  manifestFile,
  manifestSchema,
  sealOf,
  secretsFolder,
  type Manifest,
} from './manifest.ts';

/** Where a backup lies, and where it goes; absolute paths. */
export interface RestoreFolders {
  readonly from: string;
  /** Its `secrets/`, when that was kept elsewhere. */
  readonly secrets: string;
  /** The data folder: missing or empty. */
  readonly dataDir: string;
}

/** What a restore did. */
export interface Restored {
  readonly manifest: Manifest;
  readonly transactions: number;
}

/** Where the parts of a backup go when that is not under their own path. */
const moved: readonly [RegExp, string][] = [
  [/^secrets\/ca\//, 'ledger/ca/'],
  [/^secrets\//, ''],
];

/**
 * Restores everything but the documents of a MongoDB, which the caller loads with `loadDocuments`.
 * @throws StartError when the folder is not empty, a file is missing or differs, or the chain does not hold
 */
export async function restoreBackup(folders: RestoreFolders): Promise<Restored> {
  const { from, dataDir } = folders;
  const manifest = await readManifest(from);
  if (existsSync(dataDir) && (await readdir(dataDir)).length > 0) {
    throw new StartError(`${dataDir} is not empty; nothing was restored.`);
  }
  for (const file of manifest.files) await assertSame(placeOf(folders, file.path), file);
  const { transactions } = await assertChain(from, manifest);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  for (const { path } of manifest.files) {
    if (manifest.documentStore !== 'built-in' && path.startsWith('documents/')) continue;
    await copyDurably(placeOf(folders, path), join(dataDir, targetOf(path)));
  }
  return { manifest, transactions };
}

/** @throws StartError when the folder holds no whole backup */
export async function readManifest(from: string): Promise<Manifest> {
  const file = join(from, manifestFile);
  if (!existsSync(file)) throw new StartError(`${from} holds no whole backup: ${manifestFile} is missing.`);
  const parsed = manifestSchema.safeParse(jsonOf(await readFile(file, 'utf8')));
  if (!parsed.success) throw new StartError(`${file} cannot be read: it is damaged, or of a later version.`);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function placeOf({ from, secrets }: RestoreFolders, path: string): string {
  const inside = `${secretsFolder}/`;
  return path.startsWith(inside) ? join(secrets, path.slice(inside.length)) : join(from, path);
}

function targetOf(path: string): string {
  const [pattern, place] = moved.find(([one]) => one.test(path)) ?? [/^/, ''];
  return path.replace(pattern, place);
}

async function assertSame(place: string, file: Manifest['files'][number]): Promise<void> {
  if (!existsSync(place)) throw new StartError(`${place} is missing; nothing was restored.`);
  const seal = await sealOf(place);
  if (seal.size !== file.size || seal.sha256 !== file.sha256) {
    throw new StartError(`${place} differs from what was backed up; nothing was restored.`);
  }
}

async function assertChain(from: string, { channel, block }: Manifest): Promise<{ transactions: number }> {
  const mspRoots = await readMspRoots(join(from, 'ledger', 'msp'));
  const chain = join(from, 'ledger', 'ledger', channel, 'blocks.chain');
  const found = await verifyCopy(chain, { channel, mspRoots });
  const [problem] = found.problems;
  if (problem !== undefined) {
    throw new StartError(
      `Block ${problem.block} of the backup does not hold (${problem.problem}); nothing was restored.`,
    );
  }
  if (found.blocks !== block.height || found.lastHash !== block.hash) {
    throw new StartError(
      `The chain in ${dirname(chain)} does not end at block ${block.height - 1} as listed.`,
    );
  }
  return found;
}
