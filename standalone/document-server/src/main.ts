// Starts the document server: arguments, data folder, listening, and the end on SIGTERM.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Cursors } from './commands/cursors.ts';
import { Reads } from './commands/reads.ts';
import { Stats } from './commands/stats.ts';
import { announce, log } from './log.ts';
import { DocumentServer, type ListenAt } from './server.ts';
import { cacheBytes, DataFolder, StartRefused } from './storage/data-folder.ts';
import { IndexBuilds } from './storage/index-build.ts';
import { Rows } from './storage/rows.ts';
import { Store } from './storage/store.ts';
import { Expiry } from './storage/ttl.ts';
import { Workers } from './storage/workers.ts';

const drainMs = 5000;
const cursorSweepMs = 30_000;
const usage = 'usage: node main.ts --data DIR (--socket PATH | --port N) [--ttl-seconds N]\n';

interface Settings {
  readonly data: string;
  readonly at: ListenAt;
  readonly ttlMs: number;
}

function settings(): Settings | undefined {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { data: option, socket: option, port: option, 'ttl-seconds': option },
  });
  const { data, socket } = values;
  const port = values.port === undefined ? undefined : Number(values.port);
  const ttlMs = Number(values['ttl-seconds'] ?? 60) * 1000;
  const portIsFine = port === undefined || (Number.isInteger(port) && port >= 0 && port < 65536);
  if (data === undefined || (socket === undefined) === (port === undefined) || !portIsFine || !(ttlMs > 0))
    return undefined;
  return { data: resolve(data), at: { socket, port }, ttlMs };
}

async function run({ data, at, ttlMs }: Settings): Promise<void> {
  // Data, log and socket are for the owner alone.
  process.umask(0o077);
  const folder = new DataFolder(data, log);
  const store = new Store(folder.sqlite, () => folder.afterCommit());
  const rows = new Rows(store);
  const workers = new Workers(folder.file);
  const cursors = new Cursors();
  const stats = new Stats({ store, workers, cursors, file: folder.file, cacheBytes });
  const builds = new IndexBuilds(store, rows, workers);
  const server = new DocumentServer(
    { store, rows, workers, cursors, stats, builds, reads: new Reads(store, workers) },
    log,
  );
  const expiry = new Expiry(store, rows, log);
  const timers = [
    setInterval(() => void expiry.sweep(Date.now()), ttlMs),
    setInterval(() => cursors.expire(Date.now()), cursorSweepMs),
  ];
  const stop = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer);
    await server.drain(drainMs);
    await workers.close();
    store.commit();
    folder.close();
    log.info('stopped');
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
  const address = await server.listen(at);
  announce('listening', { address, data });
  workers.warm();
}

function refuse(error: unknown): void {
  const known = error instanceof StartRefused;
  const reason = error instanceof Error ? error.message : String(error);
  log.error(known ? reason : 'the document server could not start', known ? {} : { reason });
  process.exit(1);
}

const given = settings();
if (given === undefined) {
  process.stderr.write(usage);
  process.exit(2);
} else run(given).catch(refuse);
