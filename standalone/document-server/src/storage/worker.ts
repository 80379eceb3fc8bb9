// A worker thread: runs reads, key extraction and backups on a read-only connection, one at a time.
import { DatabaseSync } from 'node:sqlite';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { MongoError } from '../errors.ts';
import { Budget } from '../planner/budget.ts';
import { runJob, unpackJob, type PackedJob } from '../planner/jobs.ts';
import { decodeFields } from '../values/decode.ts';
import { indexFieldsOf, loadCatalog, type Catalog, type Index } from './catalog.ts';
import { keysOf, type DocumentKeys } from './index-keys.ts';
import { Statements } from './store.ts';
import { joined, packResult, type IndexPage, type IndexPageJob } from './worker-messages.ts';
import type { WorkerAnswer, WorkerTask } from './workers.ts';

const pageRows = 2000;
const pageBytes = 4 * 1024 * 1024;
const { file } = workerData as { file: string };
const sqlite = new DatabaseSync(file, { readOnly: true });
sqlite.exec('PRAGMA cache_size = -8192; PRAGMA busy_timeout = 5000;');
const statements = new Statements(sqlite);

/** The catalog of the snapshot that the open transaction reads, with its counts. */
function currentCatalog(): Catalog {
  return loadCatalog(sqlite);
}

function read(job: PackedJob): { answer: WorkerAnswer; transfer: ArrayBuffer[] } {
  const budget = new Budget(Infinity, Date.now() + job.limitMs);
  const known = currentCatalog();
  const { packed, buffer } = packResult(runJob({ statements, budget }, known, unpackJob(job)));
  return { answer: { read: packed }, transfer: [buffer] };
}

function indexPage(job: IndexPageJob): IndexPage {
  const collection = currentCatalog().get(`${job.db}.${job.name}`);
  const index = collection?.indexes.find(({ id }) => id === job.index);
  if (collection === undefined || index === undefined)
    throw new MongoError(26, 'the collection or index is gone');
  const fields = indexFieldsOf([index]);
  const made = new KeyPage(index);
  const select = statements.get(`SELECT id, doc FROM ${collection.table} WHERE id > ? ORDER BY id LIMIT 200`);
  let after = job.after;
  let bytes = 0;
  let done = false;
  while (!done && made.rows.length < pageRows && bytes < pageBytes) {
    const page = select.all(after) as unknown as [number, Uint8Array][];
    for (const [row, doc] of page) {
      after = row;
      made.add(row, keysOf(index, decodeFields(doc, fields)));
      bytes += doc.length;
    }
    done = page.length < 200;
  }
  return made.finish(done);
}

/** Gathers the keys of documents. */
class KeyPage {
  readonly rows: number[] = [];
  readonly #counts: number[] = [];
  readonly #lengths: number[] = [];
  readonly #keys: Uint8Array[] = [];
  readonly #multikey: boolean[];

  constructor(index: Index) {
    this.#multikey = index.parts.map(() => false);
  }

  add(row: number, found: DocumentKeys): void {
    for (const [at, flag] of found.multikey?.entries() ?? []) if (flag) this.#multikey[at] = true;
    this.rows.push(row);
    this.#counts.push(found.keys.length);
    for (const key of found.keys) this.#lengths.push(key.length);
    this.#keys.push(...found.keys);
  }

  finish(done: boolean): IndexPage {
    const { rows } = this;
    return {
      rows,
      counts: this.#counts,
      lengths: this.#lengths,
      bytes: joined(this.#keys),
      multikey: this.#multikey,
      done,
    };
  }
}

function backup(path: string): void {
  sqlite.prepare('VACUUM INTO ?').run(path);
  const handle = openSync(path, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

function perform(task: WorkerTask): { answer: WorkerAnswer; transfer: ArrayBuffer[] } {
  if (task.kind === 'backup') {
    backup(task.path);
    return { answer: {}, transfer: [] };
  }
  sqlite.exec('BEGIN');
  try {
    return task.kind === 'read'
      ? read(task.job)
      : { answer: { indexPage: indexPage(task.job) }, transfer: [] };
  } finally {
    sqlite.exec('ROLLBACK');
  }
}

parentPort?.on('message', (task: WorkerTask) => {
  try {
    const { answer, transfer } = perform(task);
    parentPort?.postMessage(answer, transfer);
  } catch (error) {
    const code = error instanceof MongoError ? error.code : 1;
    const message = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ error: { code, message } } satisfies WorkerAnswer);
  }
});
