/**
 * `bench push --ledger fabric`: a steady stream of flows that pay registered legs, on a platform on a network; how long until each
 * is matched, until the read model shows it, and how far the projector is behind the peers.
 */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openNetwork } from '../../src/blockchain/fabric/open-network.ts';
import type { Ledger } from '../../src/blockchain/ledger.port.ts';
import { openDocumentStore } from '../../src/models/connection.ts';
import { Checkpoints } from '../../src/models/read-model/checkpoints.ts';
import type { BenchResult } from './bench-result.ts';
import { matchedBy } from './matches.ts';
import { startBenchNetwork, type BenchNetwork } from './fabric-network.ts';
import { QUIET, READING_LIMITS } from './fabric-ledger-run.ts';
import { discard, startPlatform, type BenchPlatform } from './platform.ts';
import { openSender, post, signed } from './push-sender.ts';
import { readReadyPayments, readyFlows } from './ready-payments.ts';

const PER_SECOND = 50;
const PATIENCE_MS = 120_000;
const POLL_MS = 10;
/** Seconds of the stream that are sent first and not counted. */
const WARM_UP_SECONDS = 4;
/** Legs of a prepared draft that are registered. */
const LEGS_OF_DRAFT = 3;
const TARGET_MATCHED_MS = 2000;
const TARGET_BEHIND_MS = 200;

/** When each flow was sent, matched and shown; ms of this process' clock. */
interface Times {
  readonly sent: Map<string, number>;
  /** By serial number. */
  readonly matched: Map<string, Arrival>;
  /** When each block came from the peer, which this process listens to for itself. */
  readonly blocks: Map<number, number>;
  /** When the read model reached each block. */
  readonly shown: Map<number, number>;
}

/** The block in which a flow was matched, and when it came. */
interface Arrival {
  readonly block: number;
  readonly at: number;
}

/** What can be set. */
export interface FabricPushOptions {
  readonly quick?: boolean;
  /** Flows a second; 50 by default. */
  readonly rate?: number;
}

/** How much is sent. */
interface Load {
  readonly rate: number;
  /** Seconds that count; some more are sent first. */
  readonly seconds: number;
}

/** Runs the benchmark on a network and a platform of its own. @throws Error when a flow is not matched within two minutes */
export async function runFabricPush({
  quick = false,
  rate = PER_SECOND,
}: FabricPushOptions): Promise<BenchResult> {
  const seconds = quick ? 10 : 30;
  const load: Load = { rate, seconds };
  const network = await startBenchNetwork();
  const env = {
    LEDGER: 'fabric',
    FABRIC_CONNECTION: network.connectionFile,
    BANK_RATE_PER_SECOND: '100000',
    BANK_RATE_BURST: '1000000',
    READY_DRAFTS: String(Math.ceil((rate * (seconds + WARM_UP_SECONDS)) / LEGS_OF_DRAFT) + 1),
  };
  try {
    const platform = await startPlatform(undefined, env, 'bench/support/large/run.ts');
    try {
      const { ledger } = await openNetwork({
        connectionFile: network.connectionFile,
        channel: 'fupin',
        dataDir: network.dataDir,
        processName: 'bench',
        limits: READING_LIMITS,
        log: QUIET,
        revoke: () => Promise.reject(new Error('nothing is revoked here')),
      });
      const cpu = await cpuOf(platform, network);
      const times = await stream(platform, ledger, load).finally(() => ledger.close());
      return { ...resultOf(times, load), ...perFlow(cpu, await cpuOf(platform, network), load) };
    } finally {
      await platform.stop();
      await discard(platform.folder);
    }
  } finally {
    await network.stop();
  }
}

/** Processor time of each process so far, ms. */
async function cpuOf(platform: BenchPlatform, network: BenchNetwork): Promise<Record<string, number>> {
  const ofNetwork = Object.entries(network.cpuUs()).map(([name, us]) => [name, us / 1000] as const);
  const { user, system } = process.cpuUsage();
  return {
    ...(await platform.cpuMs()),
    ...Object.fromEntries(ofNetwork),
    bench: (user + system) / 1000,
  };
}

/** What other load does not move: processor time for a flow, and what the stream needs of the cores. */
function perFlow(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  { rate, seconds }: Load,
): { readonly cpuMsPerFlow: Record<string, number>; readonly coresNeeded: number } {
  const flows = rate * (seconds + WARM_UP_SECONDS);
  const cpuMsPerFlow = Object.fromEntries(
    Object.entries(after).map(([name, ms]) => [
      name,
      Math.round((100 * (ms - (before[name] ?? 0))) / flows) / 100,
    ]),
  );
  const sum = Object.values(cpuMsPerFlow).reduce((total, ms) => total + ms, 0);
  return { cpuMsPerFlow, coresNeeded: Math.round((sum * rate) / 10) / 100 };
}

async function stream(platform: BenchPlatform, ledger: Ledger, load: Load): Promise<Times> {
  const times: Times = { sent: new Map(), matched: new Map(), blocks: new Map(), shown: new Map() };
  const stop = new AbortController();
  const watching = Promise.all([
    watchBlocks(ledger, times, stop.signal),
    watchReadModel(platform, times, stop.signal),
  ]);
  // When the sender fails first, its failure is the one to be told.
  watching.catch(() => undefined);
  await send(platform, times, load);
  await untilAll(times);
  stop.abort();
  await watching;
  for (const serialNo of [...times.sent.keys()].slice(0, load.rate * WARM_UP_SECONDS))
    times.sent.delete(serialNo);
  return times;
}

async function send(platform: BenchPlatform, { sent }: Times, { rate, seconds }: Load): Promise<void> {
  const sender = await openSender(platform);
  const flows = readyFlows(await readReadyPayments(platform.folder));
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const under: Promise<void>[] = [];
  const began = performance.now();
  for (const { serialNo, entry } of flows) {
    if (sent.size === rate * (seconds + WARM_UP_SECONDS)) break;
    await delay(Math.max(0, began + (sent.size * 1000) / rate - performance.now()));
    const message = signed(sender, [entry]);
    sent.set(serialNo, performance.now());
    under.push(post(sender, message, agent));
  }
  await Promise.all(under);
  agent.destroy();
}

async function watchBlocks(ledger: Ledger, times: Times, signal: AbortSignal): Promise<void> {
  const { height } = await ledger.info();
  for await (const { number, transactions } of ledger.blocks(height, signal)) {
    const at = performance.now();
    times.blocks.set(number, at);
    for (const tx of transactions)
      for (const serialNo of matchedBy(tx))
        if (!times.matched.has(serialNo)) times.matched.set(serialNo, { block: number, at });
  }
}

async function watchReadModel({ folder }: BenchPlatform, times: Times, signal: AbortSignal): Promise<void> {
  const run = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as {
    env: { MONGODB_URI: string; CHANNEL?: string };
  };
  const connection = await openDocumentStore(run.env.MONGODB_URI);
  const checkpoints = new Checkpoints(connection, run.env.CHANNEL ?? 'fupin');
  let known = await checkpoints.height();
  while (!signal.aborted) {
    const height = await checkpoints.height();
    for (; known < height; known++) times.shown.set(known, performance.now());
    await delay(POLL_MS);
  }
  await connection.close();
}

async function untilAll({ sent, matched, shown }: Times): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  const isShown = (serialNo: string): boolean => shown.has(matched.get(serialNo)?.block ?? -1);
  while (![...sent.keys()].every(isShown)) {
    if (performance.now() > end) throw new Error(`${matched.size} of ${sent.size} flows were matched`);
    await delay(100);
  }
}

function resultOf({ sent, matched, blocks, shown }: Times, { rate, seconds }: Load): BenchResult {
  const toMatched: number[] = [];
  const toShown: number[] = [];
  const counted = new Set<number>();
  for (const [serialNo, from] of sent) {
    const { block, at } = matched.get(serialNo) ?? { block: -1, at: NaN };
    toMatched.push(at - from);
    toShown.push((shown.get(block) ?? NaN) - from);
    counted.add(block);
  }
  const behind = [...counted].map((block) =>
    Math.max(0, (shown.get(block) ?? NaN) - (blocks.get(block) ?? NaN)),
  );
  const at = (values: number[], share: number): number =>
    Math.round(values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? NaN);
  return {
    name: 'push',
    conditions: {
      ledger: 'Fabric 3.1, 1 Raft orderer, 3 organisations with a peer each',
      load: 'platform, network and sender on the same cores',
      flowsPerSecond: rate,
      seconds,
      registered: 'every flow pays a leg that its payer registered: one draft, copied with its registrations',
      behind: "read model's height after a block, against the block's arrival at a listener of its own",
    },
    flows: sent.size,
    blocks: counted.size,
    pushToMatchedP50Ms: at(toMatched, 0.5),
    pushToMatchedP95Ms: at(toMatched, 0.95),
    matchedWithin2s: at(toMatched, 0.95) < TARGET_MATCHED_MS ? 'yes' : 'no',
    pushToShownP50Ms: at(toShown, 0.5),
    pushToShownP95Ms: at(toShown, 0.95),
    projectorBehindBlockP50Ms: at(behind, 0.5),
    projectorBehindBlockP95Ms: at(behind, 0.95),
    projectorWithin200ms: at(behind, 0.95) <= TARGET_BEHIND_MS ? 'yes' : 'no',
  };
}
