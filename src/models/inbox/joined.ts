/** Joins work that comes at the same time, so that many small messages cost few round trips and few writes to the disk. */

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Carries together what comes within one turn of the event loop. Nothing waits for a batch that is on its way: messages whose
 * last step one write to the disk completed go on in the same turn, and so share the next one.
 * @param largest items of a batch at most
 * @param carry does the work of a batch and gives one result per item, in order; when it throws, every item of the batch fails
 */
export function joined<T, R>(
  largest: number,
  carry: (items: readonly T[]) => Promise<readonly R[]>,
): (item: T) => Promise<R> {
  let waiting: Waiting<T, R>[] = [];
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    for (let from = 0; from < batch.length; from += largest)
      void run(batch.slice(from, from + largest), carry);
  };
  return (item) =>
    new Promise<R>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ item, resolve, reject });
    });
}

async function run<T, R>(
  batch: readonly Waiting<T, R>[],
  carry: (items: readonly T[]) => Promise<readonly R[]>,
): Promise<void> {
  try {
    const results = await carry(batch.map((one) => one.item));
    for (const [at, one] of batch.entries()) one.resolve(results[at] as R);
  } catch (error) {
    for (const one of batch) one.reject(error);
  }
}
