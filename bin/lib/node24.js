// Owns the hand-over from whatever Node started a command to Node 24, which runs TypeScript as it is.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { root } from './machine.js';
import { SetupError } from './steps.js';

/**
 * @returns {string} path of a Node >= 24
 * @throws {SetupError} when neither the npm packages nor the machine have one
 */
export function findNode24() {
  const own = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  const candidates = [
    own,
    process.execPath,
    ...(process.env.PATH ?? '').split(delimiter).map((f) => join(f, 'node')),
  ];
  const found = candidates.find((path) => existsSync(path) && majorOf(path) >= 24);
  if (found) return found;
  throw new SetupError(
    `No Node 24 for this machine (linux, ${process.arch}) among the npm packages: install Node 24 or later on PATH.`,
  );
}

function majorOf(path) {
  if (path === process.execPath) return Number(process.versions.node.split('.')[0]);
  const result = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)/.exec(result.stdout ?? '')?.[1] ?? 0);
}

/**
 * Runs Node 24 and waits for it. Signals are passed on; the death of this process is noticed by the other
 * over the channel between them.
 * @param {string[]} args script and arguments
 * @param {{ env?: Record<string, string | undefined>, watched?: boolean }} [options] watched: the script listens
 *   on the channel, and gets a process group of its own so that Ctrl-C reaches it once
 * @returns {Promise<number>} its exit code
 */
export function handOver(args, { env = {}, watched = false } = {}) {
  const node = findNode24();
  const child = spawn(node, args, {
    cwd: watched ? root : process.cwd(),
    stdio: watched ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    detached: watched,
    env: { ...process.env, ...env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (watched || signal !== 'SIGINT') child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
    });
  }
  if (watched) watchParent(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

// npm that was killed cannot pass a signal on. It starts scripts through a shell, which then lives on without it, so
// both are watched; only under npm, since a shell that starts this directly may well end before it.
function watchParent(child) {
  if (!process.env.npm_lifecycle_event) return;
  const shell = process.ppid;
  const npm = parentOf(shell);
  setInterval(() => {
    if (process.ppid !== shell || parentOf(shell) !== npm) child.kill('SIGTERM');
  }, 500).unref();
}

function parentOf(pid) {
  try {
    return /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
