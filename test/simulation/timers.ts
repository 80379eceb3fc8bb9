/** Stands in for `node:timers/promises` in the platform's own code: who waits inside the simulation waits on its clock. */
import * as real from 'node:timers/promises';
import { actorNow, type Scheduler } from './scheduler.ts';

let world: Scheduler | null = null;

/** Gives the clock of a run to everybody who waits. */
export function enterWorld(scheduler: Scheduler): void {
  world = scheduler;
}

/** Longest time that Node waits; whoever asks for more, or for none, waits a millisecond. */
const longestMs = 2 ** 31 - 1;

/** As in Node. @throws AbortError when the signal aborts first */
export async function setTimeout<T>(ms?: number, value?: T, options?: { signal?: AbortSignal }): Promise<T> {
  if (world === null || actorNow() === undefined) return real.setTimeout(ms, value, options);
  const { signal } = options ?? {};
  if (signal?.aborted === true) throw aborted(signal);
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(aborted(signal));
  signal?.addEventListener('abort', stop, { once: true });
  const after = ms !== undefined && ms >= 1 && ms <= longestMs ? ms : 1;
  await Promise.race([world.sleep(after), stopped.promise]).finally(() =>
    signal?.removeEventListener('abort', stop),
  );
  return value as T;
}

function aborted(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

export const setImmediate = real.setImmediate;
export const setInterval = real.setInterval;
