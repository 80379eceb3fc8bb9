/** Tells before and during a run whether the disk under the data folder still has room. */

import { closeSync, fsyncSync, ftruncateSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { asStartError, diskFull, StartError } from './start-error.ts';

const MIB = 1024 * 1024;
/** Files of the platform grow to about this size soon after the first start. */
const FILE_SIZE_MIN = 256 * MIB;
const FREE_MIN = 128 * MIB;

/**
 * Checks that files of a useful size can be written.
 * @param folder the data folder
 * @throws StartError when the disk is full or a file-size limit stands in the way
 */
export function assertRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < FREE_MIN) throw new StartError(diskFull(folder));
  const file = join(folder, '.room');
  try {
    writeProbe(file);
  } catch (error) {
    throw asStartError(error, folder);
  } finally {
    rmSync(file, { force: true });
  }
}

function writeProbe(file: string): void {
  const descriptor = openSync(file, 'w', 0o600);
  try {
    writeSync(descriptor, Buffer.alloc(MIB));
    fsyncSync(descriptor);
    // A file with a hole takes no room, but meets the limit that a process may have on its files.
    ftruncateSync(descriptor, FILE_SIZE_MIN);
  } finally {
    closeSync(descriptor);
  }
}
