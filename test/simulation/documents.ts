/** The documents port: the real driver and document server, every command an await point, with faults around it. */
import mongoose, { mongo } from 'mongoose';
import { connectDocumentStore } from '../../src/models/connection.ts';
import { ensureReadModelIndexes } from '../../src/models/read-model/read-models.ts';
import { startDocumentStore, type TestDocumentStore } from '../support/document-store.ts';
import { actorNow, type Scheduler } from './scheduler.ts';

/** A command on its way; a plant may answer in the server's place. */
export interface SentCommand {
  readonly name: string;
  readonly collection: string;
  readonly operation: object;
}

/** What goes wrong with the documents, in hundredths of the commands. */
export interface DocumentFaults {
  /** The server is not there. */
  away: number;
  /** It has done it, and the answer is lost. */
  lostReply: number;
}

/** Stands between driver and server. @returns undefined to let the command pass */
export type Meddler = (command: SentCommand, pass: () => Promise<unknown>) => Promise<unknown> | undefined;

type Command = (this: unknown, operation: object, context: unknown) => Promise<unknown>;

/** The port of one process of simulations; one run after the other uses it. */
export class Documents {
  readonly faults: DocumentFaults = { away: 0, lostReply: 0 };
  meddler: Meddler | null = null;
  readonly #store: TestDocumentStore;
  #world: Scheduler | null = null;

  private constructor(store: TestDocumentStore) {
    this.#store = store;
  }

  static async open(): Promise<Documents> {
    const store = await startDocumentStore();
    const connection = await connectDocumentStore(store.uri);
    await ensureReadModelIndexes(connection);
    for (const name of mongoose.modelNames())
      if (!name.startsWith('ledger.')) await mongoose.model(name).createIndexes();
    const documents = new Documents(store);
    documents.#interpose();
    return documents;
  }

  /** Empties every collection for the next run. */
  async begin(world: Scheduler): Promise<void> {
    this.#world = world;
    Object.assign(this.faults, { away: 0, lostReply: 0 });
    this.meddler = null;
    const { db } = mongoose.connection;
    for (const { name } of (await db?.listCollections({}, { nameOnly: true }).toArray()) ?? [])
      await db?.collection(name).deleteMany({});
  }

  async close(): Promise<void> {
    await mongoose.disconnect();
    await this.#store.stop();
  }

  /** Every command of the driver goes through this one method of its server object. */
  #interpose(): void {
    const { topology } = mongoose.connection.getClient() as unknown as {
      topology: { s: { servers: Map<string, object> } };
    };
    const [server] = topology.s.servers.values();
    const prototype = Object.getPrototypeOf(server) as { command: Command };
    const real = prototype.command;
    const send = this.#send.bind(this);
    prototype.command = function (operation, context) {
      return send(operation, () => real.call(this, operation, context));
    };
  }

  async #send(operation: object, real: () => Promise<unknown>): Promise<unknown> {
    const world = this.#world;
    if (world === null || actorNow() === undefined) return real();
    const command = describe(operation);
    await world.point(`${command.name} ${command.collection}`);
    if (world.chance(this.faults.away)) throw new mongo.MongoNetworkError('the documents are away');
    const pass = (): Promise<unknown> => world.effect(real);
    const answer = await (this.meddler?.(command, pass) ?? pass());
    if (this.faults.lostReply === 0) return answer;
    await world.point(`${command.name} answered`);
    if (world.chance(this.faults.lostReply)) throw new mongo.MongoNetworkError('the answer was lost');
    return answer;
  }
}

function describe(operation: object): SentCommand {
  const { commandName = '', ns } = operation as { commandName?: string; ns?: { collection?: string } };
  return { name: commandName, collection: ns?.collection ?? '', operation };
}
