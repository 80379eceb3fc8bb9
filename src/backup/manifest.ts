/** The list that makes a folder a backup: what it holds, up to which block, and the hash of every file. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';

/** Name of the list in a backup. */
export const manifestFile = 'manifest.json';
/** Folder of what opens everything else: to be kept apart from the rest of the backup. */
export const secretsFolder = 'secrets';

/** Format 1. Hashes are lower-case hex SHA-256, sizes bytes, `takenAt` UTC. Files under `secrets/` are listed too. */
export const manifestSchema = z.object({
  format: z.literal(1),
  takenAt: z.iso.datetime(),
  installation: z.enum(['demo', 'real']),
  channel: z.string(),
  documentStore: z.enum(['named', 'mongod', 'built-in']),
  /** The last block that the backup holds: number of blocks, and the hash of the last. */
  block: z.object({ height: z.number().int().min(0), hash: z.string() }),
  files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })),
});
/** The content of `manifest.json`. */
export type Manifest = z.output<typeof manifestSchema>;
/** One file of a backup. */
export type ListedFile = Manifest['files'][number];

/** Copies a file and waits until it is on the disk; folders are made, modes 0700 and 0600. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Size and hash of every file below a folder, in order of their paths; links and devices are not followed. */
export async function listFiles(folder: string): Promise<ListedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const files: ListedFile[] = [];
  for (const path of paths.sort()) files.push({ path: relative(folder, path), ...(await sealOf(path)) });
  return files;
}

/** Size and SHA-256 of one file, read as a stream. */
export async function sealOf(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'r');
  try {
    for await (const part of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      hash.update(part);
      size += part.length;
    }
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}
