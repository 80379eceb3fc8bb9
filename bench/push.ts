/** Benchmark `push`: signed flows over HTTP from another process than the platform's, until they are durable and on the ledger. */
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { rowOf, type BenchResult } from './support/bench-result.ts';
import { runFabricPush } from './support/fabric-push-run.ts';
import { discard, startPlatform, type BenchPlatform } from './support/platform.ts';
import { messageOf, openSender, post, type Sender } from './support/push-sender.ts';

const health = z.object({ ready: z.boolean() });

/** Pushes single entries, and when they are on the ledger, batches. `--quick` sends a tenth; `--ledger fabric` a steady stream. */
export function run(options: Readonly<Record<string, unknown>>): Promise<BenchResult> {
  const onFabric = options.ledger === 'fabric' || options.fabric === true;
  return onFabric ? runFabricPush({ quick: options.quick === true }) : runEmbedded(options);
}

async function runEmbedded(options: Readonly<Record<string, unknown>>): Promise<BenchResult> {
  const scale = options.quick === true ? 0.1 : 1;
  const limits = { BANK_RATE_PER_SECOND: '100000', BANK_RATE_BURST: '1000000' };
  const platform = await startPlatform(undefined, limits);
  try {
    const sender = await openSender(platform);
    await send(sender, { calls: 100, inFlight: 16, entries: 1 });
    await untilDrained(platform.address);
    const singles = await measured(platform, sender, { calls: 2000 * scale, inFlight: 16, entries: 1 });
    const afterSingles = await untilDrained(platform.address);
    const batches = await measured(platform, sender, { calls: 40 * scale, inFlight: 4, entries: 100 });
    return {
      name: 'push',
      conditions: {
        rateLimit: 'raised to 100000 messages/s',
        entriesPerBatch: 100,
        inFlight: '16 single messages, 4 batches',
        registered: 'none of the flows',
        matching: 'goes on while flows are accepted',
      },
      acceptedPerSecond: batches.perSecond,
      acceptedOneByOnePerSecond: singles.perSecond,
      p50Ms: singles.p50Ms,
      p95Ms: singles.p95Ms,
      cpuMsPerSingle: singles.cpuMs,
      cpuMsPerBatchedEntry: batches.cpuMs,
      drainAfterSinglesSeconds: afterSingles,
      drainAfterLastSeconds: await untilDrained(platform.address),
      rssMb: await platform.memoryMb(),
    };
  } finally {
    await platform.stop();
    await discard(platform.folder);
  }
}

interface PushLoad {
  readonly calls: number;
  readonly inFlight: number;
  readonly entries: number;
}

/** Sends, and tells what it cost each process until the last was accepted: the figure that other load does not move. */
async function measured(
  platform: BenchPlatform,
  sender: Sender,
  load: PushLoad,
): Promise<ReturnType<typeof rowOf> & { cpuMs: Record<string, number> }> {
  const before = await platform.cpuMs();
  const row = await send(sender, load);
  const after = await platform.cpuMs();
  const perEntry = Object.entries(after).map(([name, ms]): [string, number] => [
    name,
    Math.round((1000 * (ms - (before[name] ?? 0))) / (load.calls * load.entries)) / 1000,
  ]);
  return { ...row, cpuMs: Object.fromEntries(perEntry) };
}

async function send(sender: Sender, load: PushLoad): Promise<ReturnType<typeof rowOf>> {
  const times: number[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: load.inFlight });
  const waiting = Array.from({ length: load.calls }, () => messageOf(sender, load.entries)).values();
  const began = performance.now();
  const lane = async (): Promise<void> => {
    for (const message of waiting) {
      const from = performance.now();
      await post(sender, message, agent);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, lane));
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  return rowOf('push', times, { items: load.calls * load.entries, seconds });
}

/** Seconds until no flow waits for the ledger and the read model follows it. */
async function untilDrained(address: string): Promise<number> {
  const began = performance.now();
  for (;;) {
    const metrics = await (await fetch(`${address}/metrics`)).text();
    const value = (name: string): number =>
      Number(new RegExp(`^${name} (\\d+)`, 'm').exec(metrics)?.[1] ?? 0);
    const { ready } = health.parse(await (await fetch(`${address}/readyz`)).json());
    if (ready && value('fupin_inbox_open') === 0 && value('fupin_projection_lag_blocks') === 0) break;
    await delay(200);
  }
  return Math.round((performance.now() - began) / 100) / 10;
}
