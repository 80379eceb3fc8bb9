/** What a bank's clock does over time, judged from samples of its difference to ours. */

/** One sample: the bank's clock minus ours, ms. */
export interface ClockSample {
  readonly at: Date;
  readonly skewMs: number;
}

/** The judgement shown on the bank's page. */
export interface ClockTrend {
  /** Median of the last samples, ms; one delayed message moves it little. */
  readonly medianMs: number;
  /** Change a day, ms; 0 for less than an hour of samples. */
  readonly driftMsPerDay: number;
  /** `off`: beyond a minute; `drifting`: will leave the tolerance within a week. */
  readonly verdict: 'good' | 'off' | 'drifting';
}

const latest = 12;
const dayMs = 86_400_000;
/** Beyond this the bank is told, ms: five times before messages are refused. */
const warnAboveMs = 60_000;
const toleranceMs = 300_000;

/** Judges samples, oldest first. @returns null without samples */
export function clockTrend(samples: readonly ClockSample[]): ClockTrend | null {
  if (samples.length === 0) return null;
  const medianMs = median(samples.slice(-latest).map((one) => one.skewMs));
  const driftMsPerDay = drift(samples);
  if (Math.abs(medianMs) > warnAboveMs) return { medianMs, driftMsPerDay, verdict: 'off' };
  const inAWeek = Math.abs(medianMs + 7 * driftMsPerDay);
  return { medianMs, driftMsPerDay, verdict: inAWeek > toleranceMs ? 'drifting' : 'good' };
}

/** Whether a clock that was told of is well again; well inside both bounds, so that one at a bound is not told of again and again. */
export function isClockWell({ medianMs, driftMsPerDay }: ClockTrend): boolean {
  return Math.abs(medianMs) <= warnAboveMs / 2 && Math.abs(medianMs + 7 * driftMsPerDay) <= toleranceMs / 2;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** Slope of the least-squares line. */
function drift(samples: readonly ClockSample[]): number {
  const [first, last] = [samples[0]?.at.getTime() ?? 0, samples.at(-1)?.at.getTime() ?? 0];
  if (last - first < 3_600_000) return 0;
  const days = samples.map((one) => (one.at.getTime() - first) / dayMs);
  const meanX = days.reduce((sum, x) => sum + x, 0) / days.length;
  const meanY = samples.reduce((sum, one) => sum + one.skewMs, 0) / samples.length;
  const above = samples.reduce((sum, one, at) => sum + ((days[at] ?? 0) - meanX) * (one.skewMs - meanY), 0);
  const below = days.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return Math.round(above / below);
}
