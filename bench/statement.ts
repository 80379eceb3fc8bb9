/** Benchmark `statement`: reading, judging and taking in a large statement of each format, with the memory that stays in use meanwhile. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createReadStream } from 'node:fs';
import mongoose from 'mongoose';
import { standardProfile } from '../src/models/bank-profile/standard-profile.ts';
import { BankModel } from '../src/models/bank/bank.schema.ts';
import { connectDocumentStore } from '../src/models/connection.ts';
import { workbookOf, type SheetRow } from '../src/models/export/workbook.ts';
import { InboxFlowModel } from '../src/models/inbox/inbox.schema.ts';
import { InboxService } from '../src/models/inbox/inbox.service.ts';
import { readModels } from '../src/models/read-model/read-models.ts';
import { StatementFileStore } from '../src/models/statement/statement-file.store.ts';
import { StatementService } from '../src/models/statement/statement.service.ts';
import { StatementModel, StatementRowModel } from '../src/models/statement/statement.schema.ts';
import { startDocumentStore } from '../test/support/document-store.ts';
import type { BenchResult } from './support/bench-result.ts';
import { cpuOfChildren, memoryOfChildren } from './support/processes.ts';

const account = '5201000000000001';
const bankId = 'bank';
const date = '2026-11-20';

/** A tenth with `--quick`; `--rows=N` sets the large size; `--only=camt` (csv, xlsx) leaves the other formats out. */
export async function run(options: Readonly<Record<string, unknown>>): Promise<BenchResult> {
  const rows = typeof options.rows === 'number' ? options.rows : options.quick === true ? 5_000 : 50_000;
  const folder = await mkdtemp('/tmp/fb-');
  const store = await startDocumentStore();
  const connection = await connectDocumentStore(store.uri);
  try {
    const models = readModels(connection);
    const statements = await prepared(folder, models);
    const small = await measured(statements, folder, { kind: 'camt', rows: rows / 10, from: 0 });
    const results = [small];
    const kinds = (['camt', 'csv', 'xlsx'] as const).filter((one) =>
      [one, undefined].includes(options.only as never),
    );
    for (const [at, kind] of kinds.entries())
      results.push(await measured(statements, folder, { kind, rows, from: (at + 1) * 1_000_000 }));
    return {
      name: 'statement',
      conditions: { store: 'built-in document server, own process', ledger: 'none: up to the durable inbox' },
      statements: results,
    };
  } finally {
    await mongoose.disconnect();
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Models = ReturnType<typeof readModels>;

async function prepared(folder: string, models: Models): Promise<StatementService> {
  const now = (): Date => new Date();
  for (const model of [StatementModel, StatementRowModel, InboxFlowModel]) await model.createIndexes();
  await models.bankAccount.collection.insertOne({
    _id: `${bankId}~${account}`,
    orgId: 'owner',
    account,
  } as never);
  await BankModel.collection.insertOne({ _id: bankId, feedUserId: 'feed' } as never);
  const nothing = (): Promise<string> => Promise.resolve('');
  const inbox = new InboxService({ now, alert: nothing, hint: () => Promise.resolve() });
  return new StatementService({
    store: new StatementFileStore(join(folder, 'statements')),
    models,
    profileOf: () => Promise.resolve(standardProfile),
    take: (batch, entries) => inbox.take(batch, entries),
    alert: nothing,
    isReadModelWhole: () => Promise.resolve(true),
    now,
  });
}

interface Sample {
  readonly kind: 'camt' | 'csv' | 'xlsx';
  readonly rows: number;
  /** Serial numbers count from here. */
  readonly from: number;
}

async function measured(statements: StatementService, folder: string, sample: Sample): Promise<object> {
  const path = join(folder, 'file');
  const source = sample.kind === 'xlsx' ? workbookOf('S', sheet(sample), [20]) : Readable.from(text(sample));
  await pipeline(source, createWriteStream(path));
  const brought = {
    bankId,
    orgId: bankId,
    source: 'bank',
    userId: 'one',
    fileName: '',
    account: '',
  } as const;
  const memory = new LiveMemory();
  const before = await costs();
  const { _id, size } = await statements.receive(brought, createReadStream(path));
  const readSeconds = await seconds(() => statements.work(_id));
  const again = await StatementModel.findById(_id).lean();
  if (again?.state !== 'ready')
    throw new Error(`${sample.kind}: ${JSON.stringify(again?.fault ?? again?.counts)}`);
  await statements.confirm(_id, { userId: 'two', orgId: bankId });
  const takeSeconds = await seconds(() => statements.work(_id));
  const { liveMb, rssMb } = memory.stop();
  const after = await costs();
  return {
    format: again.format,
    rows: sample.rows,
    fileMb: Math.round(size / 2 ** 20),
    previewRowsPerSecond: Math.round(sample.rows / readSeconds),
    takenRowsPerSecond: Math.round(sample.rows / takeSeconds),
    readerCpuUsPerRow: Math.round((after.ownUs - before.ownUs) / sample.rows),
    storeCpuUsPerRow: Math.round((after.storeUs - before.storeUs) / sample.rows),
    liveHeapMb: liveMb,
    rssMb,
    storeRssMb: after.storeRssMb,
  };
}

/** Processor time so far, of this process and of the store; collections that the measuring itself asks for are in it. */
async function costs(): Promise<{ ownUs: number; storeUs: number; storeRssMb: number }> {
  const { user, system } = process.cpuUsage();
  const { documents: storeMs = 0 } = await cpuOfChildren(process.pid);
  const { documents: storeMb = 0 } = await memoryOfChildren(process.pid);
  return { ownUs: user + system, storeUs: storeMs * 1000, storeRssMb: Math.round(storeMb) };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/**
 * The most memory that is still in use after a collection, and the most that was resident. A collection stops everything, so
 * that the next one waits for twenty times as long as the last one took.
 */
class LiveMemory {
  readonly #gc: () => void;
  readonly #timer: NodeJS.Timeout;
  #nextGc = 0;
  #live = 0;
  #rss = 0;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#gc = runInNewContext('gc') as () => void;
    this.#timer = setInterval(() => this.#look(), 250);
  }

  stop(): { liveMb: number; rssMb: number } {
    this.#look();
    clearInterval(this.#timer);
    return { liveMb: Math.round(this.#live / 2 ** 20), rssMb: Math.round(this.#rss / 2 ** 20) };
  }

  #look(): void {
    const began = performance.now();
    this.#rss = Math.max(this.#rss, process.memoryUsage.rss());
    if (began < this.#nextGc) return;
    this.#gc();
    this.#live = Math.max(this.#live, process.memoryUsage().heapUsed);
    const ended = performance.now();
    this.#nextGc = ended + 20 * (ended - began);
  }
}

function* numbers({ rows, from }: Sample): Generator<string> {
  for (let at = 1; at <= rows; at += 1) yield `S${String(from + at).padStart(12, '0')}`;
}

function* text(sample: Sample): Generator<string> {
  if (sample.kind === 'csv') {
    yield `账号：${account}\n交易流水号,交易日期,借方发生额,贷方发生额,对方账号,对方户名,摘要\n`;
    for (const serial of numbers(sample)) yield `${serial},${date},0.01,,5202000000000002,收款单位,拨付\n`;
    return;
  }
  const totals = `<TxsSummry><TtlDbtNtries><NbOfNtries>${sample.rows}</NbOfNtries></TtlDbtNtries></TxsSummry>`;
  yield `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><Othr><Id>${account}</Id></Othr></Id></Acct>${totals}`;
  for (const serial of numbers(sample))
    yield `<Ntry><Amt Ccy="CNY">0.01</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>${date}</Dt></BookgDt><AcctSvcrRef>${serial}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Cdtr><Pty><Nm>收款单位</Nm></Pty></Cdtr><CdtrAcct><Id><Othr><Id>5202000000000002</Id></Othr></Id></CdtrAcct></RltdPties></TxDtls></NtryDtls></Ntry>\n`;
  yield '</Stmt></BkToCstmrStmt></Document>';
}

function* sheet(sample: Sample): Generator<SheetRow> {
  yield { cells: ['账号', account] };
  yield { cells: ['交易流水号', '交易日期', '借方发生额', '贷方发生额', '对方账号', '对方户名'] };
  for (const serial of numbers(sample))
    yield { cells: [serial, date, { fen: 1n }, '', '5202000000000002', '收款单位'] };
}
