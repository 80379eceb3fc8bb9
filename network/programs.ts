/** Finds the Fabric programs that the user has installed, and says in one sentence what is missing. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../src/supervisor/start-error.ts';

const run = promisify(execFile);

/** The programs a network needs. */
export const programNames = ['peer', 'orderer', 'configtxgen'] as const;
/** Absolute path of each program. */
export type Programs = Readonly<Record<(typeof programNames)[number], string>>;

const SOURCE = 'https://github.com/hyperledger/fabric/releases';

/** Folders that are searched, in their order. */
export function searchPath(env: Readonly<Record<string, string | undefined>>): string[] {
  const own = env['FABRIC_BIN'] ? [env['FABRIC_BIN']] : [];
  return [...own, ...(env['PATH'] ?? '').split(delimiter)].filter((folder) => folder !== '');
}

/**
 * Finds every program.
 * @param folders where to look, first match wins
 * @throws StartError naming the programs that are missing, the version and where users get them
 */
export function findPrograms(folders: readonly string[]): Programs {
  const found = programNames.map((name) => [name, findProgram(name, folders)] as const);
  const missing = found.filter(([, path]) => path === null).map(([name]) => name);
  if (missing.length > 0) throw new StartError(missingSentence(missing));
  return Object.fromEntries(found) as Programs;
}

/** @returns the sentence for programs that are not there */
export function missingSentence(missing: readonly string[]): string {
  return (
    `A Fabric network needs ${missing.join(', ')} of Hyperledger Fabric 3.1: not found in FABRIC_BIN nor in PATH. ` +
    `The official release is at ${SOURCE} (hyperledger-fabric-linux-<architecture>-3.1.x.tar.gz, folder bin); ` +
    'set FABRIC_BIN to that folder.'
  );
}

/**
 * Asks a program for its version.
 * @returns such as `3.1.5`
 * @throws StartError when it is not 3.x or cannot run
 */
export async function checkVersion(programs: Programs): Promise<string> {
  const { stdout } = await run(programs.peer, ['version']).catch(() => ({ stdout: '' }));
  const version = /Version:\s*v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined || Number(version.split('.')[0]) < 3 || version.startsWith('3.0.')) {
    const what = version === undefined ? 'tells no version' : `is version ${version}`;
    throw new StartError(
      `${programs.peer} ${what}; Hyperledger Fabric 3.1 is needed, which users get at ${SOURCE}.`,
    );
  }
  return version;
}

function findProgram(name: string, folders: readonly string[]): string | null {
  const paths = folders.map((folder) => join(folder, name));
  return paths.find((path) => isExecutable(path)) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
