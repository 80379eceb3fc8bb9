/** The one kind of fault that ends a start: a clear sentence for the person at the terminal. */

/** A start cannot go on; the message is the whole sentence that the person reads. */
export class StartError extends Error {
  override name = 'StartError';
}

/**
 * Turns a fault of the file system into the sentence of a start.
 * @param error what was thrown
 * @param path the file or folder it was about
 * @returns a StartError; a fault of another kind comes back as it is
 */
export function asStartError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new StartError(unreadable(path));
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new StartError(`${path} is not a folder: set DATA_DIR to another path.`);
  }
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return new StartError(diskFull(path));
  return error;
}

/** @returns the sentence for a data folder that this user may not use */
export function unreadable(path: string): string {
  const user = typeof process.getuid === 'function' ? ` (user id ${process.getuid()})` : '';
  return `${path} cannot be read and written by this user${user}: give it to this user, or set DATA_DIR to another folder.`;
}

/** @returns the sentence for a disk without room */
export function diskFull(path: string): string {
  return `The disk has no room for ${path}, or a file-size limit (ulimit -f) is too small: make room, or set DATA_DIR to a folder on another disk.`;
}

/** @returns the system's code of a fault, such as EACCES; undefined when it has none */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
