/** A private Redis for one test file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A server that answers; `stop` removes all that it held. */
export interface TestRedis {
  readonly url: string;
  /** Stops it where it is (SIGSTOP), so that connections stay open and nothing answers. */
  pause(): void;
  /** Lets it go on after `pause`. */
  resume(): void;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again at the same place, empty, after `kill`. */
  again(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Redis on a socket of its own. */
export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp('/tmp/fr-');
  const socket = join(folder, 'r.sock');
  let child = launch(folder, socket);
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  await untilAnswering(socket);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  };
  return {
    url: `unix://${socket}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    again: async () => {
      child = launch(folder, socket);
      await untilAnswering(socket);
    },
    stop: async () => {
      process.off('exit', endWithUs);
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function launch(folder: string, socket: string): ChildProcess {
  const place = ['--port', '0', '--unixsocket', socket, '--dir', folder];
  const args = [...place, '--save', '', '--maxmemory-policy', 'noeviction'];
  return spawn('redis-server', args, { stdio: 'ignore' });
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
