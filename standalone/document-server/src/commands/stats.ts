// Owns the figures of serverStatus: connections, operations, cache, file size.
import { statSync } from 'node:fs';
import type { Store } from '../storage/store.ts';
import type { Workers } from '../storage/workers.ts';
import type { Cursors } from './cursors.ts';
import { int } from '../values/readers.ts';
import { doc, type Doc } from '../values/types.ts';
import { serverVersion } from './session.ts';

/** What the figures are read from. */
interface StatsDeps {
  readonly store: Store;
  readonly workers: Workers;
  readonly cursors: Cursors;
  readonly file: string;
  readonly cacheBytes: number;
}

/** Commands as MongoDB's opcounters call them. */
const counters: Readonly<Record<string, string>> = {
  insert: 'insert',
  find: 'query',
  update: 'update',
  delete: 'delete',
  getMore: 'getmore',
};

/** Counts what the server does. */
export class Stats {
  readonly #deps: StatsDeps;
  readonly #started = Date.now();
  readonly #operations = new Map<string, number>(
    ['insert', 'query', 'update', 'delete', 'getmore', 'command'].map((name) => [name, 0]),
  );
  readonly #commands = new Map<string, number>();
  connections = 0;
  connectionsTotal = 0;
  brokenMessages = 0;

  constructor(deps: StatsDeps) {
    this.#deps = deps;
  }

  /** Counts one command. */
  count(command: string): void {
    const counter = counters[command] ?? 'command';
    this.#operations.set(counter, (this.#operations.get(counter) ?? 0) + 1);
    this.#commands.set(command, (this.#commands.get(command) ?? 0) + 1);
  }

  /** The answer of serverStatus. */
  report(): Doc {
    const memory = process.memoryUsage();
    const { store, workers, cursors, file, cacheBytes } = this.#deps;
    return doc(
      ['host', 'localhost'],
      ['version', serverVersion],
      ['process', 'document-server'],
      ['pid', BigInt(process.pid)],
      ['uptime', (Date.now() - this.#started) / 1000],
      ['localTime', new Date()],
      [
        'connections',
        doc(['current', int(this.connections)], ['totalCreated', BigInt(this.connectionsTotal)]),
      ],
      ['opcounters', counts(this.#operations)],
      ['commands', counts(this.#commands)],
      ['cursors', doc(['open', int(cursors.size)])],
      ['network', doc(['brokenMessages', BigInt(this.brokenMessages)])],
      [
        'mem',
        doc(
          ['resident', int(Math.round(memory.rss / 1048576))],
          ['heapUsed', int(Math.round(memory.heapUsed / 1048576))],
        ),
      ],
      ['storageEngine', doc(['name', 'sqlite'], ['persistent', true])],
      [
        'storage',
        doc(
          ['fileBytes', BigInt(sizeOf(file))],
          ['logBytes', BigInt(sizeOf(`${file}-wal`))],
          ['cacheBytesMax', BigInt(cacheBytes)],
          ['commits', BigInt(store.commits)],
          ['collections', int(store.catalog.size)],
          ['scansRunning', int(workers.running)],
        ),
      ],
      ['ok', 1],
    );
  }
}

function counts(from: ReadonlyMap<string, number>): Doc {
  return new Map([...from].map(([name, count]) => [name, BigInt(count)]));
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
