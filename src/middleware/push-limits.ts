/** Rate limits of the push interface, counted in Redis so that every process shares them; while Redis is away each process counts for itself. */
import {
  BurstyRateLimiter,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { Platform } from '../compose.ts';
import type { PushLimits } from '../controllers/bank.api.ts';
import { InfrastructureError } from '../models/kernel/errors.ts';

/** Failed authentications a minute from one address, and how long it then waits, s. */
const failuresPerMinute = 20;
const blockSeconds = 15 * 60;
/** A bank with a rate of its own may send this many seconds' worth at once. */
const burstSeconds = 5;
/** A process takes its messages from Redis in portions of this share of a second's, and spends them within this time, ms: not every message asks. */
const portionsPerSecond = 20;
const portionMs = 1_000;
/** An address that was not blocked is not asked about again for this long, ms, unless it fails here. */
const unblockedMs = 1_000;
const rememberedAddresses = 10_000;

/**
 * Limits of messages per bank and of failures per address.
 * @param limits `perSecond` messages a bank may push steadily, `burst` more within ten seconds
 */
export function createPushLimits(
  guard: Platform['redisGuard'],
  limits: { readonly perSecond: number; readonly burst: number },
): PushLimits {
  const counted = (
    keyPrefix: string,
    points: number,
    seconds: { duration: number; blockDuration?: number },
  ): RateLimiterRedis => {
    const insuranceLimiter = new RateLimiterMemory({ keyPrefix, points, ...seconds });
    return new RateLimiterRedis({
      storeClient: guard.store,
      useRedisPackage: false,
      rejectIfRedisNotReady: true,
      insuranceLimiter,
      keyPrefix,
      points,
      ...seconds,
    });
  };
  const messagesAt = (perSecond: number, burst: number): BurstyRateLimiter =>
    new BurstyRateLimiter(
      counted(`push-${perSecond}`, perSecond, { duration: 1 }),
      counted(`push-burst-${perSecond}`, burst, { duration: 10 }),
    );
  // Once Redis is known to be away, the limiter itself turns to its insurance.
  const asked = <T>(work: () => Promise<T>): Promise<T> =>
    guard.run(work).catch((cause: unknown) => {
      if (cause instanceof InfrastructureError) return work();
      throw cause;
    });
  const failures = counted('push-fail', failuresPerMinute, { duration: 60, blockDuration: blockSeconds });
  const limiters = new Map([[limits.perSecond, messagesAt(limits.perSecond, limits.burst)]]);
  const unblocked = new Map<string, number>();
  const portions = new Portions((bankId, perSecond, size) => {
    const limiter = limiters.get(perSecond) ?? messagesAt(perSecond, perSecond * burstSeconds);
    limiters.set(perSecond, limiter);
    return waitOf(asked(() => limiter.consume(bankId, size)));
  });
  return {
    message: (bankId, perSecond) => portions.take(bankId, perSecond ?? limits.perSecond),
    blocked: async (address) => {
      if ((unblocked.get(address) ?? 0) > performance.now()) return 0;
      const found = await asked(() => failures.get(address));
      if (found !== null && found.consumedPoints > failuresPerMinute) return secondsOf(found);
      if (unblocked.size >= rememberedAddresses) unblocked.clear();
      unblocked.set(address, performance.now() + unblockedMs);
      return 0;
    },
    failed: async (address) => {
      unblocked.delete(address);
      await waitOf(asked(() => failures.consume(address)));
    },
  };
}

/** Messages that a process may still take in without asking. */
class Portions {
  readonly #ask: (bankId: string, perSecond: number, size: number) => Promise<number>;
  readonly #portions = new Map<string, { left: number; readonly untilMs: number }>();
  readonly #asking = new Map<string, Promise<number>>();

  constructor(ask: (bankId: string, perSecond: number, size: number) => Promise<number>) {
    this.#ask = ask;
  }

  /** @returns seconds to wait, or 0 */
  async take(bankId: string, perSecond: number): Promise<number> {
    const size = Math.max(1, Math.floor(perSecond / portionsPerSecond));
    for (;;) {
      const portion = this.#portions.get(bankId);
      if (portion !== undefined && portion.left > 0 && portion.untilMs > performance.now()) {
        portion.left -= 1;
        return 0;
      }
      const wait = await this.#next(bankId, perSecond, size);
      if (wait > 0) return wait;
    }
  }

  /** One question for all who wait. */
  #next(bankId: string, perSecond: number, size: number): Promise<number> {
    const asking =
      this.#asking.get(bankId) ??
      this.#ask(bankId, perSecond, size)
        .then((wait) => {
          if (wait === 0) this.#portions.set(bankId, { left: size, untilMs: performance.now() + portionMs });
          return wait;
        })
        .finally(() => this.#asking.delete(bankId));
    this.#asking.set(bankId, asking);
    return asking;
  }
}

async function waitOf(consumed: Promise<unknown>): Promise<number> {
  try {
    await consumed;
    return 0;
  } catch (cause) {
    if (cause instanceof RateLimiterRes) return secondsOf(cause);
    throw cause;
  }
}

function secondsOf(limit: RateLimiterRes): number {
  return Math.max(1, Math.ceil(limit.msBeforeNext / 1000));
}
