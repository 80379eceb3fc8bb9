/** Starts the ledger process on a folder, for tests that stop, kill or restart it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ENTRY = resolve(import.meta.dirname, '../../src/ledger.ts');
const TOY_MODULE = resolve(import.meta.dirname, 'toy-contracts.ts');

/** What the process wrote and how it ended. */
export interface LedgerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A ledger process of a test. */
export interface LedgerProcess {
  readonly child: ChildProcess;
  /** Log lines so far. */
  readonly log: readonly Record<string, unknown>[];
  /** Resolves when it has ended. */
  readonly ended: Promise<LedgerExit>;
  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<LedgerExit>;
}

/** How a ledger process is started. */
export interface LedgerProcessOptions {
  readonly data: string;
  readonly socket: string;
  readonly channel: string;
  /** Largest file it may write, KiB: a disk that is full. */
  readonly fileLimitKiB?: number;
  /** The most endorser threads; as many as there are cores by default. */
  readonly threads?: number;
}

/** Starts it and waits until it listens. @throws Error with what it wrote when it ends before */
export async function startLedgerProcess(options: LedgerProcessOptions): Promise<LedgerProcess> {
  const { child, ended, stderr } = spawnLedger(options);
  const log: Record<string, unknown>[] = [];
  const listening = new Promise<void>((done) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      log.push(entry);
      if (entry.msg === 'listening') done();
    });
  });
  const early = await Promise.race([listening, ended]);
  if (early) throw new Error(`the ledger ended: ${stderr()}`);
  return {
    child,
    log,
    ended,
    stop: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs it where it must not start. @returns how it ended */
export function runLedgerProcess(options: LedgerProcessOptions): Promise<LedgerExit> {
  return spawnLedger(options).ended;
}

function spawnLedger(options: LedgerProcessOptions): {
  child: ChildProcess & { stdout: NodeJS.ReadableStream };
  ended: Promise<LedgerExit>;
  stderr: () => string;
} {
  const { data, socket, channel } = options;
  const args = [ENTRY, '--data', data, '--socket', socket, '--channel', channel, '--contracts', TOY_MODULE];
  if (options.threads !== undefined) args.push('--threads', String(options.threads));
  const limit = options.fileLimitKiB === undefined ? 'unlimited' : String(options.fileLimitKiB);
  const command = ['-c', 'ulimit -f "$0"; exec "$@"', limit, process.execPath, ...args];
  const child = spawn('bash', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stderr,
  }));
  return { child, ended, stderr: () => stderr };
}
