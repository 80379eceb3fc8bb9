/** Runs commands as a user who may nothing special, where the tests themselves run as root. */
import { spawnSync } from 'node:child_process';

/** Wraps a command so that it runs as user and group 65534. */
export const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const [setpriv = '', ...rest] = NOBODY;
  const reads = spawnSync(setpriv, [...rest, process.execPath, '--check', 'bin/start.js']);
  return reads.status === 0 ? false : 'this checkout stands where no other user may read it';
}

/** Options of a test that becomes that user. */
export const asNobody: { readonly skip: string | false } = { skip: whyNot() };
