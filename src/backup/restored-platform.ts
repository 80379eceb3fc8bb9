/** A platform that runs for a while on a restored data folder, under a supervisor of its own on free ports. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { InstallationKind } from '../supervisor/data-folder.ts';
import { freePorts } from '../supervisor/ports.ts';
import { StartError } from '../supervisor/start-error.ts';

const supervisor = join(import.meta.dirname, '../supervisor.ts');
/** Addresses of the platform that was backed up; the restored one must not meet them. */
const foreign = [
  'MONGODB_URI',
  'REDIS_URL',
  'LEDGER_SOCKET',
  'PUBLIC_URL',
  'SESSION_SECRET',
  'KEY_ENCRYPTION_KEY',
];

/** A running platform and how to reach its parts. */
export interface RestoredPlatform {
  readonly mongodbUri: string;
  readonly ledgerSocket: string;
  stop(): Promise<void>;
}

/** Starts it and waits until it is ready. @throws StartError when it does not become ready */
export async function startRestored(dataDir: string, kind: InstallationKind): Promise<RestoredPlatform> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.includes(name)));
  const [port, bankPort] = await freePorts();
  const args = ['--disable-warning=ExperimentalWarning', supervisor, kind];
  const child = spawn(process.execPath, args, {
    env: { ...env, DATA_DIR: dataDir, PORT: String(port), BANK_PORT: String(bankPort) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
  };
  if (!(await becomesReady(child)))
    throw new StartError('The restored platform did not start; its lines stand above.');
  const run: unknown = JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8'));
  const { MONGODB_URI = '', LEDGER_SOCKET = '' } = (run as { env: Record<string, string> }).env;
  return { mongodbUri: MONGODB_URI, ledgerSocket: LEDGER_SOCKET, stop };
}

async function becomesReady(child: ChildProcess): Promise<boolean> {
  if (child.stdout === null) return false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('Ready')) continue;
    child.stdout.resume();
    return true;
  }
  return false;
}
