/**
 * Benchmark `push`: signed flows over HTTP from another process than the platform's, until they are durable, matched with the
 * legs whose payers registered them, and told to open pages.
 */
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Ledger } from '../src/blockchain/ledger.port.ts';
import { rowOf, type BenchResult } from './support/bench-result.ts';
import { runFabricPush } from './support/fabric-push-run.ts';
import { matchesSince, openBenchLedger } from './support/matches.ts';
import { discard, startPlatform, type BenchPlatform } from './support/platform.ts';
import { openSender, post, signed, type Sender } from './support/push-sender.ts';
import { readReadyPayments, readyFlows, type ReadyFlow } from './support/ready-payments.ts';
import { steadyPush } from './support/steady-push.ts';

const health = z.object({ ready: z.boolean() });
/** Legs of a prepared draft that are registered. */
const legsOfDraft = 3;
const perSecond = 50;

/** Flows of each part, and how long the steady stream lasts. */
interface Plan {
  readonly warmUp: number;
  readonly singles: number;
  readonly batched: number;
  readonly burst: number;
  readonly steadySeconds: number;
  readonly sampleSeconds: number;
}

/**
 * Pushes single entries, then batches, then a steady stream, then a burst. `--minutes=N` of the steady stream (half a minute
 * unless told); `--burst=N` flows; `--quick` sends a tenth; `--ledger fabric` a steady stream alone, of
 * `--rate=N` flows a second (50).
 */
export function run(options: Readonly<Record<string, unknown>>): Promise<BenchResult> {
  const onFabric = options.ledger === 'fabric' || options.fabric === true;
  return onFabric
    ? runFabricPush({
        quick: options.quick === true,
        ...(typeof options.rate === 'number' ? { rate: options.rate } : {}),
      })
    : runEmbedded(planOf(options));
}

function planOf(options: Readonly<Record<string, unknown>>): Plan {
  const scale = options.quick === true ? 0.1 : 1;
  const minutes = Number(options.minutes ?? scale / 2);
  return {
    warmUp: 300,
    singles: 2000 * scale,
    batched: 4000 * scale,
    burst: typeof options.burst === 'number' ? options.burst : 20_000 * scale,
    steadySeconds: Math.max(3, minutes * 60),
    sampleSeconds: minutes >= 2 ? 10 : 1,
  };
}

async function runEmbedded(plan: Plan): Promise<BenchResult> {
  const { warmUp, singles, batched, burst, steadySeconds } = plan;
  const flowsNeeded = warmUp + singles + batched + burst + perSecond * steadySeconds;
  const env = {
    BANK_RATE_PER_SECOND: '100000',
    BANK_RATE_BURST: '1000000',
    READY_DRAFTS: String(Math.ceil(flowsNeeded / legsOfDraft) + 1),
  };
  const began = performance.now();
  const platform = await startPlatform(undefined, env, 'bench/support/large/run.ts');
  const preparedSeconds = Math.round((performance.now() - began) / 1000);
  try {
    return { ...(await figures(platform, plan)), preparedSeconds };
  } finally {
    await platform.stop();
    await discard(platform.folder);
  }
}

async function figures(platform: BenchPlatform, plan: Plan): Promise<BenchResult> {
  const ready = await readReadyPayments(platform.folder);
  const flows = readyFlows(ready);
  const ledger = await openBenchLedger(platform.folder);
  const bench = { platform, ledger, flows, sender: await openSender(platform) };
  await measured(bench, { calls: plan.warmUp, inFlight: 16, entries: 1 });
  const singles = await measured(bench, { calls: plan.singles, inFlight: 16, entries: 1 });
  const batches = await measured(bench, { calls: plan.batched / 100, inFlight: 4, entries: 100 });
  const { steadySeconds: seconds, sampleSeconds } = plan;
  const steady = await steadyPush({ ...bench, ready, perSecond, seconds, sampleSeconds });
  const burst = await measured(bench, { calls: plan.burst / 100, inFlight: 4, entries: 100 });
  await ledger.close();
  return {
    name: 'push',
    conditions: {
      rateLimit: 'raised to 100000 messages/s',
      entriesPerBatch: 100,
      inFlight: '16 single messages, 4 batches',
      registered:
        'every flow pays a leg that its payer registered: one draft, registered through the contract, copied with its registrations',
      drafts: ready.copies,
      steady: `${perSecond} messages/s of one flow for ${seconds} s; one open page hears all, one event in 10 makes it fetch its draft`,
      matching: 'goes on while flows are accepted',
    },
    singles,
    batches,
    burst,
    steady,
    memoryMb: await platform.memoryByProcessMb(),
  };
}

/** What is measured, and the flows that are not sent yet. */
interface Bench {
  readonly platform: BenchPlatform;
  readonly ledger: Ledger;
  readonly sender: Sender;
  readonly flows: Iterator<ReadyFlow>;
}

interface PushLoad {
  readonly calls: number;
  readonly inFlight: number;
  readonly entries: number;
}

/** What one part of the benchmark shows. */
interface Part {
  readonly flows: number;
  readonly acceptedPerSecond: number;
  readonly acceptP50Ms: number;
  readonly acceptP95Ms: number;
  /** From the first message to the block of the last match. */
  readonly matchedPerSecond: number;
  /** Flows that were brought a second time. */
  readonly repeated: number;
  readonly flowsPerTransaction: number;
  /** Transactions that were void and made again. */
  readonly conflicts: number;
  /** From the last answer until everything is on the ledger and shown. */
  readonly drainSeconds: number;
  /** Processor time of each process for a flow, from the first message until the last is shown; other load does not move it. */
  readonly cpuMsPerFlow: Readonly<Record<string, number>>;
}

/** Sends, and waits until every flow is matched and shown. @throws Error when one is not */
async function measured({ platform, ledger, sender, flows }: Bench, load: PushLoad): Promise<Part> {
  const count = load.calls * load.entries;
  const messages = Array.from({ length: load.calls }, () => take(flows, load.entries));
  const { height } = await ledger.info();
  const before = await platform.cpuMs();
  const beganMs = Date.now();
  const row = await send(sender, messages, load);
  const drainSeconds = await untilDrained(platform.address);
  const after = await platform.cpuMs();
  const matches = await matchesSince(ledger, height);
  const entries = messages.flat();
  const matched = entries.filter(({ serialNo }) => matches.serials.has(serialNo)).length;
  if (matched < count) throw new Error(`${matched} of ${count} flows were matched`);
  return {
    flows: count,
    acceptedPerSecond: row.perSecond,
    acceptP50Ms: row.p50Ms,
    acceptP95Ms: row.p95Ms,
    matchedPerSecond: Math.round((count * 1000) / (matches.lastMs - beganMs)),
    repeated: matches.repeated,
    flowsPerTransaction: Math.round((10 * count) / matches.transactions) / 10,
    conflicts: matches.conflicts,
    drainSeconds,
    cpuMsPerFlow: Object.fromEntries(
      Object.entries(after).map(([name, ms]) => [
        name,
        Math.round((1000 * (ms - (before[name] ?? 0))) / count) / 1000,
      ]),
    ),
  };
}

function take(flows: Iterator<ReadyFlow>, count: number): { serialNo: string }[] {
  return Array.from({ length: count }, () => {
    const next = flows.next();
    if (next.done === true) throw new Error('too few drafts were prepared');
    return next.value.entry;
  });
}

async function send(
  sender: Sender,
  messages: readonly object[][],
  load: PushLoad,
): Promise<ReturnType<typeof rowOf>> {
  const times: number[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: load.inFlight });
  const waiting = messages.values();
  const began = performance.now();
  const lane = async (): Promise<void> => {
    for (const entries of waiting) {
      const message = signed(sender, entries);
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
  while (!(await isDrained(address))) await delay(200);
  return Math.round((performance.now() - began) / 100) / 10;
}

async function isDrained(address: string): Promise<boolean> {
  const metrics = await (await fetch(`${address}/metrics`)).text();
  const value = (name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1] ?? NaN);
  const { ready } = health.parse(await (await fetch(`${address}/readyz`)).json());
  return ready && value('fupin_inbox_open') === 0 && value('fupin_projection_lag_blocks') === 0;
}
