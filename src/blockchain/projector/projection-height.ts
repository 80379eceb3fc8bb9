/** How far the read model is, for the foot line of pages and for reading one's own write after a submit. */

/** Reads the projection height, and waits for it. Heights are numbers of blocks: block n is shown from height n + 1 on. */
export interface ProjectionHeight {
  /** Number of blocks that the read model shows, asked afresh. */
  current(): Promise<number>;
  /** The greatest height heard of so far, without asking; 0 before the first. */
  latest(): number;
  /**
   * Waits until the read model shows at least `height` blocks. After a submit: `waitForHeight(blockNumber + 1, …)`.
   * @returns false when the time is over before that
   */
  waitForHeight(height: number, timeoutMs: number): Promise<boolean>;
  /** To be called with the height of each live message, so that waiting ends at once. */
  note(height: number): void;
}

/** What reading the height needs. */
export interface ProjectionHeightDeps {
  /** Height stored in the checkpoint. */
  readonly read: () => Promise<number>;
  /** Time between two looks while waiting, in ms; 50 unless told. */
  readonly pollMs?: number;
}

/** Makes the reader of one channel's projection height. */
export function createProjectionHeight(deps: ProjectionHeightDeps): ProjectionHeight {
  let latest = 0;
  const waiting = new Set<() => void>();
  const note = (height: number): void => {
    if (height <= latest) return;
    latest = height;
    for (const wake of waiting) wake();
  };
  // A rebuild makes the height smaller again, so the store's answer counts, unless news came while it was asked.
  const current = async (): Promise<number> => {
    const known = latest;
    const height = await deps.read();
    if (height < known && latest === known) latest = height;
    note(height);
    return height;
  };
  const waitForHeight = async (height: number, timeoutMs: number): Promise<boolean> => {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (latest >= height || (await current()) >= height) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await nap(Math.min(left, deps.pollMs ?? 50), { waiting, isOver: () => latest >= height });
    }
  };
  return { current, latest: () => latest, waitForHeight, note };
}

interface Nap {
  readonly waiting: Set<() => void>;
  /** Asked after joining those who wait, so that news which came just before are not slept through. */
  readonly isOver: () => boolean;
}

function nap(ms: number, { waiting, isOver }: Nap): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      waiting.delete(done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    waiting.add(done);
    if (isOver()) done();
  });
}
