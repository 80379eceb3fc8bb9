/** Brings time to the ledger: names the legs and flows that wait too long, so that the alert contract can judge them. */
import { createHash } from 'node:crypto';
import { beijingDate } from '#kernel/dates.ts';
import type { alertArgs } from '#kernel/records/alert.ts';
import type { z } from 'zod';
import type { ReadModels } from '../read-model/read-models.ts';

type TickArgs = z.infer<typeof alertArgs.tick>;
type Subject = TickArgs['subjects'][number];

/** Subjects of one call of the contract. */
const perTick = 50;

/** What watching needs from outside. */
export interface WatchServiceDeps {
  readonly models: Pick<ReadModels, 'leg' | 'flow'>;
  /** Submits `alert.tick` as the machine role `platform`. */
  readonly tick: (args: TickArgs) => Promise<void>;
  readonly now: () => Date;
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
    const subjects = [...(await this.#legs(asOf)), ...(await this.#flows())];
    for (let at = 0; at < subjects.length; at += perTick) {
      const part = subjects.slice(at, at + perTick);
      const hash = createHash('sha256').update(JSON.stringify(part)).digest('hex').slice(0, 32);
      await this.#deps.tick({ requestId: `tick-${asOf}-${hash}`, asOf, subjects: part });
    }
    return subjects.length;
  }

  async #legs(asOf: string): Promise<Subject[]> {
    const { leg } = this.#deps.models;
    const late = await leg.find({ open: true, deadline: { $lt: asOf } }, { draftId: 1, legId: 1 }).lean();
    const registered = await leg.find({ open: true, state: 'REGISTERED' }, { draftId: 1, legId: 1 }).lean();
    const both = new Map([...late, ...registered].map((one) => [one._id, one]));
    return [...both.values()].map(({ draftId, legId }) => ({ kind: 'leg', draftId, legId }));
  }

  async #flows(): Promise<Subject[]> {
    const waiting = await this.#deps.models.flow.find({ state: 'WAITING' }, { _id: 1 }).lean();
    return waiting.map((one) => ({ kind: 'flow', flowKey: one._id }));
  }
}
