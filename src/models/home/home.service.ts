/** The figures of the home page, each computed from the read model inside the person's scope. */
import type { Model } from 'mongoose';
import { isAdministrator, type Person } from '../member/person.ts';
import { SharedAnswers, type Answer } from '../kernel/shared-answers.ts';
import { liveDraftStatuses } from '../draft/draft.rules.ts';
import { hidesKind, scopeFilter, withinScope, type ScopeFilter } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { AlertDoc } from '../alert/alert.schema.ts';
import type { ActivityDoc } from '../activity/activity.schema.ts';
import { todoRulesOf, type TodoRule } from './todo.rules.ts';

/** A task that waits: how many, since when. */
export interface Todo {
  readonly key: TodoRule['key'];
  readonly href: string;
  readonly count: number;
  readonly oldest: Date;
}

/** Money of one scope, fen. */
export interface MoneyInScope {
  readonly planned: bigint;
  readonly matched: bigint;
  readonly registered: bigint;
  readonly mismatch: bigint;
  readonly open: bigint;
  /** Matched milestone payments, and matched contributions, for the pay progress. */
  readonly paid: bigint;
  readonly raised: bigint;
}

/** The thesis' figures over the drafts and alerts inside one scope, and what stands beside them. */
export interface FiguresInScope {
  /** Distinct townships with an issued draft. */
  readonly townships: number;
  /** Matched fiscal and bank contributions, less what went back to those who gave it, fen. */
  readonly invested: bigint;
  readonly liveDrafts: number;
  readonly firstIssue: Date | null;
  readonly lastRed: Date | null;
}

const dayMs = 86_400_000;

/** Sums of one township; `_id` is its code. */
export interface TownshipSums {
  readonly _id: string;
  readonly drafts: number;
  readonly planned: bigint;
  readonly raised: bigint;
  readonly paid: bigint;
}

/** Computes the home page within a person's scope. */
export class HomeService {
  readonly #models: ReadModels;
  readonly #answers = new SharedAnswers();

  constructor(models: ReadModels) {
    this.#models = models;
  }

  async todos(person: Person): Promise<Todo[]> {
    const rows = await Promise.all(
      todoRulesOf(person).map(async ({ key, kind, filter, since, href }) => {
        const model = this.#models[kind] as unknown as Model<Record<string, unknown>>;
        const waiting = withinScope(person, kind, filter(person));
        const [count, first] = await Promise.all([
          model.countDocuments(waiting),
          model
            .findOne(waiting, { [since]: 1 })
            .sort({ [since]: 1 })
            .lean(),
        ]);
        return { key, href, count, oldest: first?.[since] instanceof Date ? first[since] : new Date() };
      }),
    );
    return rows.filter((one) => one.count > 0);
  }

  /** For a payer its own legs; for those who oversee, the contributions inside their scope; null for administrators. */
  async money(person: Person): Promise<Answer<MoneyInScope> | null> {
    if (isAdministrator(person)) return null;
    return this.#answers.get(questionOf('money', person), () => this.#money(person));
  }

  async #money(person: Person): Promise<MoneyInScope> {
    const pays = await this.#models.leg.exists({ payerOrgId: person.orgId });
    const own: ScopeFilter = pays === null ? { kind: { $in: ['F', 'B'] } } : { payerOrgId: person.orgId };
    const scope = withinScope(person, 'leg', { ...own, state: { $ne: 'CANCELLED' } });
    const rows = await this.#models.leg.aggregate<{ _id: string; amount: bigint; matched: bigint }>([
      { $match: scope },
      { $group: { _id: '$state', amount: { $sum: '$amountFen' }, matched: { $sum: '$matchedFen' } } },
    ]);
    const sums = new Map(rows.map((row) => [row._id, row]));
    const amount = (...states: string[]): bigint =>
      states.reduce((sum, state) => sum + (sums.get(state)?.amount ?? 0n), 0n);
    const planned = rows.reduce((sum, row) => sum + row.amount, 0n);
    const matched = rows.reduce((sum, row) => sum + row.matched, 0n);
    const [registered, mismatch] = [amount('REGISTERED', 'WAITING_PREDECESSOR'), amount('MISMATCH')];
    const [paid, raised] = [await this.#matchedOf(person, ['M']), await this.#matchedOf(person, ['F', 'B'])];
    return {
      planned,
      matched,
      registered,
      mismatch,
      open: planned - matched - registered - mismatch,
      paid,
      raised,
    };
  }

  /** What a person's drafts and alerts add up to; null for those who see none. */
  async figures(person: Person): Promise<Answer<FiguresInScope> | null> {
    if (hidesKind(person, 'draft')) return null;
    return this.#answers.get(questionOf('figures', person), () => this.#figures(person));
  }

  async #figures(person: Person): Promise<FiguresInScope> {
    const { draft, alert } = this.#models;
    const drafts = scopeFilter(person, 'draft');
    const [townships, invested, liveDrafts, first, red] = await Promise.all([
      draft.distinct('townshipCode', drafts),
      this.#invested(person),
      draft.countDocuments(withinScope(person, 'draft', { status: { $in: [...liveDraftStatuses] } })),
      draft.findOne(drafts, { createdAt: 1 }).sort({ createdAt: 1 }).lean(),
      alert
        .findOne(withinScope(person, 'alert', { level: 'red' }), { raisedAt: 1 })
        .sort({ raisedAt: -1 })
        .lean(),
    ]);
    return {
      townships: townships.length,
      invested,
      liveDrafts,
      firstIssue: first?.createdAt ?? null,
      lastRed: red?.raisedAt ?? null,
    };
  }

  /** Per township with an issued draft in scope: how many drafts, planned, raised and paid to units, fen; by code. */
  async townships(person: Person): Promise<Answer<TownshipSums[]>> {
    return this.#answers.get(questionOf('townships', person), () => this.#townships(person));
  }

  async #townships(person: Person): Promise<TownshipSums[]> {
    const scope = scopeFilter(person, 'draft');
    const codes = await this.#models.draft.distinct('townshipCode', scope);
    return this.#models.draft.aggregate<TownshipSums>([
      { $match: { ...scope, townshipCode: { $in: codes } } },
      {
        $group: {
          _id: '$townshipCode',
          drafts: { $sum: 1 },
          planned: { $sum: '$amountFen' },
          raised: { $sum: '$raisedFen' },
          paid: { $sum: '$paidFen' },
        },
      },
      { $sort: { _id: 1 } },
    ]);
  }

  /** Matched fen per day in Beijing, the last 30 days, oldest first; days without any are 0. */
  async daily(person: Person, now: Date): Promise<{ date: string; fen: bigint }[]> {
    return (await this.#answers.get(questionOf('daily', person), () => this.#daily(person, now))).value;
  }

  async #daily(person: Person, now: Date): Promise<{ date: string; fen: bigint }[]> {
    const from = new Date(now.getTime() - 29 * dayMs);
    const match = withinScope(person, 'leg', { state: 'MATCHED', decidedAt: { $gte: from } });
    const rows = await this.#models.leg.aggregate<{ _id: string; fen: bigint }>([
      { $match: match },
      {
        $group: {
          _id: { $dateToString: { date: '$decidedAt', format: '%Y-%m-%d', timezone: 'Asia/Shanghai' } },
          fen: { $sum: '$matchedFen' },
        },
      },
    ]);
    const sums = new Map(rows.map((row) => [row._id, row.fen]));
    return Array.from({ length: 30 }, (_, at) => {
      const date = new Date(from.getTime() + at * dayMs + 8 * 3_600_000).toISOString().slice(0, 10);
      return { date, fen: sums.get(date) ?? 0n };
    });
  }

  async alertsOf(person: Person): Promise<AlertDoc[]> {
    return this.#models.alert
      .find(withinScope(person, 'alert', { open: true, responsibleOrgId: person.orgId }))
      .sort({ dueAt: 1 })
      .limit(6)
      .lean<AlertDoc[]>();
  }

  async activity(person: Person): Promise<ActivityDoc[]> {
    return this.#models.activity
      .find(scopeFilter(person, 'activity'))
      .sort({ ver: -1, seq: -1 })
      .limit(8)
      .lean<ActivityDoc[]>();
  }

  /**
   * Matched contributions of the drafts in scope, less the return legs whose payee gave one: the last hop alone, since each
   * hop repeats the money.
   */
  async #invested(person: Person): Promise<bigint> {
    const scope = scopeFilter(person, 'draft');
    const ofDrafts: ScopeFilter = 'parties' in scope ? { draftParties: scope.parties } : scope;
    const contributions: ScopeFilter = { ...ofDrafts, kind: { $in: ['F', 'B'] } };
    const returns: ScopeFilter = { ...ofDrafts, kind: 'X', state: 'MATCHED' };
    const raised = await this.#sumMatched(contributions);
    if ((await this.#models.leg.exists(returns)) === null) return raised;
    const sources = await this.#models.leg.distinct('payerOrgId', contributions);
    return raised - (await this.#sumMatched({ ...returns, payeeOrgId: { $in: sources } }));
  }

  async #matchedOf(person: Person, kinds: readonly string[]): Promise<bigint> {
    return this.#sumMatched(withinScope(person, 'leg', { kind: { $in: [...kinds] } }));
  }

  async #sumMatched(filter: ScopeFilter): Promise<bigint> {
    const rows = await this.#models.leg.aggregate<{ sum: bigint }>([
      { $match: filter },
      { $group: { _id: null, sum: { $sum: '$matchedFen' } } },
    ]);
    return rows[0]?.sum ?? 0n;
  }
}

/** People of one role and organisation see the same. */
function questionOf(name: string, { role, orgId }: Person): string {
  return `${name}|${role}|${orgId}`;
}
