/** The sweeps' queue, their names and how often each runs, ms. */
export const sweepQueue = 'sweeps';

export const sweepIntervals = {
  inbox: 2_000,
  statements: 2_000,
  overdue: 60_000,
  'failed-flows': 15_000,
  'silent-banks': 60_000,
  'bank-clocks': 300_000,
  'stalled-ledger': 30_000,
  'projection-lag': 30_000,
  'read-model': 15_000,
  notifications: 5_000,
  certificates: 3_600_000,
} as const;
/** A sweep, as its queue names it. */
export type SweepName = keyof typeof sweepIntervals;
