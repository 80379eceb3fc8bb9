/** Ties a process to this one, so that the system ends it when this one is killed and cannot do so itself. */

import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/**
 * @param command program and arguments
 * @param signal what the program gets when its parent is gone
 * @returns program and arguments that run it tied; unchanged on a machine without setpriv
 */
export function tied(
  command: readonly string[],
  signal: 'KILL' | 'TERM',
): { program: string; args: string[] } {
  const whole = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', signal, ...command] : [...command];
  const [program = '', ...args] = whole;
  return { program, args };
}
