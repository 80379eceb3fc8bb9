/** Counts what is put off to the next turn of the event loop, so that a run knows when everything has come to rest. */
const real = globalThis.setImmediate;
let waiting = 0;

/** How many callbacks wait for a turn of the loop. */
export function immediatesWaiting(): number {
  return waiting;
}

/** Resolves when all that was to be done in this turn of the loop has been done. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    real(resolve);
  });
}

/** Makes Node's own `setImmediate` count; to be called before the code that uses it is loaded. */
export function countImmediates(): void {
  const counting = (callback: (...args: unknown[]) => void, ...args: unknown[]): NodeJS.Immediate => {
    waiting += 1;
    return real(() => {
      waiting -= 1;
      callback(...args);
    });
  };
  globalThis.setImmediate = Object.assign(counting, {
    __promisify__: real.__promisify__,
  }) as unknown as typeof setImmediate;
}
