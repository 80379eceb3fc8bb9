/** One run: a story told to the platform under faults, then in peace until everything has come to its end. */
import mongoose from 'mongoose';
import { contracts } from '../../bench/support/ledger-contracts.ts';
import { BankService } from '../../src/models/bank/bank.service.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { Checkpoints } from '../../src/models/read-model/checkpoints.ts';
import { person } from '../../chaincode/test/world.ts';
import { Outside } from './bank-client.ts';
import { differencesOf } from './checker.ts';
import type { Documents } from './documents.ts';
import { LedgerProcess } from './ledger-process.ts';
import { MemoryQueue } from './memory-queue.ts';
import { fillLedger, startMs, type People } from './people.ts';
import type { Plant } from './plants.ts';
import { bankSealer, channel, Web, Worker, type Ground, type Process } from './platform.ts';
import { Scheduler } from './scheduler.ts';
import { makeStory, type Records, type Story } from './story.ts';
import { enterWorld } from './timers.ts';

/** What a run is asked for. */
export interface RunOptions {
  readonly seed: number;
  readonly flows: number;
  readonly plant?: Plant | undefined;
}

/** What came of it. */
export interface RunResult {
  readonly flows: number;
  readonly steps: number;
  readonly kills: number;
  /** Equal for equal runs. */
  readonly trace: string;
  /** Everything that is not as the story says; empty when all is well. */
  readonly differences: readonly string[];
}

/** One process of how many steps is killed, and for how long it stays dead, ms. */
const killEvery = 250;
const deadMs = 300;
const lookEvery = 100;
/** Steps per flow, and besides, after which a phase that has not ended never will. */
const stepsPerFlow = 100;
const stepsOfNothing = 2_000;
const dayMs = 86_400_000;
/** After the first so many days a payment without its other half is told, after the second urgently, whatever days are worked. */
const overdueDays = [3, 3];
const lookMs = 30_000;

/** Runs one seed. */
export async function runOnce(documents: Documents, people: People, options: RunOptions): Promise<RunResult> {
  const world = new Scheduler(options.seed, startMs);
  enterWorld(world);
  await documents.begin(world);
  const records: Records = new Map();
  const story = makeStory(world.random, options.flows, records);
  const ledger = await LedgerProcess.create(world, { channel, contracts, mspRoots: people.roots });
  try {
    await fillLedger(ledger.direct, people, records);
    await enrol(people);
    const ground: Ground = { world, ledger, queue: new MemoryQueue(world), people };
    const run = new Run(ground, documents, story, await admitBanks(world));
    options.plant?.sow({ documents, ledger });
    const unended = await run.live(options.flows);
    const differences = [...unended, ...run.wrong, ...(await differencesOf(ledger, story))];
    return {
      flows: story.flows.length,
      steps: world.steps,
      kills: run.kills,
      trace: world.trace,
      differences,
    };
  } finally {
    world.end();
    await ledger.discard();
  }
}

/** Everybody who signs during a run. */
async function enrol(people: People): Promise<void> {
  for (const org of ['pfd', 'city-fin', 'bank-a', 'bank-b', 'lpf', 'cpc'] as const)
    await people.identity(person(org, 1));
  for (const bank of ['bank-a', 'bank-b'] as const) await people.identity(person(bank, 1, 'bank-feed'));
}

async function admitBanks({ now }: Scheduler): Promise<Map<string, string>> {
  const banks = new BankService({ sealer: bankSealer, now, announce: () => Promise.resolve() });
  const secrets = new Map<string, string>();
  for (const bankId of ['bank-a', 'bank-b'] as const) {
    const feedUserId = person(bankId, 1, 'bank-feed').userId;
    const { keyId, secret } = await banks.admit({
      bankId,
      name: bankId,
      feedUserId,
      admittedBy: 'sys-admin',
    });
    await banks.activateKey(bankId, keyId, 'sec-admin');
    secrets.set(bankId, secret ?? '');
  }
  return secrets;
}

/** A run in which something waits for ever. */
class NoEnd extends Error {
  override readonly name = 'NoEnd';
}

class Run {
  kills = 0;
  readonly #ground: Ground;
  readonly #documents: Documents;
  readonly #outside: Outside;
  readonly #processes: readonly Process[];
  readonly #dead: { readonly start: () => Promise<void> | void; readonly at: number }[] = [];

  constructor(ground: Ground, documents: Documents, story: Story, secrets: ReadonlyMap<string, string>) {
    this.#ground = ground;
    this.#documents = documents;
    const web = new Web(ground);
    this.#processes = [web, new Worker('worker-1', ground), new Worker('worker-2', ground)];
    this.#outside = new Outside(ground.world, web, secrets, story.deeds);
  }

  get wrong(): readonly string[] {
    return this.#outside.wrong;
  }

  /** First under faults, then in peace. @returns a sentence when it never came to its end */
  async live(flows: number): Promise<string[]> {
    try {
      await this.#underFaults(flows);
      await this.#inPeace(flows);
      return [];
    } catch (error) {
      if (!(error instanceof NoEnd)) throw error;
      await this.#raise(Infinity);
      return [error.message];
    }
  }

  /** Everything goes wrong that can, until every message and registration is acknowledged. */
  async #underFaults(flows: number): Promise<void> {
    Object.assign(this.#documents.faults, { away: 6, lostReply: 4 });
    Object.assign(this.#ground.queue.faults, { lost: 20, doubled: 10, away: 5 });
    Object.assign(this.#outside.faults, { lostAnswer: 5, doubled: 5 });
    this.#ground.ledger.lostReply = 2;
    await this.#go(
      flows,
      () => this.#outside.isDone,
      () => this.#fault(),
    );
  }

  /** Nothing goes wrong any more; ends when all flows are carried, all blocks shown, and overdue ones have been told. */
  async #inPeace(flows: number): Promise<void> {
    Object.assign(this.#documents.faults, { away: 0, lostReply: 0 });
    Object.assign(this.#ground.queue.faults, { lost: 0, doubled: 0, away: 0 });
    this.#ground.ledger.lostReply = 0;
    await this.#raise(Infinity);
    await this.#settle(flows);
    const { world } = this.#ground;
    for (const days of overdueDays) {
      world.leap(days * dayMs);
      // All workers have slept long enough and look at once; the clock stands still until they have ended.
      const watched = world.now().getTime() + lookMs;
      await this.#go(flows, () => world.now().getTime() > watched);
    }
    await this.#settle(flows);
  }

  async #settle(flows: number): Promise<void> {
    let settled = false;
    const look = async (): Promise<void> => {
      settled = await this.#isSettled();
    };
    await this.#go(flows, () => settled, look, lookEvery);
  }

  async #isSettled(): Promise<boolean> {
    const open = await InboxFlowModel.countDocuments({ state: 'open' });
    const shown = await new Checkpoints(mongoose.connection, channel).height();
    return open === 0 && shown >= (await this.#ground.ledger.direct.info()).height;
  }

  async #go(
    flows: number,
    isOver: () => boolean,
    now: () => Promise<void> = () => Promise.resolve(),
    every = 1,
  ): Promise<void> {
    const { world } = this.#ground;
    const most = world.steps + stepsOfNothing + stepsPerFlow * flows;
    await world.run(isOver, async () => {
      if (world.steps > most) throw new NoEnd(`the run has not come to its end after ${world.steps} steps`);
      if (world.turns % every === 0) await now();
    });
  }

  async #fault(): Promise<void> {
    const { world, ledger, queue } = this.#ground;
    await this.#raise(world.now().getTime());
    if (world.random(killEvery) !== 0) return;
    if (world.chance(10)) queue.wipe();
    const at = world.now().getTime() + world.random(deadMs);
    const victim = this.#processes[world.random(this.#processes.length + 1)];
    if (victim === undefined) {
      if (!ledger.isUp) return;
      ledger.kill();
      this.#dead.push({ start: () => ledger.start(), at });
    } else {
      victim.kill();
      this.#dead.push({ start: () => victim.start(), at });
    }
    this.kills += 1;
  }

  /** Starts what has been dead long enough. */
  async #raise(until: number): Promise<void> {
    for (const one of this.#dead.filter(({ at }) => at <= until)) {
      this.#dead.splice(this.#dead.indexOf(one), 1);
      await one.start();
    }
  }
}
