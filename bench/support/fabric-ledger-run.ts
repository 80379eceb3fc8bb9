/** `bench ledger --ledger fabric`: the bare client with a trivial contract and with ours, and the platform's adapter, in one run. */
import { readFile } from 'node:fs/promises';
import { openNetwork } from '../../src/blockchain/fabric/open-network.ts';
import type { FabricConnection } from '../../src/blockchain/fabric/connection.ts';
import type { Ledger, LedgerIdentity } from '../../src/blockchain/ledger.port.ts';
import { BareClient, type BareNetwork } from './bare-client.ts';
import type { BenchResult } from './bench-result.ts';
import { startBenchNetwork, type BenchNetwork } from './fabric-network.ts';
import { TRANSACTIONS_PER_DRAFT } from './ledger-mix.ts';
import { Sender } from './ledger-run.ts';
import { BenchWorld } from './ledger-world.ts';

/** Patience of a benchmark that meets a loaded machine. */
export const READING_LIMITS = {
  evaluateMs: 5000,
  endorseMs: 30_000,
  submitMs: 10_000,
  statusMs: 30_000,
  proposeMs: 60_000,
  settleMs: 90_000,
  maxInFlight: 450,
} as const;
const nothing = (): void => undefined;
/** A log that nobody reads. */
export const QUIET = { info: nothing, warn: nothing, error: nothing } as const;
const TARGET_PER_SECOND = 200;

/** What can be set. */
export interface FabricBenchOptions {
  /** Callers at a time; 200 by default. */
  readonly callers?: number;
  /** Rounds, in each of which every way is measured once; 2 by default. */
  readonly rounds?: number;
  /** Transactions of each way in each round, about; 3,600 by default. */
  readonly transactions?: number;
  readonly quick?: boolean;
}

/** One way in one round. Processor time in µs for each committed transaction. */
interface Measured {
  readonly way: string;
  readonly transactions: number;
  readonly conflicts: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly clientCpuUs: number;
  readonly peersCpuUs: number;
  readonly ordererCpuUs: number;
  readonly contractsCpuUs: number;
}

interface Subject {
  readonly network: BenchNetwork;
  readonly ledger: Ledger;
  readonly bare: BareClient;
  readonly world: BenchWorld;
  readonly callers: number;
}

/** Runs the benchmark on a network of its own. @throws Error when Fabric's programs are missing */
export async function runFabric(options: FabricBenchOptions): Promise<BenchResult> {
  const { callers = 200, rounds = options.quick ? 1 : 2 } = options;
  const { transactions = options.quick ? 2400 : 3600 } = options;
  const network = await startBenchNetwork();
  try {
    const { ledger, authorities, connection } = await openNetwork({
      connectionFile: network.connectionFile,
      channel: 'fupin',
      dataDir: network.dataDir,
      processName: 'bench',
      limits: READING_LIMITS,
      log: QUIET,
      revoke: () => Promise.reject(new Error('nothing is revoked here')),
    });
    const bare = new BareClient(await bareNetwork(connection));
    const world = new BenchWorld(ledger, authorities);
    try {
      await world.populate();
      const rows = await measureAll({ network, ledger, bare, world, callers }, { rounds, transactions });
      return resultOf(rows, { callers, rounds });
    } finally {
      bare.close();
      await ledger.close();
    }
  } finally {
    await network.stop();
  }
}

async function measureAll(
  subject: Subject,
  { rounds, transactions }: { readonly rounds: number; readonly transactions: number },
): Promise<Measured[]> {
  const rows: Measured[] = [];
  const drafts = Math.ceil(transactions / TRANSACTIONS_PER_DRAFT);
  let serial = 1;
  const mix = async (way: string, ledger: Pick<Ledger, 'submit'>): Promise<Measured> => {
    const added = await subject.world.addDrafts(serial, drafts);
    serial += drafts;
    const sender = new Sender({ ledger, world: subject.world });
    const queue = [...added];
    return take(way, subject, sender, () => sender.work(queue));
  };
  await mix('warm-up', subject.ledger);
  for (let round = 0; round < rounds; round++) {
    rows.push(await trivial(subject, transactions, round));
    rows.push(await mix('bare client, our contracts', subject.bare));
    rows.push(await mix('adapter, our contracts', subject.ledger));
  }
  return rows;
}

async function trivial(subject: Subject, transactions: number, round: number): Promise<Measured> {
  const who = await anybody(subject.world);
  const sender = new Sender({ ledger: subject.bare, world: subject.world });
  let next = 0;
  return take('bare client, trivial contract', subject, sender, async () => {
    while (next < transactions) {
      const args = [`trivial-${round}-${next++}`];
      await sender.timed({ contract: 'trivial', fn: 'run', args }, who);
    }
  });
}

function anybody(world: BenchWorld): Promise<LedgerIdentity> {
  return world.identity({
    userId: 'bench',
    role: 'platform',
    orgId: 'operator',
    division: '52',
    posts: [],
  });
}

async function take(
  way: string,
  { network, callers }: Subject,
  sender: Sender,
  lane: () => Promise<void>,
): Promise<Measured> {
  const cpuBefore = network.cpuUs();
  const ownBefore = process.cpuUsage();
  const began = performance.now();
  await Promise.all(Array.from({ length: callers }, lane));
  const seconds = (performance.now() - began) / 1000;
  const own = process.cpuUsage(ownBefore);
  const cpu = network.cpuUs();
  const times = sender.latenciesMs.toSorted((a, b) => a - b);
  const each = (us: number): number => Math.round(us / times.length);
  const used = (kind: string): number => each((cpu[kind] ?? 0) - (cpuBefore[kind] ?? 0));
  const at = (share: number): number => Math.round(times[Math.floor(times.length * share)] ?? 0);
  return {
    way,
    transactions: times.length,
    conflicts: sender.conflicts,
    perSecond: Math.round(times.length / seconds),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    clientCpuUs: each(own.user + own.system),
    peersCpuUs: used('peers'),
    ordererCpuUs: used('orderer'),
    contractsCpuUs: used('contracts'),
  };
}

function resultOf(rows: readonly Measured[], conditions: Record<string, number>): BenchResult {
  const rate = (way: string): number => {
    const own = rows.filter((row) => row.way === way);
    const seconds = own.reduce((sum, row) => sum + row.transactions / row.perSecond, 0);
    return total(own) / seconds;
  };
  const cost = (way: string): number => {
    const own = rows.filter((row) => row.way === way);
    return own.reduce((sum, row) => sum + cpuUsOf(row) * row.transactions, 0) / total(own);
  };
  const adapterCost = cost('adapter, our contracts');
  const adapter = rate('adapter, our contracts');
  const bare = rate('bare client, our contracts');
  const bareTrivial = rate('bare client, trivial contract');
  const share = (part: number): number => Math.round(part * 100) / 100;
  return {
    name: 'ledger',
    conditions: {
      ...conditions,
      ledger: 'Fabric 3.1, 1 Raft orderer, 3 organisations with a peer each, majority endorsement, TLS',
      load: 'client, peers, orderer and contracts on the same cores',
    },
    adapterPerSecond: Math.round(adapter),
    barePerSecond: Math.round(bare),
    bareTrivialPerSecond: Math.round(bareTrivial),
    adapterToBare: share(adapter / bare),
    adapterToTrivial: share(adapter / bareTrivial),
    // Of processor time, which neighbours of the run move less than they move the rates.
    adapterToBareByCpu: share(cost('bare client, our contracts') / adapterCost),
    adapterToTrivialByCpu: share(cost('bare client, trivial contract') / adapterCost),
    holds200: adapter >= TARGET_PER_SECOND ? 'yes' : 'no',
    thesis:
      'single chain 82.8/s on a consensus of its own and 91.6/s on Fabric, 150/s with two chains together',
    whereTheTimeGoes: noteOf(rows.filter(({ way }) => way === 'adapter, our contracts')),
    measured: rows,
  };
}

function total(rows: readonly Measured[]): number {
  return rows.reduce((sum, row) => sum + row.transactions, 0);
}

function cpuUsOf({ clientCpuUs, peersCpuUs, ordererCpuUs, contractsCpuUs }: Measured): number {
  return clientCpuUs + peersCpuUs + ordererCpuUs + contractsCpuUs;
}

function noteOf(rows: readonly Measured[]): string {
  const mean = (of: (row: Measured) => number): number =>
    Math.round(rows.reduce((sum, row) => sum + of(row), 0) / Math.max(1, rows.length)) / 1000;
  const parts = [
    ['client', mean((row) => row.clientCpuUs)],
    ['peers', mean((row) => row.peersCpuUs)],
    ['orderer', mean((row) => row.ordererCpuUs)],
    ['contracts', mean((row) => row.contractsCpuUs)],
  ] as const;
  return `processor ms for a transaction: ${parts.map(([name, ms]) => `${name} ${ms.toFixed(2)}`).join(', ')}`;
}

async function bareNetwork({ channel, chaincode, organisations }: FabricConnection): Promise<BareNetwork> {
  const peers = organisations.map(async ({ mspId, peers: [first] }) => ({
    mspId,
    endpoint: first!.endpoint,
    tlsRoot: await readFile(first!.tlsRootPem, 'utf8'),
  }));
  return { channel, chaincode, peers: await Promise.all(peers) };
}
