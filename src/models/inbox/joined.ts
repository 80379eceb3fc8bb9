/** Joins work that comes at the same time, so that many small messages cost few round trips and few writes to the disk. */

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Carries items one batch at a time: what comes while a batch is on its way joins the next one; alone, an item waits for nobody.
 * @param carry does the work of a batch and gives one result per item, in order; when it throws, every item of the batch fails
 */
export function joined<T, R>(
  largest: number,
  carry: (items: readonly T[]) => Promise<readonly R[]>,
): (item: T) => Promise<R> {
  let waiting: Waiting<T, R>[] = [];
  let isUnderWay = false;
  const run = async (): Promise<void> => {
    isUnderWay = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, largest);
      waiting = waiting.slice(largest);
      try {
        const results = await carry(batch.map((one) => one.item));
        for (const [at, one] of batch.entries()) one.resolve(results[at] as R);
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    isUnderWay = false;
  };
  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isUnderWay) void run();
    });
}
