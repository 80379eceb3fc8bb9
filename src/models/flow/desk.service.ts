/** The reconciliation desk: four piles with counts, sums and ages, and one row compared three ways. */
import type { CheckResult } from '#kernel/records/draft.ts';
import { SharedAnswers, type Answer } from '../kernel/shared-answers.ts';
import type { FlowDoc } from './flow.schema.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import type { Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';

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
  readonly #answers = new SharedAnswers();

  constructor(models: ReadModels) {
    this.#models = models;
  }

  async piles(person: Person): Promise<Answer<Pile[]>> {
    return this.#answers.get(`${person.role}|${person.orgId}`, () => this.#piles(person));
  }

  async #piles(person: Person): Promise<Pile[]> {
    return Promise.all(
      pileNames.map((name) => (name === 'unbooked' ? this.#legPile(person) : this.#flowPile(person, name))),
    );
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

  /** Flows booked today in Beijing, by hour and state. */
  async today(person: Person, now: Date): Promise<{ hour: string; matched: number; other: number }[]> {
    const start = new Date(
      Math.floor((now.getTime() + 8 * 3_600_000) / 86_400_000) * 86_400_000 - 8 * 3_600_000,
    );
    const rows = await this.#models.flow
      .find(withinScope(person, 'flow', { createdAt: { $gte: start } }), { createdAt: 1, state: 1 })
      .limit(5000)
      .lean();
    return Array.from({ length: 24 }, (_, hour) => {
      const inHour = rows.filter(
        (row) => new Date(row.createdAt.getTime() + 8 * 3_600_000).getUTCHours() === hour,
      );
      const matched = inHour.filter((row) => ['MATCHED', 'RECEIPT'].includes(row.state)).length;
      return { hour: `${hour}`, matched, other: inHour.length - matched };
    });
  }

  async #flowPile(person: Person, name: Exclude<PileName, 'unbooked'>): Promise<Pile> {
    const match = withinScope(person, 'flow', { state: flowStates[name] });
    const [row] = await this.#models.flow.aggregate<{ count: number; fen: bigint; oldest: Date }>([
      { $match: match },
      {
        $group: {
          _id: null,
          count: { $sum: 1 },
          fen: { $sum: '$amountFen' },
          oldest: { $min: '$createdAt' },
        },
      },
    ]);
    return { name, count: row?.count ?? 0, fen: row?.fen ?? 0n, oldest: row?.oldest ?? null };
  }

  async #legPile(person: Person): Promise<Pile> {
    const [row] = await this.#models.leg.aggregate<{ count: number; fen: bigint; oldest: Date }>([
      { $match: withinScope(person, 'leg', waitingLegs) },
      {
        $group: {
          _id: null,
          count: { $sum: 1 },
          fen: { $sum: '$amountFen' },
          oldest: { $min: '$registeredAt' },
        },
      },
    ]);
    return {
      name: 'unbooked',
      count: row?.count ?? 0,
      fen: row?.fen ?? 0n,
      oldest: row?.oldest ?? null,
    };
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
