/** Rate limits of the push interface, counted in Redis so that every process shares them. */
import type { Redis } from 'ioredis';
import { BurstyRateLimiter, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { PushLimits } from '../controllers/bank.api.ts';

/** Failed authentications a minute from one address, and how long it then waits, s. */
const failuresPerMinute = 20;
const blockSeconds = 15 * 60;

/**
 * Limits of messages per bank and of failures per address.
 * @param limits `perSecond` messages a bank may push steadily, `burst` more within ten seconds
 */
export function createPushLimits(
  redis: Redis,
  limits: { readonly perSecond: number; readonly burst: number },
): PushLimits {
  const common = { storeClient: redis, useRedisPackage: false };
  const messages = new BurstyRateLimiter(
    new RateLimiterRedis({ ...common, keyPrefix: 'push', points: limits.perSecond, duration: 1 }),
    new RateLimiterRedis({ ...common, keyPrefix: 'push-burst', points: limits.burst, duration: 10 }),
  );
  const failures = new RateLimiterRedis({
    ...common,
    keyPrefix: 'push-fail',
    points: failuresPerMinute,
    duration: 60,
    blockDuration: blockSeconds,
  });
  return {
    message: async (bankId) => waitOf(messages.consume(bankId)),
    failures: async (address, failed) => {
      if (failed) return waitOf(failures.consume(address));
      const counted = await failures.get(address);
      return counted !== null && counted.consumedPoints > failuresPerMinute ? secondsOf(counted) : 0;
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
