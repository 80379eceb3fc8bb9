/** The ledger as a process of its own: what it has on the disk survives it, calls under way are lost with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { channelFolder } from '../../src/blockchain/embedded/channel.ts';
import type { ContractClass } from '../../src/blockchain/embedded/dispatcher.ts';
import { openEmbeddedLedger, type InProcessLedger } from '../../src/blockchain/embedded/embedded-ledger.ts';
import type { MspRoots } from '../../src/blockchain/embedded/membership.ts';
import { signProposal } from '../../src/blockchain/embedded/proposal.codec.ts';
import { decodeRow } from '../../src/blockchain/embedded/state-row.ts';
import {
  LedgerUnavailable,
  LedgerUnknownOutcome,
  type Committed,
  type Ledger,
  type LedgerBlock,
  type LedgerCall,
  type LedgerIdentity,
  type LedgerInfo,
  type TransactionProof,
  type TransactionStatus,
} from '../../src/blockchain/ledger.port.ts';
import { MemoryDisk } from './memory-disk.ts';
import { Actor, lost, type Scheduler } from './scheduler.ts';
import { setTimeout as delay } from './timers.ts';

const retryMs = 50;
/** How the ledger writes its state: a letter before the key, the version before the value. */
const stateMark = 's';

/** What a ledger is opened with. */
export interface LedgerSetup {
  readonly channel: string;
  readonly contracts: readonly ContractClass[];
  readonly mspRoots: MspRoots;
}

interface Running {
  readonly actor: Actor;
  readonly ledger: InProcessLedger;
}

/** The one ledger of a run, through its lives. */
export class LedgerProcess {
  /** Of a hundred answers, how many are lost on their way. */
  lostReply = 0;
  /** Stands between the platform and the ledger; a plant may change what is called. */
  alterCall: (call: LedgerCall) => LedgerCall = (call) => call;
  readonly #world: Scheduler;
  readonly #setup: LedgerSetup;
  readonly #disk: MemoryDisk;
  readonly #folder: string;
  #running: Running | null = null;

  private constructor(world: Scheduler, setup: LedgerSetup, folder: string) {
    this.#world = world;
    this.#setup = setup;
    this.#folder = folder;
    this.#disk = new MemoryDisk((label) => world.point(label));
  }

  static async create(world: Scheduler, setup: LedgerSetup): Promise<LedgerProcess> {
    const ledger = new LedgerProcess(world, setup, await mkdtemp('/tmp/sim-'));
    await ledger.start();
    return ledger;
  }

  /** The ledger itself, past all ports: for filling it before a run and reading it after. */
  get direct(): InProcessLedger {
    if (this.#running === null) throw new LedgerUnavailable('the ledger is down');
    return this.#running.ledger;
  }

  get isUp(): boolean {
    return this.#running !== null;
  }

  /** A plant may change what is stored. */
  set alterRow(alter: (key: string, value: Buffer) => Buffer) {
    this.#disk.alterRow = alter;
  }

  /** The value of a row of the world state as it is stored. */
  valueOf(row: Buffer): Buffer {
    return decodeRow(row, this.#disk.chain(channelFolder(this.#folder).blocks)).value;
  }

  /** The world state as it is stored. */
  async state(): Promise<Map<string, string>> {
    const rows = await this.#disk.rows(channelFolder(this.#folder).state);
    const own = rows.filter(([key]) => key.startsWith(stateMark));
    return new Map(own.map(([key, row]) => [key.slice(1), this.valueOf(row).toString()]));
  }

  async start(): Promise<void> {
    const actor = new Actor('ledger');
    const clock = this.#world.now;
    const options = { ...this.#setup, folder: this.#folder, disk: this.#disk, clock };
    const ledger = await this.#world.effect(() => openEmbeddedLedger(options));
    this.#running = { actor, ledger };
  }

  kill(): void {
    this.#running?.actor.kill();
    this.#running = null;
    this.#disk.crash(this.#world.random);
  }

  async discard(): Promise<void> {
    this.#running?.actor.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The port as a process of the platform has it. */
  client(): Ledger {
    const { channel } = this.#setup;
    const ask = <T>(work: (ledger: InProcessLedger) => Promise<T>): Promise<T> => this.#ask(work);
    return {
      channel,
      submit: (call, identity) => this.#submit(call, identity),
      evaluate: (call: LedgerCall, identity: LedgerIdentity): Promise<string> =>
        ask((ledger) => ledger.evaluate(call, identity)),
      transactionStatus: (id): Promise<TransactionStatus> => ask((ledger) => ledger.transactionStatus(id)),
      block: (number): Promise<LedgerBlock | null> => ask((ledger) => ledger.block(number)),
      transaction: (id): Promise<TransactionProof | null> => ask((ledger) => ledger.transaction(id)),
      info: (): Promise<LedgerInfo> => ask((ledger) => ledger.info()),
      blocks: (from, signal) => this.#blocks(from, signal),
      close: () => Promise.resolve(),
    };
  }

  async #submit(call: LedgerCall, identity: LedgerIdentity): Promise<Committed> {
    const context = {
      kind: 'submit',
      channel: this.#setup.channel,
      timestampMs: this.#world.now().getTime(),
    } as const;
    const signed = await signProposal(context, this.alterCall(call), identity);
    await this.#world.point(`submit ${call.contract}.${call.fn}`);
    const running = this.#up();
    const answer = await running.actor.answer(() => running.ledger.submitSigned(signed));
    await this.#world.point('submit answered');
    if (answer === lost || this.#world.chance(this.lostReply))
      throw new LedgerUnknownOutcome(signed.transactionId, new Error('the ledger went away'));
    return answer;
  }

  async #ask<T>(work: (ledger: InProcessLedger) => Promise<T>): Promise<T> {
    await this.#world.point('ask');
    const running = this.#up();
    const answer = await running.actor.answer(() => work(running.ledger));
    if (answer === lost) throw new LedgerUnavailable('the ledger went away');
    return answer;
  }

  /** Goes on with the next block after the ledger was away, as the client of the real process does. */
  async *#blocks(from: number, signal: AbortSignal): AsyncIterable<LedgerBlock> {
    for (let next = from; !signal.aborted;) {
      const running = this.#running;
      if (running !== null) {
        const gone = new AbortController();
        running.actor.onDeath(() => gone.abort());
        for await (const block of running.ledger.blocks(next, AbortSignal.any([signal, gone.signal]))) {
          next = block.number + 1;
          yield block;
        }
      }
      await delay(retryMs);
    }
  }

  #up(): Running {
    if (this.#running === null) throw new LedgerUnavailable('the ledger is down');
    return this.#running;
  }
}
