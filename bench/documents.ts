/** The benchmark of the documents: the built-in server through Mongoose, and the MongoDB of MONGODB_URI beside it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { documentRows } from './support/document-rows.ts';
import type { BenchResult, Row } from './support/bench-result.ts';

const SERVER = join(import.meta.dirname, '../standalone/document-server/src/main.ts');

const CLOCK_TICK_US = 10_000;

/** What can be set. */
export interface DocumentBenchOptions {
  /** A tenth of the documents and of the calls: for a look, not for figures to report. */
  readonly quick?: boolean;
}

/** Runs the benchmark on a server of its own in a temporary folder. */
export async function run({ quick = false }: DocumentBenchOptions = {}): Promise<BenchResult> {
  const scale = quick ? 0.1 : 1;
  const given = process.env['MONGODB_URI'];
  const server = await startServer();
  try {
    let rssMb = 0;
    let startSeconds = 0;
    const rows = await documentRows(server.uri, scale, {
      cpuUs: server.cpuUs,
      full: async () => {
        rssMb = await server.residentMb();
        startSeconds = await server.restart();
      },
    });
    const beside = given === undefined ? undefined : await documentRows(given, scale);
    return {
      name: 'documents',
      conditions: {
        documents: 1_000_000 * scale,
        document: 'about 400 bytes, three indexes beside _id',
        path: 'collections of a Mongoose connection, generator on the same cores',
        durability: 'fsync before the answer',
      },
      rows,
      rssMb,
      startSeconds,
      ...(beside && { mongodbRows: beside, ratios: ratios(rows, beside) }),
    };
  } finally {
    await server.stop();
  }
}

/** The built-in server's figure ÷ MongoDB's, for each row. */
function ratios(rows: readonly Row[], beside: readonly Row[]): Record<string, number> {
  const other = new Map(beside.map((row) => [row.name, row.perSecond]));
  return Object.fromEntries(
    rows.map(({ name, perSecond }) => [name, Number((perSecond / (other.get(name) ?? NaN)).toFixed(2))]),
  );
}

interface BenchServer {
  readonly uri: string;
  readonly cpuUs: () => number;
  residentMb(): Promise<number>;
  /** Ends and starts it on the same data; seconds from the start to the first answer. */
  restart(): Promise<number>;
  stop(): Promise<void>;
}

async function startServer(): Promise<BenchServer> {
  const folder = await mkdtemp('/tmp/bench-');
  const socket = join(folder, 'd.sock');
  let running = await launch(folder, socket);
  return {
    uri: `mongodb://${encodeURIComponent(socket)}/bench`,
    cpuUs: () => {
      const fields = readFileSync(`/proc/${running.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_US;
    },
    residentMb: async () => {
      const status = await readFile(`/proc/${running.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    },
    restart: async () => {
      await running.stop();
      const began = performance.now();
      running = await launch(folder, socket);
      return Number(((performance.now() - began) / 1000).toFixed(2));
    },
    stop: async () => {
      await running.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function launch(
  folder: string,
  socket: string,
): Promise<{ pid: number; stop: () => Promise<unknown> }> {
  const args = ['--disable-warning=ExperimentalWarning', SERVER, '--data', folder, '--socket', socket];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const listening = new Promise<true>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"listening"')) resolve(true);
    });
  });
  if ((await Promise.race([listening, ended])) !== true || child.pid === undefined) {
    throw new Error('the document server did not start');
  }
  const stop = (): Promise<unknown> => {
    child.kill('SIGTERM');
    return ended;
  };
  return { pid: child.pid, stop };
}
