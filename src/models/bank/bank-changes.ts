/** Tells every process that a bank's keys or access changed. A lost word costs half a second: no process remembers a bank for longer. */
import type { Redis } from 'ioredis';

const channel = 'bank-changes';

/** Tells it, to whoever listens. Redis away is no failure: what is remembered ends by itself. */
export async function announceBankChange(redis: Redis, bankId: string): Promise<void> {
  if (redis.status === 'ready') await redis.publish(channel, bankId);
}

/** Hears it on a connection of its own, which ends with the one it was made from. */
export function onBankChange(redis: Redis, forget: (bankId: string) => void): void {
  const subscriber = redis.duplicate();
  subscriber.on('error', () => undefined);
  subscriber.on('message', (_channel, bankId) => forget(bankId));
  subscriber.subscribe(channel).catch(() => undefined);
  // A connection that is lost comes back; only one that was ended is over.
  redis.once('end', () => subscriber.disconnect());
}
