/** Finds free ports of 127.0.0.1 and tells when a wanted one is taken. */

import { createConnection, createServer } from 'node:net';
import { codeOf, StartError } from './start-error.ts';

/**
 * @param port the wanted port; 0 = any
 * @param variable name of the variable that sets it, for the sentence
 * @returns a port that was free just now
 * @throws StartError when the wanted port is taken or not allowed
 */
export async function claimPort(port: number, variable: string): Promise<number> {
  try {
    return await listenOnce(port);
  } catch (error) {
    const why = codeOf(error) === 'EADDRINUSE' ? 'is already in use' : 'may not be used by this user';
    throw new StartError(
      `Port ${port} ${why}: set ${variable} to another one, for example ${variable}=${port + 200}.`,
    );
  }
}

/** @returns a port that nobody uses at this moment */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/** @returns two ports that nobody uses at this moment, never the same twice */
export async function freePorts(): Promise<[number, number]> {
  const first = await freePort();
  for (;;) {
    const second = await freePort();
    if (second !== first) return [first, second];
  }
}

/**
 * @param address unix socket path, or port of 127.0.0.1
 * @returns true when something accepts connections there
 */
export function accepts(address: { path: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    socket.setTimeout(2000, () => socket.destroy(new Error('no answer')));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
