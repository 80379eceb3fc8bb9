// Owns how a command reaches the platform: the one that runs on the same data, or its stores started for the command.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './machine.js';

/** Commands that need ledger and stores, whether or not the platform runs. */
const onStores = /^src\/commands\/(check|rebuild)\.ts$/;

/**
 * Decides how a script is run.
 * @param {string[]} args script and arguments
 * @returns {{ args: string[], env: Record<string, string>, watched: boolean }} what Node 24 is given
 */
export function howToRun(args) {
  const script = args[0] ?? '';
  const running = /^(src\/commands|standalone)\//.test(script) ? runningPlatform() : undefined;
  if (running === undefined && onStores.test(script)) {
    return {
      args: ['--disable-warning=ExperimentalWarning', 'src/supervisor.ts', 'run', ...args],
      env: {},
      watched: true,
    };
  }
  return { args, env: running ?? {}, watched: false };
}

/** Variables of the platform that runs, without those set here; undefined when none runs. */
function runningPlatform() {
  const file = join(resolve(root, process.env.DATA_DIR || 'data'), 'run.json');
  try {
    const { env, pid } = JSON.parse(readFileSync(file, 'utf8'));
    if (!isAlive(pid)) return undefined;
    return Object.fromEntries(Object.entries(env).filter(([name]) => !process.env[name]));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
