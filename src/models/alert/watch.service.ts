/** Brings time to the ledger: names the legs and flows that wait too long, so that the alert contract can judge them. */
import { createHash } from 'node:crypto';
import { addDays, beijingDate } from '#kernel/dates.ts';
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
  /** What was judged on that day, as it stood: the contract would say the same again. */
  #judged = { asOf: '', subjects: new Set<string>() };

  constructor(deps: WatchServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Submits every subject that may be overdue and was not judged today as it stands. The contract re-reads each and raises one alert per subject, rule and level, so a repeated sweep raises nothing twice.
   * @returns how many subjects were named
   */
  async sweep(): Promise<number> {
    const asOf = beijingDate(this.#deps.now().getTime());
    if (this.#judged.asOf !== asOf) this.#judged = { asOf, subjects: new Set() };
    const { subjects: judged } = this.#judged;
    const all = [...(await this.#legs(asOf)), ...(await this.#flows(asOf))];
    const found = all.filter((one) => !judged.has(nameOf(one)));
    for (let at = 0; at < found.length; at += perTick) {
      const some = found.slice(at, at + perTick);
      await this.#tick(asOf, some);
      for (const one of some) judged.add(nameOf(one));
    }
    return found.length;
  }

  async #tick(asOf: string, found: readonly Found[]): Promise<void> {
    const { unmatchedDays, tick } = this.#deps;
    const subjects = found.map((one) => one.subject);
    // The same subjects as they stand are judged once a day, also by a worker that began anew; what changed since is judged again.
    const state = JSON.stringify([unmatchedDays, found]);
    const requestId = `tick-${asOf}-${createHash('sha256').update(state).digest('hex').slice(0, 32)}`;
    await tick({ requestId, asOf, unmatchedDays, subjects });
  }

  async #legs(asOf: string): Promise<Found[]> {
    const { leg } = this.#deps.models;
    const fields = { draftId: 1, legId: 1, ver: 1 };
    const late = await leg.find({ open: true, deadline: { $lt: asOf } }, fields).lean();
    const registered = await leg
      .find({ open: true, state: 'REGISTERED', bookingDate: { $lte: this.#longAgo(asOf) } }, fields)
      .lean();
    const both = new Map([...late, ...registered].map((one) => [one._id, one]));
    return [...both.values()].map(({ draftId, legId, ver }) => ({
      subject: { kind: 'leg', draftId, legId },
      ver,
    }));
  }

  async #flows(asOf: string): Promise<Found[]> {
    const waiting = await this.#deps.models.flow
      .find({ state: 'WAITING', bookingDate: { $lte: this.#longAgo(asOf) } }, { ver: 1 })
      .lean();
    return waiting.map((one) => ({ subject: { kind: 'flow', flowKey: one._id }, ver: one.ver }));
  }

  /** The last booking date that may be too long ago: working days are never more than days. */
  #longAgo(asOf: string): string {
    const { yellow, red } = this.#deps.unmatchedDays;
    return addDays(asOf, -(Math.min(yellow, red) + 1));
  }
}

function nameOf({ subject, ver }: Found): string {
  const name = subject.kind === 'leg' ? `${subject.draftId}~${subject.legId}` : subject.flowKey;
  return `${subject.kind} ${name} ${ver}`;
}
