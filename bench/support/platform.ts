/** A whole platform for a benchmark: the real processes under the supervisor, on a data folder of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { cpuOfChildren, memoryOfChildren } from './processes.ts';

const root = resolve(import.meta.dirname, '../..');

/** A running platform. */
export interface BenchPlatform {
  readonly folder: string;
  readonly address: string;
  /** Seconds from start to the first page, and until demonstration data were loaded. */
  readonly firstPageSeconds: number;
  readonly readySeconds: number;
  /** Resident memory of web, worker and ledger together, MiB. */
  memoryMb(): Promise<number>;
  /** Of every process, store and queue included, MiB. */
  memoryByProcessMb(): Promise<Readonly<Record<string, number>>>;
  /** Processor time that each process has used so far, ms. */
  cpuMs(): Promise<Readonly<Record<string, number>>>;
  /** Stops the processes; the folder stays for another start. */
  stop(): Promise<void>;
}

/**
 * Starts a platform with demonstration data.
 * @param folder of an earlier start; a new one when left out
 * @param env further configuration
 * @param supervisor script that starts the processes, relative to the repository
 */
export async function startPlatform(
  folder?: string,
  env: Record<string, string> = {},
  supervisor = 'src/supervisor.ts',
): Promise<BenchPlatform> {
  const data = folder ?? (await mkdtemp('/tmp/fb-'));
  const [port, bankPort] = [await freePort(), await freePort()];
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 100) / 10;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', supervisor], {
    cwd: root,
    env: { ...process.env, ...env, DATA_DIR: data, PORT: String(port), BANK_PORT: String(bankPort) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  const times = { page: 0, ready: 0 };
  await untilReady(child, (line) => {
    if (/first page/.test(line)) times.page = seconds();
    if (line.startsWith('Ready')) times.ready = seconds();
    return times.ready > 0;
  });
  return {
    folder: data,
    address: `http://127.0.0.1:${port}`,
    firstPageSeconds: times.page,
    readySeconds: times.ready,
    memoryMb: async () => Object.values(await ownMemory(child)).reduce((sum, mb) => sum + mb, 0),
    memoryByProcessMb: async () => rounded(await memoryOfChildren(child.pid ?? 0)),
    cpuMs: () => cpuOfChildren(child.pid ?? 0),
    stop: async () => {
      process.off('exit', endWithUs);
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Of the programs of the platform itself, without its store and its queue. */
async function ownMemory(supervisor: ChildProcess): Promise<Record<string, number>> {
  const { web = 0, worker = 0, ledger = 0 } = await memoryOfChildren(supervisor.pid ?? 0);
  return rounded({ web, worker, ledger });
}

function rounded(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value)]));
}

/** Deletes the folder of a stopped platform. */
export async function discard(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function untilReady(child: ChildProcess, isReady: (line: string) => boolean): Promise<void> {
  if (child.stdout === null) throw new Error('no output of the supervisor');
  for await (const line of createInterface({ input: child.stdout })) if (isReady(line)) break;
  child.stdout.resume();
  if (child.exitCode !== null) throw new Error('the platform did not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
