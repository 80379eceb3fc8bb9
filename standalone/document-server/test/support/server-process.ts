/** Starts, stops and kills one document server process on a data folder of its own. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** A document server that answers, or has answered, on a socket. */
export interface ServerProcess {
  readonly pid: number;
  readonly uri: string;
  readonly socketPath: string;
  readonly dataDir: string;
  /** Everything it has written so far, one line an entry, both streams. */
  readonly lines: readonly string[];
  /** Resolves with the exit code, or null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** SIGTERM, then waits for the end. */
  stop(): Promise<number | null>;
  /** SIGKILL, then waits for the end. */
  kill(): Promise<void>;
}

/** What came of a start: the exit code is null while it runs. */
interface Launch {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly exited: Promise<number | null>;
  readonly listening: Promise<boolean>;
}

/** A folder with a path short enough for a socket, removed by `remove`. */
export async function shortFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp('/tmp/ds-');
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Starts a server and waits until it says that it listens.
 * @param folder holds the data (in `data/`) and the socket
 * @throws Error with everything the process wrote when it ends before it listens
 */
export async function startServer(folder: string): Promise<ServerProcess> {
  const dataDir = join(folder, 'data');
  const socketPath = join(folder, 'm.sock');
  const launch = launchServer(['--data', dataDir, '--socket', socketPath, '--ttl-seconds', '1']);
  if (!(await launch.listening)) {
    throw new Error(`The document server did not start:\n${launch.lines.join('\n')}`);
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    launch.child.kill(signal);
    return launch.exited;
  };
  return {
    pid: launch.child.pid!,
    uri: `mongodb://${encodeURIComponent(socketPath)}/?maxPoolSize=80`,
    socketPath,
    dataDir,
    lines: launch.lines,
    exited: launch.exited,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}

/**
 * Runs the server where it is expected to refuse.
 * @returns its exit code and what it wrote; when it listens after all it is ended and `listened` is true
 */
export async function startRefused(
  folder: string,
): Promise<{ code: number | null; output: string; listened: boolean }> {
  const launch = launchServer(['--data', join(folder, 'data'), '--socket', join(folder, 'n.sock')]);
  const listened = await launch.listening;
  if (listened) launch.child.kill('SIGTERM');
  const code = await launch.exited;
  return { code, output: launch.lines.join('\n'), listened };
}

function launchServer(args: readonly string[]): Launch {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const saidSo = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (/"msg":\s*"listening"/.test(line)) resolve(true);
      });
    }
  });
  return { child, lines, exited, listening: Promise.race([saidSo, exited.then(() => false)]) };
}

/** Resident memory of a process in MiB. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** Number of files and sockets that a process holds open. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
