/** A whole platform for a benchmark: the real processes under the supervisor, on a data folder of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

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
  /** The same by process. */
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
    memoryMb: async () => Object.values(await memoryOf(child.pid ?? 0)).reduce((sum, mb) => sum + mb, 0),
    memoryByProcessMb: () => memoryOf(child.pid ?? 0),
    cpuMs: () => cpuOf(child.pid ?? 0),
    stop: async () => {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    },
  };
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

async function childrenOf(parent: number): Promise<string[]> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8');
  return children.trim().split(' ');
}

/** What each process is called, by a part of its command. */
const namesByCommand = [
  ['src/server.ts', 'web'],
  ['src/worker.ts', 'worker'],
  ['src/ledger.ts', 'ledger'],
  ['document-server', 'documents'],
  ['redis-server', 'redis'],
] as const;
/** Ticks of a processor's clock a second, as every Linux counts for its users. */
const ticksPerSecond = 100;

async function cpuOf(parent: number): Promise<Record<string, number>> {
  const used = await Promise.all(
    (await childrenOf(parent)).map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const name = namesByCommand.find(([part]) => command.includes(part))?.[1];
      return [name ?? 'others', ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond] as const;
    }),
  );
  return Object.fromEntries(used);
}

async function memoryOf(parent: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const pid of await childrenOf(parent)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const name = namesByCommand.find(([part]) => command.includes(part))?.[1] ?? '';
    if (!['web', 'worker', 'ledger'].includes(name)) continue;
    const status = await readFile(join('/proc', pid, 'status'), 'utf8');
    found[name] = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
