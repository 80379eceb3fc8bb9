/** Carries what the inbox holds to the reconciliation contract, in order per flow key, each delivery once. */
import { createHash } from 'node:crypto';
import { InboxFlowModel, type Delivery, type InboxFlow } from './inbox.schema.ts';
import { gathered, type Gathering, type Settled } from './gathered.ts';
import type { IngestEntry, Ingested, SubmitEntries } from './ingest.ledger.ts';
import { joined } from './joined.ts';

/** Attempts after which a flow that breaks something is set aside as failed, to be replayed by an operator. */
export const maxAttempts = 5;
/** Pause after the first failed attempt, ms; doubles each time up to the longest. */
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** A flow older than this without a finished delivery is picked up by the sweep, ms. */
export const sweepAfterMs = 2_000;

/** What carrying flows to the ledger needs from outside. */
export interface IngestServiceDeps {
  /** Submits entries of one bank in one transaction. */
  readonly submit: SubmitEntries;
  /** `refused`: the contract said no, an operator must look. `away`: the ledger is away or busy, try for ever. `broken`: anything else, try a few times. */
  readonly kindOf: (cause: unknown) => 'refused' | 'away' | 'broken';
  readonly now: () => Date;
  /** How deliveries of one bank share transactions. */
  readonly gathering?: Gathering;
}

/** Deliveries of one bank that share a transaction. Its transactions go one after the other and so never meet on a draft. */
const sharing: Gathering = { largest: 64, patienceMs: 1_000 };

/** What became of one flow's open deliveries. */
export type IngestOutcome = 'done' | 'nothing-open' | 'retry-later' | 'failed';

/** What the ledger answered to one delivery. */
interface Carried extends Ingested {
  readonly delivery: Delivery;
}

/** Flows that are looked up, or noted as carried, with one command at most. */
const joinsUpTo = 64;

/** Carries stored flows to the reconciliation contract. */
export class IngestService {
  readonly #deps: IngestServiceDeps;
  /** Flows that this process carries at the moment: whoever else asks for one looks again afterwards. */
  readonly #inHand = new Map<string, Promise<IngestOutcome>>();
  readonly #find = joined(joinsUpTo, openFlows);
  readonly #close = joined(joinsUpTo, closeFlows);
  readonly #bring: (feedUserId: string, entry: IngestEntry) => Promise<Ingested>;

  constructor(deps: IngestServiceDeps) {
    this.#deps = deps;
    this.#bring = gathered(deps.gathering ?? sharing, (feedUserId, entries: readonly IngestEntry[]) =>
      this.#together(feedUserId, entries),
    );
  }

  /** Submits the open deliveries of a flow. Safe to call twice, by two workers at once, and after a crash: the contract answers a repeated request id with the first result. */
  ingest(flowKey: string): Promise<IngestOutcome> {
    const running = this.#inHand.get(flowKey);
    if (running !== undefined) return running.then(() => this.ingest(flowKey));
    const carrying = this.#carry(flowKey).finally(() => this.#inHand.delete(flowKey));
    this.#inHand.set(flowKey, carrying);
    return carrying;
  }

  async #carry(flowKey: string): Promise<IngestOutcome> {
    const flow = await this.#find(flowKey);
    if (flow === null) return 'nothing-open';
    const carried: Carried[] = [];
    try {
      for (const delivery of flow.deliveries.filter((one) => one.state === 'new'))
        carried.push(await this.#deliver(flow, delivery));
      if (!(await this.#close({ flow, carried }))) await noteEach(flow, carried);
      return 'done';
    } catch (cause) {
      if (carried.length > 0) await noteEach(flow, carried);
      return this.#postpone(flow, cause);
    }
  }

  /** Keys of flows that wait longer than they should, oldest first. */
  async overdue(limit: number): Promise<string[]> {
    const before = new Date(this.#deps.now().getTime() - sweepAfterMs);
    const found = await InboxFlowModel.find({ state: 'open', nextAttemptAt: { $lte: before } }, { _id: 1 })
      .sort({ nextAttemptAt: 1 })
      .limit(limit)
      .lean();
    return found.map((one) => one._id);
  }

  /** Opens a failed flow again, after an operator mended the cause. */
  async retry(flowKey: string): Promise<void> {
    await InboxFlowModel.updateOne(
      { _id: flowKey, state: 'failed' },
      { $set: { state: 'open', attempts: 0, nextAttemptAt: this.#deps.now() } },
    );
  }

  async #deliver(flow: InboxFlow, delivery: Delivery): Promise<Carried> {
    const requestId = `ingest-${createHash('sha256').update(`${flow._id}|${delivery.entryHash}`).digest('hex').slice(0, 40)}`;
    const content = JSON.parse(delivery.flow) as unknown;
    const entry = { requestId, flow: content, drop: delivery.drop };
    return { delivery, ...(await this.#bring(flow.feedUserId, entry)) };
  }

  /**
   * Brings entries in one transaction. What is refused or breaks is brought in halves, down to the one that is at fault.
   * @throws when the ledger is away
   */
  async #together(feedUserId: string, entries: readonly IngestEntry[]): Promise<Settled<Ingested>[]> {
    try {
      const done = await this.#deps.submit(feedUserId, entries);
      return done.map((value) => ({ status: 'fulfilled', value }));
    } catch (reason) {
      if (this.#deps.kindOf(reason) === 'away') throw reason;
      if (entries.length === 1) return [{ status: 'rejected', reason }];
      const half = Math.ceil(entries.length / 2);
      const halves = [entries.slice(0, half), entries.slice(half)];
      const settled: Settled<Ingested>[] = [];
      for (const some of halves) settled.push(...(await this.#together(feedUserId, some)));
      return settled;
    }
  }

  async #postpone(flow: InboxFlow, cause: unknown): Promise<IngestOutcome> {
    const kind = this.#deps.kindOf(cause);
    const attempts = flow.attempts + 1;
    const failed = kind === 'refused' || (kind === 'broken' && attempts >= maxAttempts);
    const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(flow.attempts, 10), longestPauseMs);
    const nextAttemptAt = new Date(this.#deps.now().getTime() + pauseMs);
    const lastError = cause instanceof Error ? `${cause.name}: ${cause.message}`.slice(0, 300) : 'unknown';
    const { matchedCount } = await InboxFlowModel.updateOne(
      { _id: flow._id, state: 'open' },
      { $set: { attempts, nextAttemptAt, lastError, ...(failed ? { state: 'failed' } : {}) } },
    );
    if (matchedCount === 0) return 'done';
    return failed ? 'failed' : 'retry-later';
  }
}

/** The flows of these keys that are open; null for others. */
async function openFlows(flowKeys: readonly string[]): Promise<(InboxFlow | null)[]> {
  const found = await InboxFlowModel.find({ _id: { $in: flowKeys }, state: 'open' }).lean<InboxFlow[]>();
  const byKey = new Map(found.map((flow) => [flow._id, flow]));
  return flowKeys.map((key) => byKey.get(key) ?? null);
}

interface Closing {
  readonly flow: InboxFlow;
  readonly carried: readonly Carried[];
}

/**
 * Notes everything that was carried and closes the flows, with one command.
 * @returns false for all of them when one got another delivery meanwhile: then each is noted by itself
 */
async function closeFlows(closings: readonly Closing[]): Promise<boolean[]> {
  const writes = closings.map(({ flow, carried }) => ({
    updateOne: {
      // Deliveries are only ever appended: as many as were read are those that were read.
      filter: { _id: flow._id, deliveries: { $size: flow.deliveries.length } },
      update: { $set: { state: 'done', lastError: null, ...placesOf(flow, carried) } },
    },
  }));
  const { matchedCount } = await InboxFlowModel.collection.bulkWrite(writes as never[], { ordered: false });
  return closings.map(() => matchedCount === closings.length);
}

function placesOf(flow: InboxFlow, carried: readonly Carried[]): Record<string, string> {
  const places = carried.map(({ delivery, transactionId, outcome }): Record<string, string> => {
    const place = `deliveries.${flow.deliveries.indexOf(delivery)}`;
    return {
      [`${place}.state`]: 'done',
      [`${place}.txId`]: transactionId,
      [`${place}.outcome`]: outcome,
    };
  });
  return Object.assign({}, ...places) as Record<string, string>;
}

/** Notes what was carried, delivery by delivery, and closes the flow unless another delivery came meanwhile. */
async function noteEach(flow: InboxFlow, carried: readonly Carried[]): Promise<void> {
  for (const { delivery, transactionId, outcome } of carried)
    await InboxFlowModel.updateOne(
      { _id: flow._id },
      {
        $set: {
          'deliveries.$[one].state': 'done',
          'deliveries.$[one].txId': transactionId,
          'deliveries.$[one].outcome': outcome,
        },
      },
      { arrayFilters: [{ 'one.entryHash': delivery.entryHash }] },
    );
  await InboxFlowModel.updateOne(
    { _id: flow._id, deliveries: { $not: { $elemMatch: { state: 'new' } } } },
    { $set: { state: 'done', lastError: null } },
  );
}
