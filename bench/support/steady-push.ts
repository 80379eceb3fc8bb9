/** A steady stream of flows that pay registered legs: how long until each is matched, until an open page hears of it, and until that page shows it. */
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { distribution, slopePerMinute, type Distribution } from './bench-result.ts';
import { draftIdOfCopy } from './large/template.ts';
import { openBenchLedger, serialOf, watchMatches } from './matches.ts';
import type { BenchPlatform } from './platform.ts';
import { post, signed, type Sender } from './push-sender.ts';
import type { ReadyFlow, ReadyPayments } from './ready-payments.ts';
import { suffixOf } from './ready-payments.ts';
import { Reader } from './reader.ts';

const patienceMs = 60_000;
/** One open page in so many fetches itself after its event, as many as an office has open. */
const pagesOneIn = 10;

/** What is sent, by whom, and how much of it. */
export interface SteadyLoad {
  readonly platform: BenchPlatform;
  readonly sender: Sender;
  readonly ready: ReadyPayments;
  readonly flows: Iterator<ReadyFlow>;
  readonly perSecond: number;
  readonly seconds: number;
  /** Seconds between looks at the memory. */
  readonly sampleSeconds: number;
}

/** What was seen. Times in ms from the moment of sending. */
export interface SteadyResult {
  readonly sent: number;
  readonly pushToAccepted: Distribution;
  readonly pushToMatched: Distribution;
  readonly pushToLiveEvent: Distribution;
  readonly pushToPageShown: Distribution;
  readonly memoryMb: Readonly<Record<string, readonly number[]>>;
  readonly memorySlopeMbPerMinute: Readonly<Record<string, number>>;
}

interface Times {
  readonly sentAt: Map<string, number>;
  readonly accepted: number[];
  readonly matched: Map<string, number>;
  readonly told: Map<string, number>;
  readonly shown: number[];
}

/** Sends one flow a message at the steady rate. @throws Error when a flow is not matched and told within a minute */
export async function steadyPush(load: SteadyLoad): Promise<SteadyResult> {
  const times: Times = {
    sentAt: new Map(),
    accepted: [],
    matched: new Map(),
    told: new Map(),
    shown: [],
  };
  const stop = new AbortController();
  const ledger = await openBenchLedger(load.platform.folder);
  const reader = await Reader.signIn(load.platform.address, 'aud-1', 'Yanshi-2026-zhanghu');
  const pages = new OpenPages(reader, load.ready, times);
  const watching = [
    watchMatches(ledger, (serialNo) => times.matched.set(serialNo, performance.now()), stop.signal),
    reader.follow((topics) => pages.hear(topics), stop.signal),
  ];
  for (const one of watching) one.catch(() => undefined);
  const memory = sampleMemory(load, stop.signal);
  try {
    await send(load, times);
    await untilAll(times, pages);
  } finally {
    stop.abort();
    await ledger.close();
  }
  return resultOf(times, await memory, 60 / load.sampleSeconds);
}

async function send({ sender, flows, perSecond, seconds }: SteadyLoad, times: Times): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const under: Promise<void>[] = [];
  const began = performance.now();
  for (let sent = 0; sent < perSecond * seconds; sent += 1) {
    await delay(Math.max(0, began + (sent * 1000) / perSecond - performance.now()));
    const next = flows.next();
    if (next.done === true) throw new Error('too few drafts were prepared');
    const { serialNo, entry } = next.value;
    const message = signed(sender, [entry]);
    const from = performance.now();
    times.sentAt.set(serialNo, from);
    const sending = post(sender, message, agent).then(
      () => void times.accepted.push(performance.now() - from),
    );
    sending.catch(() => undefined);
    under.push(sending);
  }
  await Promise.all(under);
  agent.destroy();
}

/** The open pages: each hears of its flow, and some fetch themselves. */
class OpenPages {
  readonly #reader: Reader;
  readonly #times: Times;
  readonly #ready: ReadyPayments;
  readonly #under: Promise<void>[] = [];
  #heard = 0;

  constructor(reader: Reader, ready: ReadyPayments, times: Times) {
    this.#reader = reader;
    this.#ready = ready;
    this.#times = times;
  }

  hear(topics: readonly string[]): void {
    const now = performance.now();
    for (const topic of topics) {
      const serialNo = topic.startsWith('flow:') ? serialOf(topic) : '';
      if (!this.#times.sentAt.has(serialNo) || this.#times.told.has(serialNo)) continue;
      this.#times.told.set(serialNo, now);
      this.#heard += 1;
      if (this.#heard % pagesOneIn !== 0) continue;
      const fetching = this.#fetch(serialNo);
      // A failure is told when all are awaited.
      fetching.catch(() => undefined);
      this.#under.push(fetching);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#under);
  }

  async #fetch(serialNo: string): Promise<void> {
    const number = Number(serialNo.slice(-suffixOf(0).length));
    const html = await this.#reader.get(`/drafts/${draftIdOfCopy(this.#ready.draftId, number)}`);
    if (!html.includes(serialNo)) throw new Error(`the page does not show ${serialNo}`);
    this.#times.shown.push(performance.now() - (this.#times.sentAt.get(serialNo) ?? NaN));
  }
}

async function untilAll({ sentAt, matched, told }: Times, pages: OpenPages): Promise<void> {
  const end = performance.now() + patienceMs;
  const isOver = (serialNo: string): boolean => matched.has(serialNo) && told.has(serialNo);
  while (![...sentAt.keys()].every(isOver)) {
    if (performance.now() > end)
      throw new Error(`${matched.size} of ${sentAt.size} flows were matched, ${told.size} told`);
    await delay(50);
  }
  await pages.settled();
}

async function sampleMemory(
  { platform, sampleSeconds }: SteadyLoad,
  signal: AbortSignal,
): Promise<Record<string, number[]>> {
  const samples: Record<string, number[]> = {};
  while (!signal.aborted) {
    for (const [name, mb] of Object.entries(await platform.memoryByProcessMb()))
      (samples[name] ??= []).push(mb);
    await delay(sampleSeconds * 1000, undefined, { signal }).catch(() => undefined);
  }
  return samples;
}

function resultOf(times: Times, memoryMb: Record<string, number[]>, samplesPerMinute: number): SteadyResult {
  const since = (ends: ReadonlyMap<string, number>): number[] =>
    [...times.sentAt].map(([serialNo, from]) => (ends.get(serialNo) ?? NaN) - from);
  return {
    sent: times.sentAt.size,
    pushToAccepted: distribution(times.accepted),
    pushToMatched: distribution(since(times.matched)),
    pushToLiveEvent: distribution(since(times.told)),
    pushToPageShown: distribution(times.shown),
    memoryMb,
    memorySlopeMbPerMinute: Object.fromEntries(
      Object.entries(memoryMb).map(([name, samples]) => [name, slopePerMinute(samples, samplesPerMinute)]),
    ),
  };
}
