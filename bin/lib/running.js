// Owns how a command finds the platform that runs on the same data: the addresses its supervisor wrote down.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './machine.js';

/**
 * Environment of the running platform for a command that works on it.
 * @param {string} script path of the script that will run
 * @returns {Record<string, string>} variables not set here; empty for other scripts or when nothing runs
 */
export function runningPlatform(script) {
  if (!/^(src\/commands|standalone)\//.test(script)) return {};
  const file = join(resolve(root, process.env.DATA_DIR || 'data'), 'run.json');
  try {
    const { env, pid } = JSON.parse(readFileSync(file, 'utf8'));
    if (!isAlive(pid)) return {};
    return Object.fromEntries(Object.entries(env).filter(([name]) => !process.env[name]));
  } catch {
    return {};
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
