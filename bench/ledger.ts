/** The benchmark of the embedded ledger: a realistic mix of the real contracts, signed by different users, durable. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { connectEmbeddedLedger } from '../src/blockchain/embedded/client.ts';
import { openAuthorities } from '../src/blockchain/identity/authority-folder.ts';
import type { BenchResult } from './support/bench-result.ts';
import { runFabric } from './support/fabric-ledger-run.ts';
import { TRANSACTIONS_PER_DRAFT } from './support/ledger-mix.ts';
import { measure, untilAtRest, type Figures } from './support/ledger-run.ts';
import { BenchWorld } from './support/ledger-world.ts';

const CHANNEL = 'bench';
const LEDGER = resolve(import.meta.dirname, '../src/ledger.ts');
const CONTRACTS = resolve(import.meta.dirname, 'support/ledger-contracts.ts');
const PROJECTOR = resolve(import.meta.dirname, 'support/ledger-projector.ts');
const WARM_UP_DRAFTS = 400;

/** What can be set. */
export interface LedgerBenchOptions {
  /** Transactions of each measurement, about; 24,000 by default. */
  readonly transactions?: number;
  /** Callers at a time; 128 by default. */
  readonly callers?: number;
  /** Keys in the state before each measurement; 10,000 and 1,000,000 by default. */
  readonly keys?: number | readonly number[];
  /** Which ledger; `--ledger fabric` and `--ledger=fabric` mean the same. */
  readonly ledger?: string | boolean;
  readonly fabric?: boolean;
  /** A short run on the small state alone. */
  readonly quick?: boolean;
  /** Endorser threads; the ledger's own choice by default. */
  readonly threads?: number;
}

/** One state size: with the projector stopped, and with it running on the same cores, the document server included. */
interface Measured {
  readonly keys: number;
  readonly alone: Figures;
  readonly withProjector?: Figures;
}

interface StateOptions {
  readonly keys: number;
  readonly drafts: number;
  readonly callers: number;
  readonly threads: number | undefined;
  /** Measures a second time with the projector running. */
  readonly projector: boolean;
}

/** What the benchmark answers. The head figures are those of the first state size with the projector stopped. */
export interface LedgerBenchResult extends Figures, BenchResult {
  readonly name: 'ledger';
  readonly conditions: Readonly<Record<string, string | number>>;
  readonly measured: readonly Measured[];
  /** Processor time for a transaction in the largest state ÷ in the smallest. */
  readonly growth: number;
}

/**
 * Runs the benchmark in temporary folders, with `--ledger fabric` on a network of its own.
 * @throws Error when a transaction fails or did not do its work
 */
export function run(options: LedgerBenchOptions = {}): Promise<BenchResult> {
  return options.ledger === 'fabric' || options.fabric === true ? runFabric(options) : runEmbedded(options);
}

async function runEmbedded(options: LedgerBenchOptions): Promise<LedgerBenchResult> {
  const { quick = false, callers = 128 } = options;
  const { transactions = quick ? 6000 : 24_000, keys = quick ? 10_000 : [10_000, 1_000_000] } = options;
  const drafts = Math.ceil(transactions / TRANSACTIONS_PER_DRAFT);
  const measured: Measured[] = [];
  for (const [index, count] of [keys].flat().entries()) {
    const { threads } = options;
    measured.push(await measureState({ keys: count, drafts, callers, threads, projector: index === 0 }));
  }
  const [first] = measured;
  const last = measured.at(-1);
  if (!first || !last) throw new Error('no state size was given');
  return {
    name: 'ledger',
    conditions: {
      callers,
      threads: options.threads ?? 'default',
      mix: '4 register, 4 ingest with matching, 2 apply, 2 progress a draft',
      durability: 'fdatasync before the answer',
      load: 'generator on the same cores, signing included',
    },
    ...first.alone,
    measured,
    growth: Math.round((last.alone.ledgerCpuUs / first.alone.ledgerCpuUs) * 100) / 100,
  };
}

async function measureState({ keys, drafts, callers, threads, projector }: StateOptions): Promise<Measured> {
  const data = await mkdtemp(join(tmpdir(), 'bench-'));
  const socketPath = join(data, 'l.sock');
  const { pid, stop } = await startLedger(data, socketPath, threads);
  const ledger = connectEmbeddedLedger({ socketPath, channel: CHANNEL });
  try {
    const world = new BenchWorld(ledger, await openAuthorities(data));
    await world.populate();
    await world.fill(keys);
    const step = async (first: number, count: number): Promise<Figures> =>
      measure({ ledger, ledgerPid: pid, world, callers, drafts: await world.addDrafts(first, count) });
    await step(1, WARM_UP_DRAFTS);
    await untilAtRest(pid);
    const alone = await step(WARM_UP_DRAFTS + 1, drafts);
    if (!projector) return { keys, alone };
    const running = await startProjector(socketPath);
    const withProjector = await step(WARM_UP_DRAFTS + drafts + 1, drafts);
    await running.stop();
    return { keys, alone, withProjector };
  } finally {
    await ledger.close();
    await stop();
    await rm(data, { recursive: true });
  }
}

/** The projector in a process of its own, once it has caught up. */
async function startProjector(socketPath: string): Promise<{ readonly stop: () => Promise<unknown> }> {
  const child = spawn(process.execPath, [PROJECTOR, socketPath, CHANNEL], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { stop: await untilLine(child, 'ready') };
}

async function startLedger(
  data: string,
  socket: string,
  threads?: number,
): Promise<{ readonly pid: number; readonly stop: () => Promise<unknown> }> {
  const args = [LEDGER, '--data', data, '--socket', socket, '--channel', CHANNEL, '--contracts', CONTRACTS];
  if (threads !== undefined) args.push('--threads', String(threads));
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = await untilLine(child, '"listening"');
  if (child.pid === undefined) throw new Error('the ledger did not start');
  return { pid: child.pid, stop };
}

/** Waits for a line of the child's. @returns a function that stops the child and waits for its end */
async function untilLine(
  child: ChildProcessByStdio<null, Readable, null>,
  line: string,
): Promise<() => Promise<unknown>> {
  const ended = once(child, 'exit');
  const seen = new Promise<true>((done) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (text.includes(line)) done(true);
    });
  });
  if ((await Promise.race([seen, ended])) !== true) throw new Error(`${child.spawnargs.join(' ')} ended`);
  return () => {
    child.kill('SIGTERM');
    return ended;
  };
}
