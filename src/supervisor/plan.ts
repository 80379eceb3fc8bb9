/** Which processes make up the platform, and what each is told by its environment. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { environmentOf, inheritedEnvironment } from '../config.ts';
import type { Config, StartConfig } from '../config.ts';
import type { ChildSpec } from './child.ts';
import type { InstallationKind } from './data-folder.ts';
import type { Secrets } from './secrets.ts';

/** TypeScript files of the platform's processes and commands, relative to the repository. */
export interface Scripts {
  readonly ledger: string;
  readonly web: string;
  readonly worker: string;
  readonly bank: string;
  readonly demo: string;
  readonly firstAdministrators: string;
}

/** The scripts of the platform itself; tests put their own in their place. */
export const platformScripts: Scripts = {
  ledger: 'src/ledger.ts',
  web: 'src/server.ts',
  worker: 'src/worker.ts',
  bank: 'standalone/sample-bank/src/main.ts',
  demo: 'src/commands/demo.ts',
  firstAdministrators: 'src/commands/first-administrators.ts',
};

const SOCKET_FOLDER = 'fupin-';

/** @returns a new folder with a short path for sockets, since a socket's path ends at about 107 bytes */
export function makeSocketFolder(): string {
  const base = tmpdir().length <= 40 ? tmpdir() : '/tmp';
  return mkdtempSync(join(base, SOCKET_FOLDER));
}

/** Deletes a folder that makeSocketFolder made; any other path is left alone. */
export function removeSocketFolder(folder: string): void {
  if (!basename(folder).startsWith(SOCKET_FOLDER)) return;
  rmSync(folder, { recursive: true, force: true });
}

/** What the supervisor found or made before the first process starts. */
export interface Supplies {
  readonly kind: InstallationKind;
  readonly config: StartConfig;
  readonly secrets: Secrets;
  readonly dataFolder: string;
  readonly ports: { readonly web: number; readonly bank: number };
  readonly uris: { readonly mongodb: string; readonly redis: string };
  readonly ledgerSocket: string;
}

/** @returns the whole configuration of the platform's own processes */
export function platformConfig(supplies: Supplies): Config {
  const { config, secrets, ports, uris } = supplies;
  const publicUrl = config.port === 0 ? `http://localhost:${ports.web}` : config.publicUrl;
  return {
    ...config,
    publicUrl,
    port: ports.web,
    bankPort: ports.bank,
    dataDir: supplies.dataFolder,
    mongodbUri: uris.mongodb,
    redisUrl: uris.redis,
    ledgerSocket: supplies.ledgerSocket,
    installation: supplies.kind,
    sessionSecret: config.sessionSecret ?? secrets.SESSION_SECRET,
    keyEncryptionKey: config.keyEncryptionKey ?? secrets.KEY_ENCRYPTION_KEY,
  };
}

/**
 * @param name name of the process, as it is told to the person
 * @param args script and its arguments
 * @param config what it is told
 * @returns a process of Node
 */
export function nodeChild(name: string, args: readonly string[], config: Partial<Config>): ChildSpec {
  return {
    name,
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', ...args],
    // As many pools of the C library as a busy ledger can use; by itself it would make four times as many.
    env: { MALLOC_ARENA_MAX: '4', ...childEnvironment(config) },
  };
}

/**
 * As nodeChild, for a process that serves requests: a small young generation, an old one that is collected when it has grown
 * by a fifth, and few pools of the C library spare a third of its memory. A ledger under load would pay a tenth of its speed.
 */
export function frugalNodeChild(name: string, script: string, config: Config): ChildSpec {
  const child = nodeChild(name, ['--max-semi-space-size=8', '--heap-growing-percent=20', script], config);
  return { ...child, env: { ...child.env, MALLOC_ARENA_MAX: '2' } };
}

/** @returns the environment of a child: this process' own, and the configuration over it */
export function childEnvironment(config: Partial<Config>): Record<string, string> {
  return { ...inheritedEnvironment(), ...environmentOf(config) };
}

/** @returns variables with which a command finds the running platform; without what the defaults say */
export function addressesFor(config: Config): Record<string, string> {
  return environmentOf(config);
}
