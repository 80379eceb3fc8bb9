/** The documents port: the real driver and document server, every command an await point, with faults around it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import mongoose, { mongo } from 'mongoose';
import { connectDocumentStore } from '../../src/models/connection.ts';
import { ensureReadModelIndexes } from '../../src/models/read-model/read-models.ts';
import { DocumentProcess, type DriverConnection, type Operation } from './document-process.ts';
import { actorNow, type Scheduler } from './scheduler.ts';

/** A command on its way; a plant may answer in the server's place. */
export interface SentCommand {
  readonly name: string;
  readonly collection: string;
  readonly operation: object;
}

/** What goes wrong with the documents, in thousandths of the commands. */
export interface DocumentFaults {
  /** The server is not there. */
  away: number;
  /** It has done it, and the answer is lost. */
  lostReply: number;
}

/** Stands between driver and server. @returns undefined to let the command pass */
export type Meddler = (command: SentCommand, pass: () => Promise<unknown>) => Promise<unknown> | undefined;

type Command = (operation: Operation, timeout: unknown) => Promise<unknown>;

/** The driver's server object: what it is asked to run, and its connections. */
interface DriverServer {
  command: Command;
  /** Asks the server on real time whether it is still there. */
  readonly monitor: { close(): void } | null;
  readonly pool: { checkOut(wanted: { timeoutContext: object }): Promise<DriverConnection> };
}

/** The port of one process of simulations; one run after the other uses it. */
export class Documents {
  readonly faults: DocumentFaults = { away: 0, lostReply: 0 };
  meddler: Meddler | null = null;
  readonly #process = new DocumentProcess();
  readonly #server = this.#process.listening();
  readonly #folder: string;
  #world: Scheduler | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Documents> {
    const folder = await mkdtemp('/tmp/sim-');
    const documents = new Documents(folder);
    const socket = join(folder, 'm.sock');
    await documents.#server.listen({ socket, port: undefined });
    await connectDocumentStore(`mongodb://${encodeURIComponent(socket)}/main`);
    await documents.#interpose();
    return documents;
  }

  /** Forgets everything for the next run. */
  async begin(world: Scheduler): Promise<void> {
    this.#world = world;
    Object.assign(this.faults, { away: 0, lostReply: 0 });
    this.meddler = null;
    this.#process.empty();
    await ensureReadModelIndexes(mongoose.connection);
    for (const name of mongoose.modelNames())
      if (!name.startsWith('ledger.')) await mongoose.model(name).createIndexes();
  }

  async close(): Promise<void> {
    await mongoose.disconnect();
    await this.#server.drain(0);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Every command of the driver goes through this one method of its server object, and from there past all sockets. */
  async #interpose(): Promise<void> {
    const { topology } = mongoose.connection.getClient() as unknown as {
      topology: { s: { servers: Map<string, DriverServer> } };
    };
    const [server] = topology.s.servers.values();
    if (server === undefined) throw new Error('the driver knows no server');
    const connection = await server.pool.checkOut({ timeoutContext: {} });
    // On a machine so busy that its question times out, the driver would wait for a server that is here.
    server.monitor?.close();
    server.command = (operation, timeout) =>
      this.#send(operation, () => this.#process.run(operation, timeout, connection));
  }

  async #send(operation: Operation, real: () => Promise<unknown>): Promise<unknown> {
    const world = this.#world;
    if (world === null || actorNow() === undefined) return real();
    // Indexes are there from the beginning: asking for them again changes nothing, whenever it comes.
    if (operation.commandName === 'createIndexes') return { ok: 1 };
    const command = describe(operation);
    await world.point(`${command.name} ${command.collection}`);
    if (world.random(1000) < this.faults.away) throw new mongo.MongoNetworkError('the documents are away');
    const pass = (): Promise<unknown> => world.effect(real);
    const answer = await (this.meddler?.(command, pass) ?? pass());
    // No point here: whoever is killed before he uses an answer is killed at his next call.
    if (world.random(1000) < this.faults.lostReply) throw new mongo.MongoNetworkError('the answer was lost');
    return answer;
  }
}

function describe(operation: Operation): SentCommand {
  const { commandName = '', ns } = operation;
  return { name: commandName, collection: ns.collection ?? '', operation };
}
