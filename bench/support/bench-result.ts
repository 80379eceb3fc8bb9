/** What a benchmark gives back, and the ways of measuring that several benchmarks share. */

/** Figures under the keys of the quality bar; `conditions` are those that the benchmark itself adds. */
export interface BenchResult {
  readonly name: string;
  readonly conditions?: Readonly<Record<string, string | number>>;
  readonly [figure: string]: unknown;
}

/** One measured thing: how many a second, and how long one took. */
export interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Processor time of the server for one, in µs, where it is known: the figure that other load does not move. */
  readonly serverCpuUs?: number;
  /** Writes that shared one fsync, where the server tells. */
  readonly writesPerFsync?: number;
}

/** How often and how many at once; `items` is what one call counts for. */
export interface Load {
  readonly calls: number;
  readonly inFlight?: number;
  readonly items?: number;
  /** Processor time that the server has used so far, in µs. */
  readonly cpuUs?: (() => number) | undefined;
}

/** Runs calls, so many at once, and takes the time of each. @param call gets the number of the call, from 0 */
export async function measure(
  name: string,
  { calls, inFlight = 1, items = 1, cpuUs }: Load,
  call: (i: number) => Promise<unknown>,
): Promise<Row> {
  const times: number[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < calls) {
      const i = next;
      next += 1;
      const from = performance.now();
      await call(i);
      times.push(performance.now() - from);
    }
  };
  const cpuBefore = cpuUs?.() ?? 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  const row = rowOf(name, times, { items: calls * items, seconds: (performance.now() - began) / 1000 });
  return cpuUs ? { ...row, serverCpuUs: round((cpuUs() - cpuBefore) / (calls * items)) } : row;
}

/** A row from times in ms and the whole. */
export function rowOf(
  name: string,
  times: readonly number[],
  { items, seconds }: { items: number; seconds: number },
): Row {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { name, perSecond: round(items / seconds), p50Ms: at(0.5), p95Ms: at(0.95) };
}

/** Half of the values are up to `p50`, 95 in a hundred up to `p95`. */
export interface Distribution {
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

/** How values are spread; whole ms. */
export function distribution(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? NaN);
  return { p50: at(0.5), p95: at(0.95), most: at(1) };
}

/** Slope of the line that lies nearest to evenly spaced values. @param perMinute how many of them come in a minute */
export function slopePerMinute(values: readonly number[], perMinute: number): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const above = values.reduce((sum, one, at) => sum + (at - middle) * (one - mean), 0);
  const below = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return below === 0 ? 0 : round((above / below) * perMinute);
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
