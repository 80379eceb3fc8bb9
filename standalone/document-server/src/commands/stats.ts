// Owns the figures of serverStatus: connections, operations, cache, file size.
import { statSync } from 'node:fs';
import type { Store } from '../storage/store.ts';
import { int } from '../values/decode.ts';
import { doc, type Doc } from '../values/types.ts';
import { serverVersion } from './session.ts';

/** Counts what the server does. */
export class Stats {
  readonly #store: Store;
  readonly #file: string;
  readonly #cacheBytes: number;
  readonly #started = Date.now();
  readonly #operations = new Map<string, number>();
  connections = 0;
  connectionsTotal = 0;
  brokenMessages = 0;
  scansRunning = 0;

  constructor(store: Store, file: string, cacheBytes: number) {
    this.#store = store;
    this.#file = file;
    this.#cacheBytes = cacheBytes;
  }

  /** Counts one command. */
  count(command: string): void {
    this.#operations.set(command, (this.#operations.get(command) ?? 0) + 1);
  }

  /** The answer of serverStatus. */
  report(): Doc {
    const memory = process.memoryUsage();
    const operations: Doc = new Map();
    for (const [name, count] of this.#operations) operations.set(name, BigInt(count));
    return doc(
      ['host', 'localhost'],
      ['version', serverVersion],
      ['process', 'document-server'],
      ['pid', BigInt(process.pid)],
      ['uptime', (Date.now() - this.#started) / 1000],
      ['localTime', new Date()],
      ['connections', doc(['current', int(this.connections)], ['totalCreated', BigInt(this.connectionsTotal)])],
      ['opcounters', operations],
      ['network', doc(['brokenMessages', BigInt(this.brokenMessages)])],
      ['mem', doc(['resident', int(Math.round(memory.rss / 1048576))], ['heapUsed', int(Math.round(memory.heapUsed / 1048576))])],
      ['storageEngine', doc(['name', 'sqlite'], ['persistent', true])],
      [
        'storage',
        doc(
          ['fileBytes', BigInt(sizeOf(this.#file))],
          ['logBytes', BigInt(sizeOf(`${this.#file}-wal`))],
          ['cacheBytesMax', BigInt(this.#cacheBytes)],
          ['commits', BigInt(this.#store.commits)],
          ['collections', int(this.#store.catalog.size)],
          ['scansRunning', int(this.scansRunning)],
        ),
      ],
      ['ok', 1],
    );
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
