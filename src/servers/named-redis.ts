/** Checks a Redis that the person named before anything relies on it. */

import { createClient } from 'redis';
import { StartError } from '../supervisor/start-error.ts';

const CONNECT_WITHIN_MS = 5000;

/**
 * Queues live in Redis, so it must keep every key.
 * @param uri REDIS_URL, never shown
 * @throws StartError when it does not answer, or may evict keys
 */
export async function checkNamedRedis(uri: string): Promise<void> {
  const policy = await evictionPolicy(uri);
  if (policy === 'noeviction') return;
  throw new StartError(
    `The Redis at REDIS_URL may drop keys (maxmemory-policy ${policy}), and queues with them: set its maxmemory-policy to noeviction.`,
  );
}

async function evictionPolicy(uri: string): Promise<string> {
  const client = createClient({ ...optionsOf(uri), disableOfflineQueue: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    // INFO is open where a hosted Redis refuses CONFIG.
    return /^maxmemory_policy:(.*)$/m.exec(await client.info('memory'))?.[1]?.trim() ?? 'unknown';
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`The Redis at REDIS_URL does not answer (${why}): start it, or unset REDIS_URL.`);
  } finally {
    client.destroy();
  }
}

function optionsOf(uri: string): Parameters<typeof createClient>[0] {
  const noRetry = { connectTimeout: CONNECT_WITHIN_MS, reconnectStrategy: false as const };
  const path = /^(?:redis\+)?unix:\/\/(.+)$/.exec(uri)?.[1];
  return path === undefined ? { url: uri, socket: noRetry } : { socket: { path, tls: false, ...noRetry } };
}
