/** Brings time to the ledger: names the legs and flows that wait too long, so that the alert contract can judge them. */
import { createHash } from 'node:crypto';
import { beijingDate } from '#kernel/dates.ts';
import type { alertArgs } from '#kernel/records/alert.ts';
import type { z } from 'zod';
import type { ReadModels } from '../read-model/read-models.ts';

type TickArgs = z.infer<typeof alertArgs.tick>;
type Subject = TickArgs['subjects'][number];

/** What may be overdue, with the version in which it was seen. */
interface Found {
  readonly subject: Subject;
  readonly ver: number;
}

/** Subjects of one call of the contract. */
const perTick = 50;

/** What watching needs from outside. */
export interface WatchServiceDeps {
  readonly models: Pick<ReadModels, 'leg' | 'flow'>;
  /** Submits `alert.tick` as the machine role `platform`. */
  readonly tick: (args: TickArgs) => Promise<void>;
  readonly now: () => Date;
  /** Working days after which a payment without its counterpart is told. */
  readonly unmatchedDays: TickArgs['unmatchedDays'];
}

/** Looks for what is overdue and lets the contract judge it. */
export class WatchService {
  readonly #deps: WatchServiceDeps;

  constructor(deps: WatchServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Submits every subject that may be overdue. The contract re-reads each and raises one alert per subject, rule and level, so a repeated sweep raises nothing twice.
   * @returns how many subjects were named
   */
  async sweep(): Promise<number> {
    const asOf = beijingDate(this.#deps.now().getTime());
    const { unmatchedDays } = this.#deps;
    const found = [...(await this.#legs(asOf)), ...(await this.#flows())];
    const subjects = found.map((one) => one.subject);
    for (let at = 0; at < subjects.length; at += perTick) {
      // The same subjects as they stand are judged once a day; what changed since is judged again.
      const state = JSON.stringify([unmatchedDays, found.slice(at, at + perTick)]);
      const requestId = `tick-${asOf}-${createHash('sha256').update(state).digest('hex').slice(0, 32)}`;
      await this.#deps.tick({ requestId, asOf, unmatchedDays, subjects: subjects.slice(at, at + perTick) });
    }
    return subjects.length;
  }

  async #legs(asOf: string): Promise<Found[]> {
    const { leg } = this.#deps.models;
    const fields = { draftId: 1, legId: 1, ver: 1 };
    const late = await leg.find({ open: true, deadline: { $lt: asOf } }, fields).lean();
    const registered = await leg.find({ open: true, state: 'REGISTERED' }, fields).lean();
    const both = new Map([...late, ...registered].map((one) => [one._id, one]));
    return [...both.values()].map(({ draftId, legId, ver }) => ({
      subject: { kind: 'leg', draftId, legId },
      ver,
    }));
  }

  async #flows(): Promise<Found[]> {
    const waiting = await this.#deps.models.flow.find({ state: 'WAITING' }, { ver: 1 }).lean();
    return waiting.map((one) => ({ subject: { kind: 'flow', flowKey: one._id }, ver: one.ver }));
  }
}
