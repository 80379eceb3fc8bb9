/** One whole run of the platform: from the configuration to the last stopped child, with its words to the person. */

import { resolve } from 'node:path';
import { ConfigError, loadStartConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { markInstallation, openDataFolder } from './data-folder.ts';
import type { DataFolder, InstallationKind } from './data-folder.ts';
import { firstStart } from './first-start.ts';
import { Platform } from './platform.ts';
import type { PlatformDeps } from './platform.ts';
import { asStartError, StartError } from './start-error.ts';
import { complain, step, tell } from './terminal.ts';
import { sayReady } from './welcome.ts';

/** What a run is for and made of. */
export type RunDeps = Pick<PlatformDeps, 'kind' | 'scripts' | 'chooseStore'>;

/**
 * Runs the platform until a signal, the end of the parent or a fault; sets the exit code of the process.
 * @param deps what the run is for and made of
 */
export async function supervise(deps: RunDeps): Promise<void> {
  // A write past a file-size limit must come back as an error, not end the process.
  process.on('SIGXFSZ', () => undefined);
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const ending = endOfRun();
  try {
    await run(deps, ending);
  } catch (error) {
    if (!ending.signal.aborted) fail(error);
  }
  if (process.connected) process.disconnect();
  process.exit();
}

/** How a run comes to its end. */
interface Ending {
  readonly signal: AbortSignal;
  /** Ends the run with a fault. */
  readonly fail: (error: unknown) => void;
  /** Resolves when the run should end; rejects when it failed. */
  readonly wanted: Promise<void>;
}

function endOfRun(): Ending {
  const controller = new AbortController();
  const { promise, resolve: finish, reject } = Promise.withResolvers<undefined>();
  promise.catch(() => undefined);
  const end = (): void => {
    controller.abort();
    finish(undefined);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  process.on('disconnect', end);
  return { signal: controller.signal, fail: reject, wanted: promise };
}

async function run(deps: RunDeps, ending: Ending): Promise<void> {
  const began = Date.now();
  const config = loadStartConfig();
  const path = resolve(config.dataDir);
  const data = await step('data folder', () => open(path, deps.kind));
  const platform = new Platform({ ...deps, config, dataFolder: path, onFatal: ending.fail });
  try {
    const start = begin(platform, deps, ending.signal);
    await Promise.race([start, ending.wanted]);
    start.catch(() => undefined);
    if (!ending.signal.aborted)
      sayReady(await start, { kind: deps.kind, seconds: (Date.now() - began) / 1000 });
    await ending.wanted;
  } finally {
    const stopBegan = Date.now();
    await platform.stop();
    data.close();
    tell(`  ${((Date.now() - stopBegan) / 1000).toFixed(1).padStart(5)} s  stopped`);
  }
}

function open(path: string, kind: InstallationKind): DataFolder {
  const data = openDataFolder(path);
  markInstallation(path, kind);
  return data;
}

async function begin(platform: Platform, deps: RunDeps, signal: AbortSignal): Promise<Config> {
  const config = await platform.start();
  await firstStart(config, { kind: deps.kind, scripts: deps.scripts, signal });
  return config;
}

function fail(error: unknown): void {
  process.exitCode = 1;
  const told = asStartError(error, 'The data folder');
  const isSentence = told instanceof StartError || told instanceof ConfigError;
  complain(
    isSentence
      ? told.message
      : `The start did not succeed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}
