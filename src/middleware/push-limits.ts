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
  const messages = new Map([[0, messagesAt(limits.perSecond, limits.burst)]]);
  const failures = counted('push-fail', failuresPerMinute, { duration: 60, blockDuration: blockSeconds });
  return {
    message: async (bankId, perSecond) => {
      const limiter =
        messages.get(perSecond ?? 0) ?? messagesAt(perSecond ?? 0, (perSecond ?? 0) * burstSeconds);
      messages.set(perSecond ?? 0, limiter);
      return waitOf(asked(() => limiter.consume(bankId)));
    },
    blocked: async (address) => {
      const found = await asked(() => failures.get(address));
      return found !== null && found.consumedPoints > failuresPerMinute ? secondsOf(found) : 0;
    },
    failed: async (address) => {
      await waitOf(asked(() => failures.consume(address)));
    },
  };
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
