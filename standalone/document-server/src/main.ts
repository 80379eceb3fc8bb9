// Starts the document server: arguments, data folder, listening, and the end on SIGTERM.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DatabaseSync } from 'node:sqlite';
import { Cursors } from './commands/cursors.ts';
import { Reads } from './commands/reads.ts';
import { Stats } from './commands/stats.ts';
import { log } from './log.ts';
import { DocumentServer } from './server.ts';
import { IndexBuilds } from './storage/index-build.ts';
import { Rows } from './storage/rows.ts';
import { Store } from './storage/store.ts';
import { Workers } from './storage/workers.ts';

const { values } = parseArgs({
  options: { data: { type: 'string' }, socket: { type: 'string' }, port: { type: 'string' } },
});
if (values.data === undefined || (values.socket === undefined) === (values.port === undefined)) {
  process.stderr.write('usage: main.ts --data DIR (--socket PATH | --port N)\n');
  process.exit(2);
}
mkdirSync(values.data, { recursive: true, mode: 0o700 });
const file = join(values.data, 'documents.sqlite');
const sqlite = new DatabaseSync(file);
sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;');
const store = new Store(sqlite, () => undefined);
const rows = new Rows(store);
const cursors = new Cursors();
const stats = new Stats(store, file, 65536 * 1024);
const context = { store, rows, cursors, stats, reads: new Reads(store, new Workers(store)), builds: new IndexBuilds(store, rows) };
const server = new DocumentServer(context, log);
const address = await server.listen({ socket: values.socket, port: values.port === undefined ? undefined : Number(values.port) });
log.info('listening', { address });
process.once('SIGTERM', () => {
  void server.drain(5000).then(() => {
    store.close();
    log.info('stopped');
    process.exit(0);
  });
});
