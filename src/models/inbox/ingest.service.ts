/** Carries what the inbox holds to the reconciliation contract, in order per flow key, each delivery once. */
import { createHash } from 'node:crypto';
import { InboxFlowModel, type Delivery, type InboxFlow } from './inbox.schema.ts';

/** Attempts after which a flow that breaks something is set aside as failed, to be replayed by an operator. */
export const maxAttempts = 5;
/** Pause after the first failed attempt, ms; doubles each time up to the longest. */
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** A flow older than this without a finished delivery is picked up by the sweep, ms. */
export const sweepAfterMs = 2_000;

/** What carrying flows to the ledger needs from outside. */
export interface IngestServiceDeps {
  /** Submits `reconciliation.ingest` under the bank's feed identity. */
  readonly ingest: (
    feedUserId: string,
    args: { requestId: string; flow: unknown; drop: boolean },
  ) => Promise<{ transactionId: string; outcome: string }>;
  /** `refused`: the contract said no, an operator must look. `away`: the ledger is away or busy, try for ever. `broken`: anything else, try a few times. */
  readonly kindOf: (cause: unknown) => 'refused' | 'away' | 'broken';
  readonly now: () => Date;
}

/** What became of one flow's open deliveries. */
export type IngestOutcome = 'done' | 'nothing-open' | 'retry-later' | 'failed';

/** Carries stored flows to the reconciliation contract. */
export class IngestService {
  readonly #deps: IngestServiceDeps;

  constructor(deps: IngestServiceDeps) {
    this.#deps = deps;
  }

  /** Submits the open deliveries of a flow. Safe to call twice, by two workers at once, and after a crash: the contract answers a repeated request id with the first result. */
  async ingest(flowKey: string): Promise<IngestOutcome> {
    const flow = await InboxFlowModel.findOne({ _id: flowKey, state: 'open' }).lean();
    if (flow === null) return 'nothing-open';
    try {
      for (const delivery of flow.deliveries.filter((one) => one.state === 'new'))
        await this.#deliver(flow, delivery);
      await InboxFlowModel.updateOne(
        { _id: flowKey, deliveries: { $not: { $elemMatch: { state: 'new' } } } },
        { $set: { state: 'done', lastError: null } },
      );
      return 'done';
    } catch (cause) {
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

  async #deliver(flow: InboxFlow, delivery: Delivery): Promise<void> {
    const requestId = `ingest-${createHash('sha256').update(`${flow._id}|${delivery.entryHash}`).digest('hex').slice(0, 40)}`;
    const { transactionId, outcome } = await this.#deps.ingest(flow.feedUserId, {
      requestId,
      flow: JSON.parse(delivery.flow) as unknown,
      drop: delivery.drop,
    });
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
  }

  async #postpone(flow: InboxFlow, cause: unknown): Promise<IngestOutcome> {
    const kind = this.#deps.kindOf(cause);
    const attempts = flow.attempts + 1;
    const failed = kind === 'refused' || (kind === 'broken' && attempts >= maxAttempts);
    const pauseMs = Math.min(firstPauseMs * 2 ** Math.min(flow.attempts, 10), longestPauseMs);
    const nextAttemptAt = new Date(this.#deps.now().getTime() + pauseMs);
    const lastError = cause instanceof Error ? `${cause.name}: ${cause.message}`.slice(0, 300) : 'unknown';
    await InboxFlowModel.updateOne(
      { _id: flow._id },
      { $set: { attempts, nextAttemptAt, lastError, ...(failed ? { state: 'failed' } : {}) } },
    );
    return failed ? 'failed' : 'retry-later';
  }
}
