/** Runs one command of the platform on its data while the platform itself does not run. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadStartConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { openDataFolder, readInstallation } from './data-folder.ts';
import { childEnvironment } from './plan.ts';
import { Platform } from './platform.ts';
import type { PlatformDeps } from './platform.ts';
import { StartError } from './start-error.ts';
import { untilEnd } from './supervise.ts';
import type { Ending } from './supervise.ts';
import { beQuiet } from './terminal.ts';
import { tied } from './tied.ts';

/** The command and what it needs. */
export interface CommandDeps extends Pick<PlatformDeps, 'scripts' | 'chooseStore'> {
  /** Script and arguments. */
  readonly command: readonly string[];
}

/**
 * Starts ledger, document store and Redis, runs the command on them, and stops them; sets the exit code of the process.
 * @param deps the command and what it needs
 */
export function superviseCommand(deps: CommandDeps): Promise<void> {
  beQuiet();
  return untilEnd((ending) => run(deps, ending));
}

async function run({ command, ...deps }: CommandDeps, ending: Ending): Promise<void> {
  const config = loadStartConfig();
  const path = resolve(config.dataDir);
  if (!existsSync(path))
    throw new StartError(`${path} does not exist: run npm start or npm run serve first.`);
  const data = openDataFolder(path);
  const kind = readInstallation(path);
  if (kind === undefined)
    throw new StartError(`${path} holds no data yet: run npm start or npm run serve first.`);
  const platform = new Platform({ ...deps, kind, config, dataFolder: path, onFatal: ending.fail });
  try {
    const full = await platform.startStores({ web: config.port, bank: config.bankPort });
    await Promise.race([runToEnd(command, full, ending.signal), ending.wanted]);
  } finally {
    await platform.stop();
    data.close();
  }
}

async function runToEnd(command: readonly string[], config: Config, signal: AbortSignal): Promise<void> {
  const { program, args } = tied(
    [process.execPath, '--disable-warning=ExperimentalWarning', ...command],
    'KILL',
  );
  const child = spawn(program, args, { env: childEnvironment(config), stdio: 'inherit' });
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  const code = await new Promise<number | null>((done) => {
    child.once('error', () => done(1));
    child.once('close', done);
  });
  process.exitCode = code ?? 1;
}
