/** Runs the mix against a ledger and takes the figures: by the blocks, by the callers' clocks, by the processes' time. */
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Draft } from '#kernel/records/draft.ts';
import {
  LedgerConflict,
  type Ledger,
  type LedgerBlock,
  type LedgerCall,
  type LedgerIdentity,
} from '../../src/blockchain/ledger.port.ts';
import { mixOf, type MixedCall } from './ledger-mix.ts';
import type { BenchWorld } from './ledger-world.ts';

const CLOCK_TICK_US = 10_000;
/** At rest: at most this much processor time in this time. */
const REST_US = 20_000;
const REST_MS = 1000;
/** Threads of libuv's pool. */
const POOL_THREADS = 4;
const KINDS: Readonly<Record<string, string>> = {
  MainThread: 'order and commit',
  WorkerThread: 'verify and simulate',
  V8Worker: 'garbage collection and compilation',
  'libuv-worker': 'disk and ranges',
};

/** What one measurement found. Times of callers in ms, processor time in µs for each committed transaction. */
export interface Figures {
  readonly transactions: number;
  readonly conflicts: number;
  readonly blocks: number;
  /** Valid transactions of the blocks ÷ seconds between the first and the last block. */
  readonly transactionsPerSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly ledgerCpuUs: number;
  /** The same by kind of thread. */
  readonly ledgerCpuUsByThread: Readonly<Record<string, number>>;
  readonly callerCpuUs: number;
  readonly ledgerMiB: number;
}

/** What is measured. */
export interface Measurement {
  readonly ledger: Ledger;
  readonly ledgerPid: number;
  readonly world: BenchWorld;
  readonly drafts: readonly Draft[];
  /** Callers at a time; each works on one draft after the other and waits for each commit. */
  readonly callers: number;
}

/** What callers work with. */
export interface SenderDeps {
  readonly ledger: Pick<Ledger, 'submit'>;
  readonly world: BenchWorld;
}

/** Sends the mix of all drafts and waits for every commit. @throws Error when a transaction did not do its work */
export async function measure(measurement: Measurement): Promise<Figures> {
  const { ledger, ledgerPid, drafts, callers } = measurement;
  const first = (await ledger.info()).height;
  const before = cpuUsByThread(ledgerPid);
  const ownCpu = process.cpuUsage();
  const sender = new Sender(measurement);
  const queue = [...drafts];
  await Promise.all(Array.from({ length: callers }, () => sender.work(queue)));
  const { user, system } = process.cpuUsage(ownCpu);
  const after = cpuUsByThread(ledgerPid);
  const blocks = await blocksFrom(ledger, first, (await ledger.info()).height);
  const transactions = blocks
    .flatMap((block) => block.transactions)
    .filter(({ code }) => code === 'VALID').length;
  const seconds = ((blocks.at(-1)?.timestampMs ?? 0) - (blocks[0]?.timestampMs ?? 0)) / 1000;
  const byThread = Object.fromEntries(
    Object.entries(after).map(([kind, us]) => [kind, Math.round((us - (before[kind] ?? 0)) / transactions)]),
  );
  const latencies = sender.latenciesMs.sort((a, b) => a - b);
  const at = (share: number): number => round(latencies[Math.floor(latencies.length * share)] ?? 0);
  return {
    transactions,
    conflicts: sender.conflicts,
    blocks: blocks.length,
    transactionsPerSecond: Math.round(transactions / seconds),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    ledgerCpuUs: Object.values(byThread).reduce((sum, us) => sum + us, 0),
    ledgerCpuUsByThread: byThread,
    callerCpuUs: Math.round((user + system) / transactions),
    ledgerMiB: memoryMiBOf(ledgerPid),
  };
}

/** Waits until the ledger process rests, so that sorting the prepared state into files is not measured. */
export async function untilAtRest(pid: number): Promise<void> {
  const total = (): number => Object.values(cpuUsByThread(pid)).reduce((sum, us) => sum + us, 0);
  for (let before = -Infinity; total() - before > REST_US;) {
    before = total();
    await delay(REST_MS);
  }
}

/** Callers of a ledger: their times, and how often they met conflicts. */
export class Sender {
  readonly latenciesMs: number[] = [];
  conflicts = 0;
  readonly #measurement: SenderDeps;

  constructor(measurement: SenderDeps) {
    this.#measurement = measurement;
  }

  async work(queue: Draft[]): Promise<void> {
    for (let draft = queue.pop(); draft; draft = queue.pop()) {
      for (const call of mixOf(draft)) await this.#send(call);
    }
  }

  async #send(mixed: MixedCall): Promise<void> {
    const { world } = this.#measurement;
    const identity = await world.identity(mixed.who);
    const result = await this.timed(world.call(mixed.contractFn, mixed.args), identity);
    if (!result.includes(mixed.expect)) throw new Error(`${mixed.contractFn} answered ${result}`);
  }

  /** Submits until no conflict is met; the last try's time counts. @returns what the contract answered */
  async timed(call: LedgerCall, identity: LedgerIdentity): Promise<string> {
    for (;;) {
      const start = performance.now();
      try {
        const { result } = await this.#measurement.ledger.submit(call, identity);
        this.latenciesMs.push(performance.now() - start);
        return result;
      } catch (error) {
        if (!(error instanceof LedgerConflict)) throw error;
        this.conflicts++;
      }
    }
  }
}

async function blocksFrom(ledger: Ledger, first: number, height: number): Promise<LedgerBlock[]> {
  const stop = new AbortController();
  const blocks: LedgerBlock[] = [];
  for await (const block of ledger.blocks(first, stop.signal)) {
    blocks.push(block);
    if (block.number >= height - 1) stop.abort();
  }
  return blocks;
}

/** µs by kind of thread. LevelDB's own thread bears the name of the pool thread that started it. */
function cpuUsByThread(pid: number): Record<string, number> {
  const sums: Record<string, number> = {};
  let poolThreads = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .sort((a, b) => a - b)) {
    const [name = '', rest = ''] = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')
      .split(/ \(|\) /)
      .slice(1);
    const fields = rest.split(' ');
    const kind =
      name === 'libuv-worker' && ++poolThreads > POOL_THREADS ? 'LevelDB' : (KINDS[name] ?? 'other');
    sums[kind] = (sums[kind] ?? 0) + (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_US;
  }
  return sums;
}

function memoryMiBOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
