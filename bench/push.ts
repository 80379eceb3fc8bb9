/** Benchmark `push`: signed flows over HTTP from another process than the platform's, until they are durable and on the ledger. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { rowOf, type BenchResult } from './support/bench-result.ts';
import { discard, startPlatform } from './support/platform.ts';
import { messageOf, openSender, type Sender } from './support/push-sender.ts';

const health = z.object({ ready: z.boolean() });

/** Pushes batches, then single entries. `--quick` sends a tenth. */
export async function run(options: Readonly<Record<string, unknown>>): Promise<BenchResult> {
  const scale = options.quick === true ? 0.1 : 1;
  const limits = { BANK_RATE_PER_SECOND: '100000', BANK_RATE_BURST: '1000000' };
  const platform = await startPlatform(undefined, limits);
  try {
    const sender = await openSender(platform);
    const batches = await send(sender, { calls: Math.round(40 * scale), inFlight: 4, entries: 100 });
    const singles = await send(sender, { calls: Math.round(1000 * scale), inFlight: 16, entries: 1 });
    const drainedSeconds = await untilDrained(platform.address);
    return {
      name: 'push',
      conditions: {
        rateLimit: 'raised to 100000 messages/s',
        entriesPerBatch: 100,
        registered: 'none of the flows',
      },
      acceptedPerSecond: batches.perSecond,
      acceptedOneByOnePerSecond: singles.perSecond,
      p50Ms: singles.p50Ms,
      p95Ms: singles.p95Ms,
      drainAfterLastSeconds: drainedSeconds,
      rssMb: await platform.memoryMb(),
    };
  } finally {
    await platform.stop();
    await discard(platform.folder);
  }
}

async function send(
  sender: Sender,
  load: { calls: number; inFlight: number; entries: number },
): Promise<ReturnType<typeof rowOf>> {
  const times: number[] = [];
  const waiting = Array.from({ length: load.calls }, () => messageOf(sender, load.entries)).values();
  const began = performance.now();
  const lane = async (): Promise<void> => {
    for (const { headers, body } of waiting) {
      const from = performance.now();
      const response = await fetch(`${sender.address}/api/v1/bank/flows`, { method: 'POST', headers, body });
      if (response.status !== 202) throw new Error(`a push was answered ${response.status}`);
      await response.arrayBuffer();
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, lane));
  return rowOf('push', times, {
    items: load.calls * load.entries,
    seconds: (performance.now() - began) / 1000,
  });
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
