/** A Redis of the platform's own on a machine that names none: its configuration, address and readiness. */

import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';

/** How to start a private Redis and reach it. */
export interface PrivateRedis {
  readonly command: string;
  readonly args: readonly string[];
  /** Configuration for its standard input, so that the password stands on no command line. */
  readonly input: string;
  readonly uri: string;
  /** True once it answers commands, its append-only file loaded. */
  readonly probe: () => Promise<boolean>;
}

/** Where it listens and keeps its file. */
export interface PrivateRedisPlace {
  readonly dataFolder: string;
  /** Port of 127.0.0.1. */
  readonly port: number;
  /** Letters and digits only. */
  readonly password: string;
}

/**
 * @param place port, password and data folder; a folder `redis` is made in the latter
 * @returns how to start it: loopback only, append-only file, keys never evicted
 */
export function privateRedis(place: PrivateRedisPlace): PrivateRedis {
  const { port, password } = place;
  const folder = join(place.dataFolder, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${quote(folder)}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'daemonize no',
  ];
  return {
    command: 'redis-server',
    args: ['-'],
    input: `${settings.join('\n')}\n`,
    uri: `redis://:${password}@127.0.0.1:${port}`,
    probe: () => answersPing(port, password),
  };
}

function quote(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let reply = '';
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1');
      if (/^(\+PONG|-[A-Z]+ .*\r\n-|-LOADING)/m.test(reply)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(reply.includes('+PONG')));
  });
}
