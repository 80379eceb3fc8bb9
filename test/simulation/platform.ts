/** The platform's own classes as processes of a run: web with the banks' door, and workers with queue, sweeps and projector. */
import express, { type Express } from 'express';
import { inject, type Response } from 'light-my-request';
import mongoose from 'mongoose';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import type { ProjectionTarget } from '../../src/blockchain/projector/projection.port.ts';
import { retryingLedger } from '../../src/blockchain/retrying-ledger.ts';
import type { Ledger } from '../../src/blockchain/ledger.port.ts';
import { bankApi } from '../../src/controllers/bank.api.ts';
import { joinedHints, matchingProcessor, sweepInbox } from '../../src/jobs/matching.job.ts';
import { createLog } from '../../src/log.ts';
import { errorHandler } from '../../src/middleware/errors.ts';
import { WatchService } from '../../src/models/alert/watch.service.ts';
import { BankDoor } from '../../src/models/bank/bank-door.service.ts';
import { RefusedSignatures } from '../../src/models/bank/refused-signatures.service.ts';
import { InboxService } from '../../src/models/inbox/inbox.service.ts';
import { entriesTo } from '../../src/models/inbox/ingest.ledger.ts';
import { IngestService } from '../../src/models/inbox/ingest.service.ts';
import { PreviewService } from '../../src/models/inbox/preview.service.ts';
import { failureKind } from '../../src/models/ledger-action/failure-kind.rules.ts';
import { LedgerActionService } from '../../src/models/ledger-action/ledger-action.service.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { readModels } from '../../src/models/read-model/read-models.ts';
import { SystemAlertService } from '../../src/models/system-alert/system-alert.service.ts';
import { createSealer } from '../../src/sealer.ts';
import type { LedgerProcess } from './ledger-process.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { People } from './people.ts';
import { Actor, lost, type Scheduler } from './scheduler.ts';

export const channel = 'fupin';
const key = '0f'.repeat(32);
const lanes = 4;
const sweepEveryMs = 5_000;
/** How often a worker looks for what is overdue, ms of the simulation. */
const watchEveryMs = 600_000;
/** How many steps of others a projector falls behind at most before it shows a batch. */
const mostBehind = 1_500;
const behindMs = 1_000;
const unmatchedDays = { yellow: 1, red: 3 };
const log = createLog('simulation', 'silent');

/** What the processes of a run share. */
export interface Ground {
  readonly world: Scheduler;
  readonly ledger: LedgerProcess;
  readonly queue: MemoryQueue;
  readonly people: People;
}

/** Sealer of the banks' secrets, as every process opens it. */
export const bankSealer = createSealer(key, 'bank-keys');

/** A process that a run may kill and start again. */
export interface Process {
  readonly name: string;
  kill(): void;
  start(): void;
}

/** The web process: the banks' door, and registrations of payers. */
export class Web implements Process {
  readonly name = 'web';
  readonly #ground: Ground;
  #running: { readonly actor: Actor; readonly app: Express; readonly actions: LedgerActionService } | null =
    null;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.start();
  }

  start(): void {
    const actor = new Actor(this.name);
    this.#running = actor.run(() => ({ actor, app: doorOf(this.#ground), actions: actionsOf(this.#ground) }));
  }

  kill(): void {
    this.#running?.actor.kill();
    this.#running = null;
  }

  /** A request of a bank; null when no answer came. */
  async push(headers: Record<string, string>, payload: string): Promise<Response | null> {
    const running = this.#running;
    if (running === null) return null;
    // The request begins with `then`, which must come from the process that answers it.
    const answer = await running.actor.answer(() =>
      inject(running.app, { method: 'POST', url: '/api/v1/bank/flows', headers, payload }).then(
        (heard) => heard,
      ),
    );
    return answer === lost ? null : answer;
  }

  /** Registers a payment as this person; null when no answer came. @throws as LedgerActionService */
  async register(userId: string, args: { readonly requestId: string }): Promise<true | null> {
    const running = this.#running;
    if (running === null) return null;
    const call = { contract: 'reconciliation', fn: 'register', args: { ...args } };
    const answer = await running.actor.answer(() => running.actions.submit(userId, call));
    return answer === lost ? null : true;
  }
}

/** A worker process: carries flows to the ledger, sweeps, watches what is overdue, and follows the blocks. */
export class Worker implements Process {
  readonly name: string;
  readonly #ground: Ground;
  #actor: Actor | null = null;

  constructor(name: string, ground: Ground) {
    this.name = name;
    this.#ground = ground;
    this.start();
  }

  start(): void {
    const actor = new Actor(this.name);
    this.#actor = actor;
    actor.run(() => this.#work());
    this.#ground.queue.recover();
  }

  kill(): void {
    this.#actor?.kill();
    this.#actor = null;
  }

  /** The first worker always keeps the read model, the second in some of its lives. */
  #follows(): boolean {
    return this.name === 'worker-1' || this.#ground.world.random(4) === 0;
  }

  #work(): void {
    const { world, queue } = this.#ground;
    const ledger = ledgerOf(this.#ground);
    const actions = actionsOf(this.#ground);
    const ingest = ingestOf(this.#ground, actions);
    const watch = watchOf(this.#ground, actions);
    for (let lane = 0; lane < lanes; lane += 1) void queue.work(matchingProcessor(ingest));
    void repeat(world, sweepEveryMs, () => sweepInbox(ingest));
    void repeat(world, watchEveryMs, () => watch.sweep());
    if (this.#follows()) followBlocks(this.#ground, ledger);
  }
}

/** Keeps the read model; two that do so at once must not disturb each other. */
function followBlocks({ world }: Ground, ledger: Ledger): void {
  const store = new ReadModelStore({ connection: mongoose.connection, channel, now: world.now });
  const target: ProjectionTarget = {
    checkpoint: () => store.checkpoint(),
    open: (checkpoint, replay) => store.open(checkpoint, replay),
    apply: async (blocks) => {
      await world.lag(world.random(mostBehind), behindMs);
      return store.apply(blocks);
    },
    advance: (checkpoint) => store.advance(checkpoint),
  };
  const stop = new AbortController();
  world.atEnd(() => stop.abort());
  // Its pace is measured with the real clock, which no run may depend on; `apply` lags instead.
  void createProjector({ ledger, target, paceMs: 0 }).run(stop.signal);
}

async function repeat(world: Scheduler, everyMs: number, work: () => Promise<unknown>): Promise<never> {
  for (;;) {
    await world.sleep(everyMs);
    await work().catch(() => undefined);
  }
}

function ledgerOf({ ledger, world }: Ground): Ledger {
  return retryingLedger(ledger.client(), { random: () => world.random(1000) / 1000 });
}

function actionsOf(ground: Ground): LedgerActionService {
  const height = { waitForHeight: () => Promise.resolve(true) };
  return new LedgerActionService({ ledger: ledgerOf(ground), keys: ground.people, height });
}

function ingestOf({ world }: Ground, actions: LedgerActionService): IngestService {
  return new IngestService({
    submit: entriesTo(actions),
    kindOf: failureKind,
    now: world.now,
  });
}

function watchOf({ world }: Ground, actions: LedgerActionService): WatchService {
  return new WatchService({
    models: readModels(mongoose.connection),
    tick: async (args) => {
      await actions.submit('platform', { contract: 'alert', fn: 'tick', args });
    },
    now: world.now,
    unmatchedDays,
  });
}

function doorOf({ world, queue }: Ground): Express {
  const { now } = world;
  const systemAlerts = new SystemAlertService({ now, calendar: () => Promise.resolve([]) });
  const alert = (cause: Parameters<SystemAlertService['raise']>[0]): Promise<string> =>
    systemAlerts.raise(cause);
  const carry = joinedHints(queue as never);
  const hint = (messageId: string, flowKeys: readonly string[]): Promise<void> =>
    carry({ messageId, flowKeys });
  const app = express();
  app.use(
    '/api/v1/bank',
    bankApi({
      bankDoor: new BankDoor({ sealer: bankSealer, now }),
      inbox: new InboxService({ now, alert, hint }),
      previews: new PreviewService(readModels(mongoose.connection)),
      refusedSignatures: new RefusedSignatures({ now, alert }),
      systemAlerts,
      // Statements have tests of their own; nobody brings one here.
      statements: null as never,
      statementFiles: null as never,
      limits: {
        message: () => Promise.resolve(0),
        blocked: () => Promise.resolve(0),
        failed: () => Promise.resolve(),
      },
      certificateHeader: 'none',
      bodySeconds: 60,
    }),
  );
  app.use(errorHandler(log));
  return app;
}
