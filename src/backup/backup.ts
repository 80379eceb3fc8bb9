/**
 * Takes a backup while the platform runs. The order makes it whole: documents first, then files, then the chain, so that
 * everything a document speaks of is in the later parts; what the chain knows beyond the documents is projected again.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Connection } from 'mongoose';
import { endWhole } from '../blockchain/embedded/chain-copy.ts';
import type { DocumentStoreKind } from '../servers/document-store.ts';
import { readInstallation } from '../supervisor/data-folder.ts';
import { StartError } from '../supervisor/start-error.ts';
import { saveDocuments } from './documents.ts';
import { copyDurably, listFiles, manifestFile, secretsFolder, type Manifest } from './manifest.ts';

/** What a backup is taken of. */
export interface BackupSource {
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  readonly connection: Connection;
  readonly documentStore: DocumentStoreKind;
  readonly channel: string;
}

/** Parts of a data folder that are copied as they are; those that do not exist are left out. */
const plainFiles = ['installation.json', 'choices.json', 'demo-accounts.json', 'demo.done'];

/**
 * @param to folder of the backup, absolute; must not exist. It appears under its name when it is whole.
 * @returns the list that was written
 * @throws StartError when the folder exists or the data folder holds no platform
 */
export async function takeBackup(source: BackupSource, to: string): Promise<Manifest> {
  const { dataDir, connection, channel, documentStore } = source;
  const installation = readInstallation(dataDir);
  if (installation === undefined) throw new StartError(`${dataDir} holds no data of the platform.`);
  if (existsSync(to)) throw new StartError(`${to} exists already; nothing was written.`);
  const partial = `${to}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  await saveDocuments(connection, join(partial, 'documents'), documentStore === 'built-in');
  await copyStoredFiles(dataDir, partial);
  const block = await copyLedger(dataDir, partial, channel);
  await copySecrets(dataDir, partial);
  for (const name of plainFiles) await copyIfThere(join(dataDir, name), join(partial, name));
  const manifest: Manifest = {
    format: 1,
    takenAt: new Date().toISOString(),
    ...{ installation, channel, documentStore, block },
    files: await listFiles(partial),
  };
  await writeFile(join(partial, manifestFile), JSON.stringify(manifest, null, 1), {
    mode: 0o600,
    flush: true,
  });
  await rename(partial, to);
  return manifest;
}

/** @returns the folder for a backup that was given none: below the data folder, named by the moment, UTC */
export function backupFolder(dataDir: string, now: Date): string {
  return resolve(dataDir, 'backups', now.toISOString().slice(0, 19).replaceAll(':', ''));
}

/** Files lie under their hash and never change; those that are still coming in belong to nothing yet. */
async function copyStoredFiles(dataDir: string, to: string): Promise<void> {
  const folder = join(dataDir, 'files');
  if (!existsSync(folder)) return;
  for (const part of await readdir(folder)) {
    if (!/^[0-9a-f]{2}$/.test(part)) continue;
    for (const name of await readdir(join(folder, part)))
      await copyDurably(join(folder, part, name), join(to, 'files', part, name));
  }
}

async function copyLedger(dataDir: string, to: string, channel: string): Promise<Manifest['block']> {
  const folder = join('ledger', 'ledger', channel);
  await copyIfThere(join(dataDir, folder, 'revoked'), join(to, folder, 'revoked'));
  for (const name of await readdir(join(dataDir, 'ledger', 'msp')))
    await copyDurably(join(dataDir, 'ledger', 'msp', name), join(to, 'ledger', 'msp', name));
  const chain = join(folder, 'blocks.chain');
  await copyDurably(join(dataDir, chain), join(to, chain));
  return await endWhole(join(to, chain));
}

async function copySecrets(dataDir: string, to: string): Promise<void> {
  const folder = join(to, secretsFolder);
  await copyIfThere(join(dataDir, 'secrets.json'), join(folder, 'secrets.json'));
  // The demonstration's bank signs with these; its books are its own and begin again.
  const setup = join('sample-bank', 'setup.json');
  await copyIfThere(join(dataDir, setup), join(folder, setup));
  for (const name of await readdir(join(dataDir, 'ledger', 'ca')))
    await copyDurably(join(dataDir, 'ledger', 'ca', name), join(folder, 'ca', name));
}

async function copyIfThere(from: string, to: string): Promise<void> {
  if (existsSync(from)) await copyDurably(from, to);
}
