/** What the operators see of the platform's own work: queues, sweeps, flows set aside, quarantine, and how far the read model is. No amounts. */
import { Queue, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Ledger } from '../../blockchain/ledger.port.ts';
import type { ProjectionHeight } from '../../blockchain/projector/projection-height.ts';
import {
  BankMessageModel,
  InboxFlowModel,
  QuarantineModel,
  type InboxFlow,
  type Quarantine,
} from '../inbox/inbox.schema.ts';
import { DomainError } from '../kernel/errors.ts';
import { SystemAlertModel, type SystemAlert } from '../system-alert/system-alert.schema.ts';

/** Counts of one queue and its newest failures. */
export interface QueueState {
  readonly name: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly failed: readonly FailedJob[];
}
/** A job that failed for good, as operators see it. */
export interface FailedJob {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
  readonly attempts: number;
  readonly at: Date;
}

/** The newest run of a sweep. */
export interface SweepState {
  readonly name: string;
  readonly everyMs: number;
  readonly at: Date | null;
  readonly result: string;
  readonly failure: string | null;
}

/** What the operators' page needs from outside. */
export interface OperationsDeps {
  readonly redis: Redis;
  readonly ledger: Pick<Ledger, 'info'>;
  readonly height: Pick<ProjectionHeight, 'current'>;
  /** Every queue but the sweeps'. */
  readonly queues: readonly Queue[];
  readonly sweepQueue: string;
  /** Milliseconds that this machine's clock is off; null = not checked. */
  readonly clock: () => Promise<number | null>;
  /** Interval of each sweep, ms, by name. */
  readonly sweeps: Readonly<Record<string, number>>;
}

const shownRows = 50;

/** What waits and what failed, and the hands that mend it. */
export class OperationsService {
  readonly #deps: OperationsDeps;
  readonly #sweeps: Queue;

  constructor(deps: OperationsDeps) {
    this.#deps = deps;
    this.#sweeps = new Queue(deps.sweepQueue, { connection: deps.redis });
    // The connection's owner logs that it is away.
    this.#sweeps.on('error', () => undefined);
  }

  get #all(): readonly Queue[] {
    return [...this.#deps.queues, this.#sweeps];
  }

  async close(): Promise<void> {
    await this.#sweeps.close();
  }

  /** Counts and failures of every queue. */
  async queues(): Promise<QueueState[]> {
    return Promise.all(
      this.#all.map(async (queue) => {
        const [counts, failed] = await Promise.all([
          queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed'),
          queue.getFailed(0, 19),
        ]);
        return { name: queue.name, counts, failed: failed.map(asFailed) };
      }),
    );
  }

  /** Puts a failed job back into its queue. @throws DomainError NOT_FOUND */
  async retryJob(queueName: string, jobId: string): Promise<void> {
    const queue = this.#all.find((one) => one.name === queueName);
    const job = (await queue?.getJob(jobId)) as Job | undefined;
    if (job === undefined) throw new DomainError('NOT_FOUND', `no job ${jobId}`);
    if (!(await job.isFailed())) throw new DomainError('WRONG_STATE', `job ${jobId} did not fail`);
    await job.retry();
  }

  /** Adds a job; while one of that name waits or runs in that queue, asking again adds none. @throws DomainError NOT_FOUND */
  async startOnce(queueName: string, jobName: string): Promise<void> {
    const queue = this.#all.find((one) => one.name === queueName);
    if (queue === undefined) throw new DomainError('NOT_FOUND', `no queue ${queueName}`);
    const keep = { removeOnComplete: { count: 20 }, removeOnFail: { count: 100 } };
    await queue.add(jobName, {}, { ...keep, deduplication: { id: jobName } });
  }

  /** Each sweep with its newest run. */
  async sweepStates(): Promise<SweepState[]> {
    const jobs = (await this.#sweeps.getJobs(['completed', 'failed'], 0, 400)) as Job[];
    return Object.entries(this.#deps.sweeps).map(([name, everyMs]) => {
      const newest = jobs
        .filter((job) => job.name === name)
        .sort((a, b) => (b.finishedOn ?? 0) - (a.finishedOn ?? 0))[0];
      return {
        name,
        everyMs,
        at: newest?.finishedOn === undefined ? null : new Date(newest.finishedOn),
        result: JSON.stringify(newest?.returnvalue ?? null),
        failure: newest?.failedReason ?? null,
      };
    });
  }

  /** How far this machine's clock is off, ms; null where it is not checked. */
  clock(): Promise<number | null> {
    return this.#deps.clock();
  }

  /** Ledger height against what the read model shows, blocks. */
  async projection(): Promise<{ ledger: number; shown: number; lag: number }> {
    const [{ height }, shown] = await Promise.all([this.#deps.ledger.info(), this.#deps.height.current()]);
    return { ledger: height, shown, lag: Math.max(0, height - shown) };
  }

  async inbox(): Promise<{ open: number; failed: number; rows: InboxFlow[] }> {
    const [open, failed, rows] = await Promise.all([
      InboxFlowModel.countDocuments({ state: 'open' }),
      InboxFlowModel.countDocuments({ state: 'failed' }),
      InboxFlowModel.find({ state: 'failed' }, { deliveries: 0 })
        .sort({ receivedAt: -1 })
        .limit(shownRows)
        .lean<InboxFlow[]>(),
    ]);
    return { open, failed, rows };
  }

  async quarantine(): Promise<Quarantine[]> {
    return QuarantineModel.find({ state: 'open' }).sort({ at: -1 }).limit(shownRows).lean<Quarantine[]>();
  }

  /** The stored bytes of a message. @throws DomainError NOT_FOUND */
  async rawMessage(messageId: string): Promise<{ bankId: string; receivedAt: Date; raw: Buffer }> {
    const kept = await BankMessageModel.findById(messageId).lean();
    if (kept === null) throw new DomainError('NOT_FOUND', `no message ${messageId}`);
    const { bankId, receivedAt } = kept;
    // A lean document of the document store holds its bytes as a BSON binary.
    const raw: unknown = kept.raw;
    const bytes = Buffer.isBuffer(raw) ? raw : Buffer.from((raw as { buffer: Uint8Array }).buffer);
    return { bankId, receivedAt, raw: bytes };
  }

  /** Closes a quarantined entry without carrying it. @throws DomainError NOT_FOUND when it is not open */
  async dismiss(id: string, by: string): Promise<void> {
    const closed = await QuarantineModel.updateOne(
      { _id: id, state: 'open' },
      { $set: { state: 'dismissed', closedBy: by } },
    );
    if (closed.matchedCount === 0) throw new DomainError('NOT_FOUND', `${id} is not in quarantine`);
  }

  async systemAlerts(): Promise<SystemAlert[]> {
    return SystemAlertModel.find({ open: true })
      .sort({ raisedAt: -1 })
      .limit(shownRows)
      .lean<SystemAlert[]>();
  }
}

function asFailed(job: Job): FailedJob {
  return {
    id: job.id ?? '',
    name: job.name,
    reason: job.failedReason.slice(0, 300),
    attempts: job.attemptsMade,
    at: new Date(job.finishedOn ?? job.timestamp),
  };
}

/** Bytes as text to be looked at: what is no printable text shows as \\xNN. */
export function shownBytes(raw: Buffer, limit = 65_536): string {
  const text = raw.subarray(0, limit).toString('utf8');
  if (!text.includes('\ufffd')) return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, escaped);
  return [...raw.subarray(0, limit)]
    .map((byte) => ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a ? String.fromCharCode(byte) : hex(byte)))
    .join('');
}

function escaped(char: string): string {
  return hex(char.charCodeAt(0));
}
function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
