/** The figures of the home page, each computed from the read model inside the person's scope. */
import type { Model } from 'mongoose';
import { isAdministrator, type Person } from '../member/person.ts';
import { liveDraftStatuses } from '../draft/draft.rules.ts';
import { hidesKind, scopeFilter, withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { AlertDoc } from '../alert/alert.schema.ts';
import type { ActivityDoc } from '../activity/activity.schema.ts';
import { countsFor, CountsOfPerson, sumOf, townshipsFor, type Cell } from '../tally/tally.service.ts';
import { beijingHour, type CountedModel } from '../tally/tally.rules.ts';
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

  constructor(models: ReadModels) {
    this.#models = models;
  }

  async todos(person: Person): Promise<Todo[]> {
    const counts = new CountsOfPerson(this.#models, person);
    const rows = await Promise.all(
      todoRulesOf(person).map(async (rule) => {
        const { key, kind, filter, since, href } = rule;
        const model = this.#models[kind] as unknown as Model<Record<string, unknown>>;
        const waiting = withinScope(person, kind, filter(person));
        const count = (await keptCount(rule, counts)) ?? (await model.countDocuments(waiting));
        if (count === 0) return [];
        const first = await model
          .findOne(waiting, { [since]: 1 })
          .sort({ [since]: 1 })
          .lean();
        return [{ key, href, count, oldest: first?.[since] instanceof Date ? first[since] : new Date() }];
      }),
    );
    return rows.flat();
  }

  /** For a payer its own legs; for those who oversee, the contributions inside their scope; null for administrators. */
  async money(person: Person): Promise<MoneyInScope | null> {
    if (isAdministrator(person)) return null;
    const read = new CountsOfPerson(this.#models, person);
    const [counts, own] = await Promise.all([read.of('leg'), read.own('leg')]);
    const contributions = [...counts.of('leg', 'F'), ...counts.of('leg', 'B')];
    const pays = own.of('payer');
    const cells = (pays.length > 0 ? pays : contributions).filter((one) => stateOf(one) !== 'CANCELLED');
    const amount = (...states: string[]): bigint =>
      sumOf(
        cells.filter((one) => states.includes(stateOf(one))),
        amountAt,
      );
    const [planned, matched] = [sumOf(cells, amountAt), sumOf(cells, matchedAt)];
    const [registered, mismatch] = [amount('REGISTERED', 'WAITING_PREDECESSOR'), amount('MISMATCH')];
    return {
      planned,
      matched,
      registered,
      mismatch,
      open: planned - matched - registered - mismatch,
      paid: counts.sum(matchedAt, 'leg', 'M'),
      raised: sumOf(contributions, matchedAt),
    };
  }

  /** What a person's drafts and alerts add up to; null for those who see none. */
  async figures(person: Person): Promise<FiguresInScope | null> {
    if (hidesKind(person, 'draft')) return null;
    const { draft, alert } = this.#models;
    const [townships, counts, first, red] = await Promise.all([
      townshipsFor(this.#models, person),
      countsFor(this.#models, person, 'draft'),
      draft.findOne(scopeFilter(person, 'draft'), { createdAt: 1 }).sort({ createdAt: 1 }).lean(),
      alert
        .findOne(withinScope(person, 'alert', { level: 'red', open: { $in: [true, false] } }), {
          raisedAt: 1,
        })
        .sort({ raisedAt: -1 })
        .lean(),
    ]);
    const live = liveDraftStatuses.flatMap((status) => counts.of('draft', status));
    return {
      townships: new Set(townships.map((one) => one.townshipCode)).size,
      invested: counts.sum(raisedAt, 'draft') - counts.sum(givenBackAt, 'draft'),
      liveDrafts: Number(sumOf(live, 0)),
      firstIssue: first?.createdAt ?? null,
      lastRed: red?.raisedAt ?? null,
    };
  }

  /** Per township with an issued draft in scope: how many drafts, planned, raised and paid to units, fen; by code. */
  async townships(person: Person): Promise<TownshipSums[]> {
    const sums = new Map<string, TownshipSums>();
    for (const { townshipCode: _id, values } of await townshipsFor(this.#models, person)) {
      const [drafts = 0n, planned = 0n, raised = 0n, paid = 0n] = values;
      const known = sums.get(_id) ?? { _id, drafts: 0, planned: 0n, raised: 0n, paid: 0n };
      sums.set(_id, {
        _id,
        drafts: known.drafts + Number(drafts),
        planned: known.planned + planned,
        raised: known.raised + raised,
        paid: known.paid + paid,
      });
    }
    return [...sums.values()].sort((left, right) => (left._id < right._id ? -1 : 1));
  }

  /** Matched fen per day in Beijing, the last 30 days, oldest first; days without any are 0. */
  async daily(person: Person, now: Date): Promise<{ date: string; fen: bigint }[]> {
    const counts = await countsFor(this.#models, person, 'leg');
    return Array.from({ length: 30 }, (_, at) => {
      const date = beijingHour(new Date(now.getTime() - (29 - at) * dayMs)).slice(0, 10);
      return { date, fen: counts.sum(0, 'day', date) };
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
}

/** Positions of values in the cells of legs and drafts. */
const [amountAt, matchedAt, raisedAt, givenBackAt] = [1, 2, 2, 4];

/** How many wait, where kept counts tell it; null where they do not. */
async function keptCount({ kind, kept }: TodoRule, counts: CountsOfPerson): Promise<number | null> {
  if (kept === undefined) return null;
  const found =
    kept.whose === 'own' ? await counts.own(kind as CountedModel) : await counts.of(kind as CountedModel);
  return Number(kept.cells.reduce((sum, cell) => sum + found.sum(0, ...cell), 0n));
}

/** State of the legs in a cell: the last part of its name. */
function stateOf({ parts }: Cell): string {
  return parts.at(-1) ?? '';
}
