// Owns the running server: listening, its connections, timers, and an orderly end.
import { createServer, type Server, type Socket } from 'node:net';
import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import { dispatch } from './commands/dispatch.ts';
import type { Context } from './commands/context.ts';
import type { Log } from './log.ts';
import { Connection } from './wire/connection.ts';

/** Where to listen: a unix socket, or a port on the loopback address. */
export interface ListenAt {
  readonly socket: string | undefined;
  readonly port: number | undefined;
}

/** A server that listens. */
export class DocumentServer {
  readonly #context: Context;
  readonly #log: Log;
  readonly #connections = new Map<Socket, Connection>();
  readonly #server: Server;

  constructor(context: Context, log: Log) {
    this.#context = context;
    this.#log = log;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens; the socket is for its owner alone. A socket file left over from a dead server is replaced. */
  async listen(at: ListenAt): Promise<string> {
    if (at.socket !== undefined && existsSync(at.socket)) unlinkSync(at.socket);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      if (at.socket === undefined) this.#server.listen(at.port ?? 0, '127.0.0.1', resolve);
      else this.#server.listen(at.socket, resolve);
    });
    if (at.socket !== undefined) chmodSync(at.socket, 0o600);
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : String(address);
  }

  #accept(socket: Socket): void {
    const { stats } = this.#context;
    socket.setNoDelay(true);
    stats.connections++;
    stats.connectionsTotal++;
    const connection = new Connection(
      socket,
      (request) => dispatch(request, this.#context, this.#log),
      (error) => {
        stats.brokenMessages++;
        this.#log.warn('message refused', { code: error.code, reason: error.message });
      },
    );
    this.#connections.set(socket, connection);
    socket.on('close', () => {
      this.#connections.delete(socket);
      stats.connections--;
    });
  }

  /** Accepts nobody new, lets running commands end, and closes all connections; those that linger are cut. */
  async drain(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections.values()) connection.drain();
    const cut = setTimeout(() => {
      for (const socket of this.#connections.keys()) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(cut);
  }
}
