/** The document server inside the simulation's own process: the driver's bytes go straight to its commands, and answers back. */
import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { mongo } from 'mongoose';
import type { Context } from '../../standalone/document-server/src/commands/context.ts';
import { Cursors } from '../../standalone/document-server/src/commands/cursors.ts';
import { dispatch } from '../../standalone/document-server/src/commands/dispatch.ts';
import { Reads } from '../../standalone/document-server/src/commands/reads.ts';
import { Stats } from '../../standalone/document-server/src/commands/stats.ts';
import { log } from '../../standalone/document-server/src/log.ts';
import { Budget } from '../../standalone/document-server/src/planner/budget.ts';
import { runJob, type JobResult, type ReadJob } from '../../standalone/document-server/src/planner/jobs.ts';
import { DocumentServer } from '../../standalone/document-server/src/server.ts';
import { IndexBuilds } from '../../standalone/document-server/src/storage/index-build.ts';
import { Rows } from '../../standalone/document-server/src/storage/rows.ts';
import { Store } from '../../standalone/document-server/src/storage/store.ts';
import { Workers } from '../../standalone/document-server/src/storage/workers.ts';
import { parseMessage, replyMessage } from '../../standalone/document-server/src/wire/message.ts';

/** Bytes of an OP_MSG before the document that it carries: header, flags, kind of section. */
const beforeBody = 21;

/** The parts of the driver's operation that its server object works with. */
export interface Operation {
  readonly commandName?: string;
  readonly ns: { readonly db: string; readonly collection?: string };
  readonly session?: unknown;
  readonly SERVER_COMMAND_RESPONSE_TYPE?: ResponseType;
  buildCommand(connection: DriverConnection, session: unknown): object;
  buildOptions(context: unknown): object;
}

/** A connection of the driver: it puts a command into the form of a message. */
export interface DriverConnection {
  prepareCommand(db: string, command: object, options: object): { toBin(): Uint8Array[] };
}

interface ResponseType {
  make(bytes: Uint8Array): { readonly ok: number; toObject(options: object): mongo.Document };
}

const { MongoDBResponse } = createRequire(import.meta.url)('mongodb/lib/cmap/wire_protocol/responses') as {
  MongoDBResponse: ResponseType;
};

/** Whatever is written is there at once; a group commit waits for the disk, and there is none. */
class PromptStore extends Store {
  override settled(): undefined {
    this.commit();
  }
}

/** Long reads run here, too: a worker of their own would come back at a moment that no seed decides. */
class ReadsHere extends Reads {
  readonly #where: Store;

  constructor(store: Store, workers: Workers) {
    super(store, workers);
    this.#where = store;
  }

  override run(job: ReadJob): Promise<JobResult> {
    const reading = { statements: this.#where.statements, budget: new Budget(Infinity, Infinity) };
    return Promise.resolve(runJob(reading, this.#where.catalog, job));
  }
}

/** The server's commands over memory; each run begins with nothing. */
export class DocumentProcess {
  #context = emptyContext();

  /** The same commands behind a socket, for the driver to get to know them. */
  listening(): DocumentServer {
    return new DocumentServer(this.#context, log);
  }

  /** Forgets everything. */
  empty(): void {
    const old = this.#context.store.sqlite;
    this.#context = emptyContext();
    old.close();
  }

  /** What the driver does with an operation once it has a connection. @throws MongoServerError as the driver */
  async run(operation: Operation, timeout: unknown, connection: DriverConnection): Promise<unknown> {
    const options = operation.buildOptions(timeout);
    const command = operation.buildCommand(connection, operation.session);
    const message = connection.prepareCommand(operation.ns.db, command, options);
    const request = parseMessage(Buffer.concat(message.toBin()));
    const answer = replyMessage(request, await dispatch(request, this.#context, log));
    const type = operation.SERVER_COMMAND_RESPONSE_TYPE;
    const document = (type ?? MongoDBResponse).make(answer.subarray(beforeBody));
    if (document.ok === 0) throw new mongo.MongoServerError(document.toObject(options));
    return type === undefined ? document.toObject(options) : document;
  }
}

function emptyContext(): Context {
  const store = new PromptStore(new DatabaseSync(':memory:'), () => undefined);
  const rows = new Rows(store);
  const workers = new Workers(':memory:');
  const cursors = new Cursors();
  const stats = new Stats({ store, workers, cursors, file: ':memory:', cacheBytes: 0 });
  const builds = new IndexBuilds(store, rows, workers);
  return { store, rows, workers, cursors, stats, builds, reads: new ReadsHere(store, workers) };
}
