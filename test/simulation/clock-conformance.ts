/** The conformance suite of the clock: what whoever waits relies on, alike of Node's own timers and of the simulation's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

/** Waiting as in `node:timers/promises`. */
export type Wait = <T>(ms?: number, value?: T, options?: { readonly signal?: AbortSignal }) => Promise<T>;

/** A clock, and the world in which it goes. */
export interface ClockUnderTest {
  readonly wait: Wait;
  readonly now: () => Date;
  /** Does work as a process of this world does. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Declares the suite. @param open gives a clock of its own to each test */
export function clockConformance(name: string, open: () => ClockUnderTest): void {
  describe(`${name}: the clock`, () => {
    const scene = (what: string, play: (clock: ClockUnderTest) => Promise<void>): void => {
      test(what, async () => {
        const clock = open();
        await clock.run(() => play(clock));
      });
    };

    scene('who waits is given his value', async ({ wait }) => {
      assert.equal(await wait(2, 'value'), 'value');
      assert.equal(await wait(2), undefined);
      assert.equal(await wait(2, 7, {}), 7);
    });

    scene('nobody goes on at once', async ({ wait }) => {
      for (const ms of [undefined, 0, 1]) {
        let isBack = false;
        const waiting = wait(ms).then(() => (isBack = true));
        await Promise.resolve();
        assert.equal(isBack, false, String(ms));
        await waiting;
      }
    });

    scene(
      'they wake in the order of their moments, and of one moment in the order in which they came',
      async (clock) => {
        const order: string[] = [];
        const sleep = async (ms: number, label: string): Promise<void> => {
          order.push(await clock.wait(ms, label));
        };
        await Promise.all([sleep(150, 'last'), sleep(5, 'first'), sleep(75, 'second'), sleep(75, 'third')]);
        assert.deepEqual(order, ['first', 'second', 'third', 'last']);
      },
    );

    scene('the clock has moved on by what was waited', async ({ wait, now }) => {
      const before = now().getTime();
      await wait(50);
      // Node counts in whole milliseconds, from the beginning of a turn.
      assert.ok(now().getTime() - before >= 48);
    });

    scene('a time below a millisecond, no number, or beyond 2^31 is a millisecond', async ({ wait, now }) => {
      for (const ms of [-5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
        const before = now().getTime();
        await wait(ms);
        assert.ok(now().getTime() - before < 60_000, String(ms));
      }
    });

    scene('a signal that has aborted lets nobody wait', async ({ wait }) => {
      const cause = new Error('over');
      await assert.rejects(wait(60_000, 'never', { signal: AbortSignal.abort(cause) }), {
        ...abortError,
        cause,
      });
    });

    scene(
      'a signal that aborts ends the waiting of those who gave it, and nobody else’s',
      async ({ wait }) => {
        const stop = new AbortController();
        const { signal } = stop;
        const stopped = [wait(60_000, 'a', { signal }), wait(60_000, 'b', { signal })];
        const others = wait(5, 'c');
        stop.abort();
        for (const one of stopped) await assert.rejects(one, abortError);
        assert.equal(await others, 'c');
      },
    );

    scene('a signal that aborts afterwards changes nothing', async ({ wait }) => {
      const stop = new AbortController();
      assert.equal(await wait(2, 'done', { signal: stop.signal }), 'done');
      stop.abort();
      assert.equal(await wait(2, 'done'), 'done');
    });
  });
}

const abortError = { name: 'AbortError', code: 'ABORT_ERR', message: 'The operation was aborted' };
