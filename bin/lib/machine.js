// Owns what a command needs from the machine before Node 24 takes over: the npm packages and the Debian packages.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError, step } from './steps.js';

/** Folder of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Debian packages by name, with the test that tells whether each is there. */
const packages = {
  'redis-server': () => onPath('redis-server'),
  chromium: () => onPath('chromium'),
  'fonts-noto-cjk': () => isInstalled('fonts-noto-cjk'),
};

/** @throws {SetupError} when the operating system or this Node cannot carry the platform */
export function checkMachine() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 18) throw new SetupError(`Node ${process.versions.node} is too old: install Node 18 or later.`);
  if (process.platform !== 'linux') {
    throw new SetupError(`The platform runs on Linux; this machine is ${process.platform}.`);
  }
}

/**
 * Installs the npm packages when they are missing or not those of the lock file.
 * @param {{ quiet?: boolean }} [options] quiet: no line when nothing had to be done
 */
export async function ensureModules({ quiet = false } = {}) {
  if (modulesAreCurrent()) {
    if (!quiet) await step('npm packages', () => 'as in package-lock.json');
    return;
  }
  await step('npm packages installed (npm ci)', () => {
    const result = spawnSync(
      'npm',
      ['ci', '--include=dev', '--include=optional', '--no-fund', '--no-audit'],
      {
        cwd: root,
        encoding: 'utf8',
        env: withoutNpmScript(process.env),
      },
    );
    if (result.error) throw new SetupError('npm was not found: install npm, then run this command again.');
    if (result.status !== 0)
      throw new SetupError(`npm ci did not succeed in ${root}:\n${result.stderr.trim()}`);
  });
}

/**
 * Installs missing Debian packages as root; anybody else is told the one command.
 * @param {(keyof typeof packages)[]} names what the command needs
 */
export async function ensurePackages(names) {
  const missing = names.filter((name) => !packages[name]());
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!onPath('apt-get')) {
    throw new SetupError(
      `Not found on this machine: ${missing.join(', ')}. Install it, then run this command again.`,
    );
  }
  if (process.getuid() !== 0) {
    throw new SetupError(`Debian packages are missing. Run this, then start again:\n  sudo ${command}`);
  }
  await step(`Debian packages installed: ${missing.join(' ')}`, () => install(missing, command));
}

function install(missing, command) {
  withServicesStopped(() => {
    apt(['update'], 'apt-get update');
    apt(['install', '-y', '--no-install-recommends', ...missing], command);
  });
  // The platform runs a Redis of its own; the one that Debian would start at boot stays off.
  if (missing.includes('redis-server')) {
    spawnSync('systemctl', ['disable', '--now', 'redis-server'], { stdio: 'ignore' });
    spawnSync('update-rc.d', ['redis-server', 'disable'], { stdio: 'ignore' });
  }
  const still = missing.filter((name) => !packages[name]());
  if (still.length > 0) throw new SetupError(`Installed, but still not found: ${still.join(', ')}.`);
}

function withServicesStopped(action) {
  const policy = '/usr/sbin/policy-rc.d';
  const own = !existsSync(policy);
  if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    action();
  } finally {
    if (own) rmSync(policy);
  }
}

function apt(args, command) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const result = spawnSync('apt-get', ['-q', ...args], { encoding: 'utf8', env, maxBuffer: 1 << 26 });
  if (result.status !== 0) {
    throw new SetupError(`"${command}" did not succeed:\n${String(result.stderr).trim()}`);
  }
}

function modulesAreCurrent() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true;
  if (!sameVersions(readPackages(lock), readPackages(installed))) return false;
  utimesSync(installed, new Date(), new Date());
  return true;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

function sameVersions(wanted, installed) {
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
}

/** @param {string} program name of a program; true when a folder of PATH holds it */
export function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function isInstalled(name) {
  const result = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' });
  return result.stdout === 'installed';
}

// npm hands its own settings down to the scripts it runs; a second npm would take them for its command line.
function withoutNpmScript(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_(config_|lifecycle|package)/.test(name)),
  );
}
