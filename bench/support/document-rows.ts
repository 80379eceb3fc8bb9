/** The rows of the documents benchmark, measured on any MongoDB address through the collections of a Mongoose connection. */

import mongoose from 'mongoose';
import { measure } from './bench-result.ts';
import type { Load, Row } from './bench-result.ts';

const BANKS = 8;
const ACCOUNTS = 100;
const PARTIES = 1000;
const BATCH = 1000;
const PAGE = 20;

const flowSchema = new mongoose.Schema({
  _id: Number,
  bank: String,
  serial: String,
  account: String,
  party: String,
  at: Date,
  fen: BigInt,
  state: String,
  tries: Number,
  memo: String,
});
flowSchema.index({ bank: 1, serial: 1 }, { unique: true });
flowSchema.index({ account: 1, at: -1 });
flowSchema.index({ party: 1 });

/** A bank flow as it is stored. */
type Flow = mongoose.InferRawDocType<typeof flowSchema.obj> & { _id: number };

/** A bank flow of about 400 bytes. */
function flow(i: number): Flow {
  return {
    _id: i,
    bank: `bank-${i % BANKS}`,
    serial: serialOf(i),
    account: `6222020000000${String(i % ACCOUNTS).padStart(6, '0')}`,
    party: `party-${String((i * 7919) % PARTIES).padStart(6, '0')}`,
    at: new Date(1_770_000_000_000 + ((i * 104_729) % 1_000_000_007)),
    fen: 9_007_199_254_740_993n + BigInt(i),
    state: stateOf(i),
    tries: 0,
    memo: `transfer for the road of township ${i % 20}, contract ${i} `.padEnd(160, '.'),
  };
}

function stateOf(i: number): string {
  return i % 3 === 0 ? 'new' : 'matched';
}

function serialOf(i: number): string {
  return `S${String(i).padStart(12, '0')}`;
}

/** What a caller that knows the server's process may add. */
export interface DocumentHooks {
  /** Processor time that the server has used so far, in µs. */
  readonly cpuUs?: () => number;
  /** Runs at the end, while all documents are still there. */
  readonly full?: () => Promise<void>;
}

/**
 * Fills a database of its own and measures.
 * @param uri address of the server; its database `bench_documents` is dropped before and after
 * @param scale 1 for a million documents, less for a look
 * @param hooks what else to look at
 */
export async function documentRows(uri: string, scale: number, hooks: DocumentHooks = {}): Promise<Row[]> {
  const options = { dbName: 'bench_documents', maxPoolSize: 64, autoIndex: false };
  const connection = await mongoose.createConnection(uri, options).asPromise();
  try {
    await connection.dropDatabase();
    const rows = await new Rows(connection, scale, hooks.cpuUs).all();
    await hooks.full?.();
    return rows;
  } finally {
    await connection.dropDatabase();
    await connection.close();
  }
}

class Rows {
  readonly #model: mongoose.Model<unknown>;
  // Not the model's own methods: they would measure Mongoose's documents more than the server.
  readonly #flows: mongoose.mongo.Collection<Flow>;
  readonly #scale: number;
  #filled = 0;
  readonly #cpuUs: (() => number) | undefined;

  constructor(connection: mongoose.Connection, scale: number, cpuUs: (() => number) | undefined) {
    this.#cpuUs = cpuUs;
    this.#model = connection.model<unknown>('Flow', flowSchema);
    this.#flows = connection.db!.collection<Flow>(this.#model.collection.name);
    this.#scale = scale;
  }

  async all(): Promise<Row[]> {
    const size = (documents: number): number => documents * this.#scale;
    const calls = (count: number): number => Math.max(3, Math.round(count * this.#scale));
    await this.#model.createIndexes();
    const first = await this.#fill(size(10_000));
    const page10k = await this.#page('page10k', calls(2000));
    const second = await this.#fill(size(100_000));
    const single = await this.#single(calls);
    const group100k = await this.#measure('group100k', { calls: 5 }, () => this.#group());
    const third = await this.#fill(size(1_000_000));
    return [
      joined('insertMany', [first, second, third]),
      ...single,
      page10k,
      await this.#page('page1M', calls(2000)),
      await this.#measure('countByIndex', { calls: calls(2000) }, (i) =>
        this.#flows.countDocuments({ party: partyOf(i) }),
      ),
      group100k,
      await this.#measure('scan1M', { calls: 3 }, () => this.#flows.find({ memo: 'nowhere' }).toArray()),
    ];
  }

  async #fill(until: number): Promise<{ row: Row; documents: number }> {
    const from = this.#filled;
    const calls = Math.ceil((until - from) / BATCH);
    const row = await this.#measure('insertMany', { calls, items: BATCH }, (i) => {
      const start = from + i * BATCH;
      const docs = Array.from({ length: Math.min(BATCH, until - start) }, (_, at) => flow(start + at));
      return this.#flows.insertMany(docs);
    });
    this.#filled = until;
    return { row, documents: until - from };
  }

  async #single(calls: (n: number) => number): Promise<Row[]> {
    const flows = this.#flows;
    const known = this.#filled;
    let next = 10_000_000;
    const insert = (): Promise<unknown> => flows.insertOne(flow((next += 1)));
    const find = async (i: number): Promise<void> => {
      const id = (i * 7919) % known;
      found(await flows.findOne({ bank: `bank-${id % BANKS}`, serial: serialOf(id) }));
    };
    const take = async (i: number): Promise<void> => {
      const _id = (i * 15_485_863) % known;
      const change = { $set: { state: 'taken' }, $inc: { tries: 1 } };
      found(await flows.findOneAndUpdate({ _id, state: stateOf(_id) }, change));
    };
    await this.#measure('warm', { calls: 300, inFlight: 64 }, find);
    return [
      await this.#measure('insertOne1', { calls: calls(3000) }, insert),
      await this.#sharing(calls(20_000), insert),
      await this.#measure('findByKey1', { calls: calls(5000) }, find),
      await this.#measure('findByKey64', { calls: calls(20_000), inFlight: 64 }, find),
      await this.#measure('findOneAndUpdate64', { calls: calls(20_000), inFlight: 64 }, take),
    ];
  }

  /** Inserts of 64 clients, and how many of them shared one fsync where the server counts its commits. */
  async #sharing(calls: number, insert: () => Promise<unknown>): Promise<Row> {
    const before = await this.#commits();
    const row = await this.#measure('insertOne64', { calls, inFlight: 64 }, insert);
    const commits = (await this.#commits()) - before;
    return commits > 0 ? { ...row, writesPerFsync: Number((calls / commits).toFixed(1)) } : row;
  }

  async #commits(): Promise<number> {
    const status = await this.#flows.db.command({ serverStatus: 1 });
    const storage = status['storage'] as { commits?: number | bigint } | undefined;
    return Number(storage?.commits ?? 0);
  }

  #measure(name: string, load: Load, call: (i: number) => Promise<unknown>): Promise<Row> {
    return measure(name, { ...load, cpuUs: this.#cpuUs }, call);
  }

  #page(name: string, calls: number): Promise<Row> {
    return this.#measure(name, { calls }, (i) => {
      const account = `6222020000000${String((i * 37) % ACCOUNTS).padStart(6, '0')}`;
      return this.#flows.find({ account }).sort({ at: -1 }).limit(PAGE).toArray();
    });
  }

  async #group(): Promise<void> {
    const group = { _id: '$state', fen: { $sum: '$fen' }, count: { $sum: 1 } };
    found((await this.#flows.aggregate([{ $group: group }]).toArray())[0]);
  }
}

/** A benchmark that finds nothing measures nothing. */
function found(value: unknown): void {
  if (value === null || value === undefined) throw new Error('a document that should be there was not found');
}

function partyOf(i: number): string {
  return `party-${String((i * 31) % PARTIES).padStart(6, '0')}`;
}

/** One row for several fills: all documents by all seconds, the times of the longest fill. */
function joined(name: string, fills: readonly { row: Row; documents: number }[]): Row {
  const documents = fills.reduce((sum, fill) => sum + fill.documents, 0);
  const seconds = fills.reduce((sum, fill) => sum + fill.documents / fill.row.perSecond, 0);
  const longest = fills.at(-1)?.row ?? { p50Ms: 0, p95Ms: 0 };
  return { ...longest, name, perSecond: Math.round(documents / seconds) };
}
