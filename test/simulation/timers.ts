/** Stands in for `node:timers/promises` in the platform's own code: who waits inside the simulation waits on its clock. */
import * as real from 'node:timers/promises';
import { actorNow, type Scheduler } from './scheduler.ts';

let world: Scheduler | null = null;

/** Gives the clock of a run to everybody who waits. */
export function enterWorld(scheduler: Scheduler): void {
  world = scheduler;
}

/** As in Node. @throws AbortError when the signal aborts first */
export async function setTimeout<T>(ms?: number, value?: T, options?: { signal?: AbortSignal }): Promise<T> {
  if (world === null || actorNow() === undefined) return real.setTimeout(ms, value, options);
  const { signal } = options ?? {};
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(new DOMException('The operation was aborted', 'AbortError'));
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  await Promise.race([world.sleep(ms ?? 0), aborted.promise]).finally(() =>
    signal?.removeEventListener('abort', abort),
  );
  return value as T;
}

export const setImmediate = real.setImmediate;
export const setInterval = real.setInterval;
