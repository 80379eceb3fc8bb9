/** The reconciliation desk: four piles with counts, sums and ages, and one row compared three ways. */
import type { CheckResult } from '#kernel/records/draft.ts';
import type { FlowDoc } from './flow.schema.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import type { Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { countsFor, sumOf } from '../tally/tally.service.ts';
import { beijingHour } from '../tally/tally.rules.ts';

export const pileNames = ['matched', 'unregistered', 'unbooked', 'mismatch'] as const;
/** One of the four piles of the desk. */
export type PileName = (typeof pileNames)[number];

/** A pile: how many, how much, since when. */
export interface Pile {
  readonly name: PileName;
  readonly count: number;
  readonly fen: bigint;
  readonly oldest: Date | null;
}

/** A row of a pile: a bank flow, or a leg that waits for one. */
export interface PileRow {
  readonly id: string;
  readonly kind: 'flow' | 'leg';
  readonly bankId: string;
  readonly serialNo: string;
  readonly bookingDate: string;
  readonly fen: bigint;
  readonly payer: string;
  readonly payee: string;
  readonly failed: readonly CheckResult['name'][];
  readonly since: Date;
}

/** Plan, registration and bank of one row. */
export interface Comparison {
  readonly flow: FlowDoc | null;
  readonly leg: LegDoc | null;
  readonly checks: readonly CheckResult[];
}

const flowStates: Readonly<Record<Exclude<PileName, 'unbooked'>, string>> = {
  matched: 'MATCHED',
  unregistered: 'WAITING',
  mismatch: 'MISMATCH',
};
const waitingLegs = { state: 'REGISTERED' } as const;

/** Sorts legs and flows into the piles of the reconciliation desk, within a person's scope. */
export class DeskService {
  readonly #models: ReadModels;

  constructor(models: ReadModels) {
    this.#models = models;
  }

  async piles(person: Person): Promise<Pile[]> {
    const [flows, legs] = await Promise.all([
      countsFor(this.#models, person, 'flow'),
      countsFor(this.#models, person, 'leg'),
    ]);
    return Promise.all(
      pileNames.map(async (name) => {
        const cells =
          name === 'unbooked'
            ? legs.of('leg').filter(({ parts }) => parts[2] === waitingLegs.state)
            : flows.of('flow', flowStates[name]);
        const count = Number(sumOf(cells, 0));
        const oldest = count === 0 ? null : await this.#oldest(person, name);
        return { name, count, fen: sumOf(cells, 1), oldest };
      }),
    );
  }

  async #oldest(person: Person, name: PileName): Promise<Date | null> {
    if (name === 'unbooked') {
      const leg = await this.#models.leg
        .findOne(withinScope(person, 'leg', waitingLegs), { registeredAt: 1 })
        .sort({ registeredAt: 1 })
        .lean();
      return leg?.registeredAt ?? null;
    }
    const flow = await this.#models.flow
      .findOne(withinScope(person, 'flow', { state: flowStates[name] }), { createdAt: 1 })
      .sort({ createdAt: 1 })
      .lean();
    return flow?.createdAt ?? null;
  }

  /** A page of a pile, newest first. */
  async rows(person: Person, pile: PileName, page: { skip: number; size: number }): Promise<PileRow[]> {
    if (pile === 'unbooked') {
      const legs = await this.#models.leg
        .find(withinScope(person, 'leg', waitingLegs))
        .sort({ registeredAt: -1 })
        .skip(page.skip)
        .limit(page.size)
        .lean<LegDoc[]>();
      return legs.map(rowOfLeg);
    }
    const flows = await this.#models.flow
      .find(withinScope(person, 'flow', { state: flowStates[pile] }))
      .sort({ createdAt: -1 })
      .skip(page.skip)
      .limit(page.size)
      .lean<FlowDoc[]>();
    return flows.map(rowOfFlow);
  }

  /** @returns null when the row is not there or outside the person's scope */
  async compare(person: Person, id: string): Promise<Comparison | null> {
    const flow = await this.#models.flow.findOne(withinScope(person, 'flow', { _id: id })).lean<FlowDoc>();
    const legId = flow === null ? id : `${flow.draftId ?? ''}~${flow.legId ?? ''}`;
    const leg = await this.#models.leg.findOne(withinScope(person, 'leg', { _id: legId })).lean<LegDoc>();
    if (flow === null && leg === null) return null;
    return { flow, leg, checks: flow?.checks ?? leg?.checks ?? [] };
  }

  /** Flows that arrived today in Beijing, by hour: settled and others. */
  async today(person: Person, now: Date): Promise<{ hour: string; matched: number; other: number }[]> {
    const counts = await countsFor(this.#models, person, 'flow');
    const date = beijingHour(now).slice(0, 10);
    return Array.from({ length: 24 }, (_, hour) => {
      const name = `${date}T${String(hour).padStart(2, '0')}`;
      const [all, matched] = [0, 1].map((at) => Number(counts.sum(at, 'hour', name)));
      return { hour: `${hour}`, matched: matched ?? 0, other: (all ?? 0) - (matched ?? 0) };
    });
  }
}

function rowOfFlow(flow: FlowDoc): PileRow {
  return {
    id: flow._id,
    kind: 'flow',
    bankId: flow.bankId,
    serialNo: flow.serialNo,
    bookingDate: flow.bookingDate,
    fen: flow.amountFen,
    payer: flow.payerName || flow.payerAccount,
    payee: flow.payeeName || flow.payeeAccount,
    failed: flow.checks.filter((one) => !one.ok && one.severity === 'fail').map((one) => one.name),
    since: flow.createdAt,
  };
}

function rowOfLeg(leg: LegDoc): PileRow {
  return {
    id: leg._id,
    kind: 'leg',
    bankId: leg.payerBankId,
    serialNo: leg.serialNo ?? '',
    bookingDate: leg.bookingDate ?? '',
    fen: leg.amountFen,
    payer: leg.payerAccount,
    payee: leg.payeeAccount,
    failed: [],
    since: leg.registeredAt ?? leg.updatedAt,
  };
}
