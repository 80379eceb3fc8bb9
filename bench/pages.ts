/** Benchmark `pages`: what people wait for, at two sizes of a platform, while a bank pushes. */
import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchResult, Row } from './support/bench-result.ts';
import { rowOf } from './support/bench-result.ts';
import { readLoaded, type Loaded } from './support/large/loaded.ts';
import { discard, startPlatform, type BenchPlatform } from './support/platform.ts';
import { explainPages, type PageQuery, type PageRequest } from './support/page-queries.ts';
import { openSender, pushSteadily } from './support/push-sender.ts';
import { Reader } from './support/reader.ts';

const password = 'Yanshi-2026-zhanghu';
/** A province, a prefecture, a county, a bank, a fund company: each sees another part. */
const people = ['aud-1', 'plo-1', 'lfb-5226-1', 'cph-522634-1', 'bank-qs-1', 'cpc-522634-1'];
const requestsPerSecond = 10;
const flowsPerSecond = 50;
const goalMs = 300;

interface Options {
  /** Sizes in flows; 10,000 and 1,000,000 unless told. */
  readonly flows?: readonly number[] | number;
  /** Seconds of measurement per size. */
  readonly seconds?: number;
  /** A data folder that is kept and goes on growing from one size, and one run, to the next. */
  readonly folder?: string;
  readonly quick?: boolean;
}

/** Fills a platform through its ledger, then asks for pages of every kind in turn at a steady rate. */
export async function run(options: Options = {}): Promise<BenchResult> {
  const sizes = [options.flows ?? (options.quick === true ? [1_000, 10_000] : [10_000, 1_000_000])].flat();
  const seconds = options.seconds ?? (options.quick === true ? 20 : 120);
  const measured = [];
  for (const flows of sizes.toSorted((a, b) => a - b))
    measured.push(await atSize({ flows, seconds, folder: options.folder }));
  const [small, large] = [measured[0], measured.at(-1)];
  return {
    name: 'pages',
    conditions: {
      sizes: sizes.join(' and '),
      load: `${requestsPerSecond} pages/s in turn by ${people.length} people, ${flowsPerSecond} flows/s pushed meanwhile`,
      data: 'the demonstration copied through the ledger; activities and notifications are those of the demonstration alone',
    },
    rows: measured.flatMap((one) => one.rows),
    loading: measured.map((one) => one.loading),
    memoryMb: measured.map(({ flows, memoryMb }) => ({ flows, ...memoryMb })),
    cpuMsPerPage: measured.map(({ flows, cpuMsPerPage }) => ({ flows, ...cpuMsPerPage })),
    p95GoalMs: goalMs,
    queries: measured.at(-1)?.queries ?? [],
    growth: growthOf(small?.rows ?? [], large?.rows ?? []),
  };
}

interface Size {
  readonly flows: number;
  readonly seconds: number;
  readonly folder: string | undefined;
}

interface AtSize {
  readonly flows: number;
  /** How many drafts, and what the last load took: seconds, and processor time by process for each flow, ms. */
  readonly loading: Readonly<Record<string, number>>;
  /** Of each process after the measurement. */
  readonly memoryMb: Readonly<Record<string, number>>;
  /** Processor time of web and documents for a page of each kind, before anything is pushed: other load does not move it. */
  readonly cpuMsPerPage: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
  readonly queries: readonly PageQuery[];
}

async function atSize({ flows, seconds, folder }: Size): Promise<AtSize> {
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const env = { LARGE_FLOWS: String(flows), BANK_RATE_PER_SECOND: '100000', BANK_RATE_BURST: '1000000' };
  const platform = await startPlatform(folder, env, 'bench/support/large/run.ts');
  try {
    const loaded = await readLoaded(platform.folder, 0);
    if (loaded.flows < flows)
      throw new Error(`only ${loaded.flows} flows were loaded, see ${platform.folder}/logs`);
    const readers = await Promise.all(people.map((one) => Reader.signIn(platform.address, one, password)));
    const kinds = await kindsOf(readers);
    const cpuMsPerPage = await costOf(platform, kinds, readers);
    const stop = new AbortController();
    const pushing = pushSteadily(await openSender(platform), flowsPerSecond, stop.signal);
    const times = await ask(kinds, readers, seconds);
    stop.abort();
    await pushing;
    const queries = await explainPages(platform.folder, password, requestsOf(kinds));
    const rows = [...times].map(([name, list]) =>
      rowOf(`${name} ${flows}`, list, { items: list.length, seconds }),
    );
    const loading = {
      flows,
      drafts: await draftsOf(readers),
      ...tookOf(loaded),
    };
    return { flows, loading, memoryMb: await platform.memoryByProcessMb(), cpuMsPerPage, rows, queries };
  } finally {
    await platform.stop();
    if (folder === undefined) await discard(platform.folder);
  }
}

/** Reads some addresses of each kind by everybody, and tells what a page cost; the first reading warms up and does not count. */
async function costOf(
  platform: BenchPlatform,
  kinds: ReadonlyMap<string, readonly string[]>,
  readers: readonly Reader[],
): Promise<Record<string, number>> {
  const costs: Record<string, number> = {};
  const cpuMs = async (): Promise<number> => {
    const { web = 0, documents = 0 } = await platform.cpuMs();
    return web + documents;
  };
  for (const round of [0, 1]) {
    for (const [name, paths] of kinds) {
      const who = name === 'detail' || name === 'trace' ? readers.slice(0, 1) : readers;
      const before = await cpuMs();
      for (const reader of who) for (const path of paths.slice(0, 5)) await reader.get(path);
      if (round === 1)
        costs[name] = Math.round(((await cpuMs()) - before) / (who.length * Math.min(5, paths.length)));
    }
  }
  return costs;
}

/** Every address of every kind by everybody who is asked to read it. */
function requestsOf(kinds: ReadonlyMap<string, readonly string[]>): Map<string, PageRequest[]> {
  const ofAll = ([name, paths]: readonly [string, readonly string[]]): [string, PageRequest[]] => {
    const readers = name === 'detail' || name === 'trace' ? people.slice(0, 1) : people;
    return [name, paths.slice(0, 6).flatMap((path) => readers.map((person) => ({ person, path })))];
  };
  return new Map([...kinds].map(ofAll));
}

/** What a load took, by flow. */
function tookOf({ loadedFlows, took }: Loaded): Record<string, number> {
  const perFlow = (ms: number): number => Math.round((ms / Math.max(1, loadedFlows)) * 100) / 100;
  const cpu = Object.entries(took.cpuMs).map(([name, ms]) => [`${name}CpuMsPerFlow`, perFlow(ms)] as const);
  return {
    loadedFlows,
    loadSeconds: Math.round(took.shownMs / 1000),
    ledgerSeconds: Math.round(took.ledgerMs / 1000),
    ...Object.fromEntries(cpu),
  };
}

/** Kinds of page with addresses taken from the lists that people see. */
async function kindsOf(readers: readonly Reader[]): Promise<Map<string, readonly string[]>> {
  const [auditor] = readers;
  const html = (await auditor?.get('/drafts?size=100')) ?? '';
  const ids = [...new Set([...html.matchAll(/\/drafts\/(SZHP-[0-9-]+)/g)].map(([, id]) => id ?? ''))].slice(
    0,
    40,
  );
  const desk = (await auditor?.get('/reconciliation?pile=matched')) ?? '';
  const serials = [...new Set([...desk.matchAll(/T\d{14,}/g)].map(([serial]) => serial))].slice(0, 20);
  return new Map([
    ['home', ['/']],
    ['list', ['/drafts', '/projects', '/alerts', '/drafts?page=5']],
    [
      'filter',
      ['/drafts?status=SETTLED', '/projects?state=APPROVED', '/alerts?level=red', '/drafts?sort=-amount'],
    ],
    ['detail', ids.map((id) => `/drafts/${id}`)],
    ['trace', ids.map((id) => `/trace?key=${id}`)],
    [
      'desk',
      ['matched', 'unregistered', 'unbooked', 'mismatch'].map((pile) => `/reconciliation?pile=${pile}`),
    ],
    ['search', ['公路', ...ids.slice(0, 2), ...serials].map((q) => `/search?q=${encodeURIComponent(q)}`)],
  ]);
}

/** Asks at a steady rate, whether earlier pages have come or not. @returns ms by kind */
async function ask(
  kinds: ReadonlyMap<string, readonly string[]>,
  readers: readonly Reader[],
  seconds: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>([...kinds.keys()].map((name) => [name, []]));
  const names = [...kinds.keys()];
  const under: Promise<void>[] = [];
  const one = async (turn: number): Promise<void> => {
    const name = names[turn % names.length] ?? '';
    const round = Math.floor(turn / names.length);
    const paths = kinds.get(name) ?? [];
    const reader = name === 'detail' || name === 'trace' ? readers[0] : readers[round % readers.length];
    const from = performance.now();
    await reader?.get(paths[round % paths.length] ?? '/');
    times.get(name)?.push(performance.now() - from);
  };
  const began = performance.now();
  for (let turn = 0; turn < seconds * requestsPerSecond; turn += 1) {
    await delay(Math.max(0, began + (turn * 1000) / requestsPerSecond - performance.now()));
    under.push(one(turn));
  }
  await Promise.all(under);
  return times;
}

async function draftsOf(readers: readonly Reader[]): Promise<number> {
  const html = (await readers[0]?.get('/drafts')) ?? '';
  return Number((/共\s*([\d,]+)/.exec(html)?.[1] ?? '0').replaceAll(',', ''));
}

/** p95 at the larger size ÷ p95 at the smaller one, by kind of page. */
function growthOf(small: readonly Row[], large: readonly Row[]): Record<string, number> {
  const kindOf = (row: Row): string => row.name.split(' ')[0] ?? '';
  const before = new Map(small.map((row) => [kindOf(row), row.p95Ms]));
  return Object.fromEntries(
    large.map((row) => [kindOf(row), Number((row.p95Ms / (before.get(kindOf(row)) ?? NaN)).toFixed(2))]),
  );
}
