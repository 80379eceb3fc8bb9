/** Reads the kept counts and sums of what a person may see, so that no page adds up documents. */
import type { Model } from 'mongoose';
import type { Person } from '../member/person.ts';
import { hidesKind, scopeFilter, withinScope, type ScopeFilter } from '../member/scope.rules.ts';
import { countOf } from '../read-model/count.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { TallyDoc } from './tallies.ts';
import { tallyRows } from './tally-keeper.ts';
import {
  allTally,
  cellSeparator,
  divisionTally,
  organisationTally,
  restPrefix,
  townshipPrefix,
  type CountedModel,
} from './tally.rules.ts';

/** A cell: the parts of its name, and its counts and sums in fen. */
export interface Cell {
  readonly parts: readonly string[];
  readonly values: readonly bigint[];
}

/** The cells of one tally, or of what a person sees of several. */
export class Counts {
  readonly #cells: readonly Cell[];

  constructor(cells: readonly Cell[]) {
    this.#cells = cells;
  }

  /** The cells whose names begin so. */
  of(...begin: readonly string[]): Cell[] {
    return this.#cells.filter(({ parts }) => begin.every((part, at) => parts[at] === part));
  }

  /** A value over all cells whose names begin so. @param at position of the value */
  sum(at: number, ...begin: readonly string[]): bigint {
    return sumOf(this.of(...begin), at);
  }
}

/** A value over these cells. @param at position of the value */
export function sumOf(cells: readonly Cell[], at: number): bigint {
  return cells.reduce((sum, { values }) => sum + (values[at] ?? 0n), 0n);
}

/** The counts and sums of one person; each tally is read once. */
export class CountsOfPerson {
  readonly #models: Models;
  readonly #person: Person;
  readonly #rows = new Map<string, Promise<TallyDoc | null>>();

  constructor(models: Models, person: Person) {
    this.#models = models;
    this.#person = person;
  }

  /** Over the documents of a kind that the person may see. */
  async of(kind: CountedModel): Promise<Counts> {
    if (hidesKind(this.#person, kind)) return new Counts([]);
    const scope = scopeFilter(this.#person, kind);
    return new Counts(cellsOf(await this.#row(tallyOf(scope)), 'draftParties' in scope));
  }

  /** Over what of a kind concerns the person's organisation: the legs it pays, the alerts it answers. */
  async own(kind: CountedModel): Promise<Counts> {
    if (hidesKind(this.#person, kind)) return new Counts([]);
    return new Counts(cellsOf(await this.#row(organisationTally(this.#person.orgId)), false));
  }

  #row(_id: string): Promise<TallyDoc | null> {
    const row = this.#rows.get(_id) ?? tallyRows(this.#models.leg.db).findOne({ _id }, { useBigInt64: true });
    this.#rows.set(_id, row);
    return row;
  }
}

/** Counts and sums over the documents of a kind that a person may see. */
export function countsFor(models: Models, person: Person, kind: CountedModel): Promise<Counts> {
  return new CountsOfPerson(models, person).of(kind);
}

/** Sums over the drafts of one township that a person may see: how many; planned, raised, paid, fen. */
export interface TownshipCounts {
  readonly townshipCode: string;
  readonly values: readonly bigint[];
}

/** Townships with drafts that a person may see, by division and code. */
export async function townshipsFor(models: Models, person: Person): Promise<TownshipCounts[]> {
  if (hidesKind(person, 'draft')) return [];
  const scope = scopeFilter(person, 'draft');
  const [kind, name] = tallyOf(scope).split(/~(.*)/s);
  const from = kind === 'o' ? townshipPrefix(name ?? '') : townshipPrefix(null) + (name ?? '');
  const rows = await tallyRows(models.leg.db)
    .find({ _id: { $gte: from, $lt: `${from}\uffff` } }, { useBigInt64: true })
    .sort({ _id: 1 })
    .toArray();
  return rows.flatMap(({ _id, cells: [cell] }) =>
    cell === undefined ? [] : [{ townshipCode: _id.slice(_id.lastIndexOf('~') + 1), values: cell.values }],
  );
}

/** Fields that the names of a kind's cells are made of. */
const fieldsOfCells = {
  project: ['state', 'category'],
  draft: ['status'],
  alert: ['level', 'rule', 'open', 'state'],
} as const;

/**
 * How many documents a person sees behind a list's own conditions: kept counts tell where they know all the fields, an index
 * counts otherwise.
 */
export async function totalWithin(
  models: ReadModels,
  person: Person,
  { kind, own }: { readonly kind: keyof typeof fieldsOfCells; readonly own: ScopeFilter },
): Promise<number> {
  const fields: readonly string[] = fieldsOfCells[kind];
  const wanted = fields.map((field) => (field in own ? namesOf(own[field]) : null));
  const known = Object.keys(own).every((field) => fields.includes(field)) && !wanted.includes(undefined);
  if (!known) {
    const model = models[kind] as unknown as Model<Record<string, unknown>>;
    return countOf(model, withinScope(person, kind, own));
  }
  const counts = await countsFor(models, person, kind);
  const cells = counts
    .of(kind)
    .filter(({ parts }) => wanted.every((names, at) => names?.includes(parts[at + 1] ?? '') ?? true));
  return Number(sumOf(cells, 0));
}

/** The names in cells that a condition allows; undefined for a condition that cells do not know. */
function namesOf(condition: unknown): readonly string[] | undefined {
  const { $in = [condition], ...others } = Object(condition) as { $in?: readonly unknown[] };
  const isPlain = typeof condition !== 'object' || Object.keys(others).length === 0;
  const names = $in.map((one) => (typeof one === 'boolean' ? (one ? 'open' : 'closed') : one));
  return isPlain && names.every((one) => typeof one === 'string') ? names : undefined;
}

type Models = Pick<ReadModels, 'leg'>;

/** The tally that counts exactly what this filter leaves. @throws TypeError for a filter that no tally knows */
function tallyOf(scope: ScopeFilter): string {
  const { divisions, parties, draftParties } = scope;
  const orgId = parties ?? draftParties;
  if (typeof divisions === 'string') return divisionTally(divisions);
  if (typeof orgId === 'string') return organisationTally(orgId);
  if (Object.keys(scope).length > 0) throw new TypeError('no tally counts what this scope leaves');
  return allTally;
}

/** The cells of a tally; with `rest` those of legs that do not touch the organisation itself, too. */
function cellsOf(tally: TallyDoc | null, rest: boolean): Cell[] {
  return (tally?.cells ?? [])
    .filter(({ name }) => rest || !name.startsWith(restPrefix))
    .map(({ name, values }) => ({
      parts: name.replace(restPrefix, '').split(cellSeparator),
      values,
    }));
}
