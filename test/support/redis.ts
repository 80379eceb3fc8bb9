/** A private Redis for one test file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A server that answers; `stop` removes all that it held. */
export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts Redis on a socket of its own. */
export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp('/tmp/fr-');
  const socket = join(folder, 'r.sock');
  const child = spawn(
    'redis-server',
    [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--dir',
      folder,
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
    ],
    { stdio: 'ignore' },
  );
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  await untilAnswering(socket);
  return {
    url: `unix://${socket}`,
    stop: async () => {
      process.off('exit', endWithUs);
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswering(socket: string): Promise<void> {
  const client = new Redis(socket, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      await client.connect();
      client.disconnect();
      return;
    } catch {
      await delay(25);
    }
  }
  throw new Error('redis-server did not start: is the package redis-server installed?');
}
