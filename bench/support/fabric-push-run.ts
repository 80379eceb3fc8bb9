/** `bench push --ledger fabric`: a steady stream of flows on a platform on a network; how long until the ledger has decided, and shows. */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openNetwork } from '../../src/blockchain/fabric/open-network.ts';
import type { Ledger } from '../../src/blockchain/ledger.port.ts';
import { openDocumentStore } from '../../src/models/connection.ts';
import { Checkpoints } from '../../src/models/read-model/checkpoints.ts';
import type { BenchResult } from './bench-result.ts';
import { startBenchNetwork } from './fabric-network.ts';
import { QUIET, READING_LIMITS } from './fabric-ledger-run.ts';
import { discard, startPlatform, type BenchPlatform } from './platform.ts';
import { messageOf, openSender, post } from './push-sender.ts';

const PER_SECOND = 50;
const PATIENCE_MS = 120_000;
const POLL_MS = 10;

/** When each flow was sent, decided and shown; ms of this process' clock. */
interface Times {
  readonly sent: Map<string, number>;
  /** By serial number: block and arrival. */
  readonly decided: Map<string, { readonly block: number; readonly at: number }>;
  /** When the read model reached each block. */
  readonly shown: Map<number, number>;
}

/** Runs the benchmark on a network and a platform of its own. @throws Error when a flow is not decided within two minutes */
export async function runFabricPush({ quick = false }: { readonly quick?: boolean }): Promise<BenchResult> {
  const network = await startBenchNetwork();
  const env = {
    LEDGER: 'fabric',
    FABRIC_CONNECTION: network.connectionFile,
    BANK_RATE_PER_SECOND: '100000',
    BANK_RATE_BURST: '1000000',
  };
  try {
    const platform = await startPlatform(undefined, env);
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
      const times = await stream(platform, ledger, quick ? 10 : 30).finally(() => ledger.close());
      return resultOf(times, quick ? 10 : 30);
    } finally {
      await platform.stop();
      await discard(platform.folder);
    }
  } finally {
    await network.stop();
  }
}

async function stream(platform: BenchPlatform, ledger: Ledger, seconds: number): Promise<Times> {
  const times: Times = { sent: new Map(), decided: new Map(), shown: new Map() };
  const stop = new AbortController();
  const watching = Promise.all([
    watchBlocks(ledger, times, stop.signal),
    watchReadModel(platform, times, stop.signal),
  ]);
  // When the sender fails first, its failure is the one to be told.
  watching.catch(() => undefined);
  const sender = await openSender(platform);
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const under: Promise<void>[] = [];
  const began = performance.now();
  for (let sent = 0; sent < PER_SECOND * seconds; sent++) {
    const message = messageOf(sender, 1);
    times.sent.set(/BENCH\d+/.exec(message.body)?.[0] ?? '', performance.now());
    under.push(post(sender, message, agent));
    await delay(Math.max(0, began + ((sent + 1) * 1000) / PER_SECOND - performance.now()));
  }
  await Promise.all(under);
  await untilAll(times);
  stop.abort();
  agent.destroy();
  await watching;
  return times;
}

async function watchBlocks(ledger: Ledger, times: Times, signal: AbortSignal): Promise<void> {
  const { height } = await ledger.info();
  for await (const block of ledger.blocks(height, signal)) {
    const at = performance.now();
    for (const { fn, code, args } of block.transactions) {
      const serial = fn === 'ingest' && code === 'VALID' ? /BENCH\d+/.exec(args[0] ?? '')?.[0] : undefined;
      if (serial !== undefined) times.decided.set(serial, { block: block.number, at });
    }
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

async function untilAll({ sent, decided, shown }: Times): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  const isShown = (serial: string): boolean => shown.has(decided.get(serial)?.block ?? -1);
  while (![...sent.keys()].every(isShown)) {
    if (performance.now() > end) throw new Error(`${decided.size} of ${sent.size} flows were decided`);
    await delay(100);
  }
}

function resultOf({ sent, decided, shown }: Times, seconds: number): BenchResult {
  const toDecided: number[] = [];
  const toShown: number[] = [];
  const behindBlock: number[] = [];
  for (const [serial, from] of sent) {
    const { block, at } = decided.get(serial) ?? { block: -1, at: NaN };
    toDecided.push(at - from);
    toShown.push((shown.get(block) ?? NaN) - from);
    behindBlock.push(Math.max(0, (shown.get(block) ?? NaN) - at));
  }
  const at = (values: number[], share: number): number =>
    Math.round(values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? NaN);
  return {
    name: 'push',
    conditions: {
      ledger: 'Fabric 3.1, 1 Raft orderer, 3 organisations with a peer each',
      load: 'platform, network and sender on the same cores',
      flowsPerSecond: PER_SECOND,
      seconds,
      registered: 'none of the flows: each is decided as waiting for its registration',
    },
    flows: sent.size,
    pushToDecidedP50Ms: at(toDecided, 0.5),
    pushToDecidedP95Ms: at(toDecided, 0.95),
    pushToShownP50Ms: at(toShown, 0.5),
    pushToShownP95Ms: at(toShown, 0.95),
    projectorBehindBlockP95Ms: at(behindBlock, 0.95),
  };
}
