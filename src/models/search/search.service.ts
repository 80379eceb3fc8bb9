/** One search for everything that has a number or a name, inside the person's scope. */
import { normalAccount, normalSerial } from '#kernel/normal-form.ts';
import { townshipsInSight } from '../division/townships-in-sight.ts';
import type { Person } from '../member/person.ts';
import { hidesKind, withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { pairsOf } from './name-grams.ts';

/** What was found: the object that it leads to, and the words it is shown by. */
export interface Hit {
  readonly kind: 'project' | 'draft' | 'flow' | 'transaction' | 'township';
  readonly id: string;
  readonly text: string;
}

/** What the parts of a name must hold, and by which index to look. */
interface Part {
  readonly holds: string | RegExp;
  readonly options: { readonly hint?: { readonly nameGrams: 1 } };
}

/** Most hits of one kind. */
const most = 20;
/** Names with one part of what is asked for that are counted; of more, one part is as good as another. */
const fewEnough = 1_000;
/** Parts of one question that are looked at. */
const mostPairs = 12;

/** Finds objects by number, serial, account or part of a name. */
export class SearchService {
  readonly #models: ReadModels;

  constructor(models: ReadModels) {
    this.#models = models;
  }

  /** The one object whose number this is, or null. */
  async exact(person: Person, query: string): Promise<Hit | null> {
    const { project, draft, transaction, flow } = this.#models;
    const hit = (kind: Hit['kind'], id: string): Hit => ({ kind, id, text: query });
    if ((await project.exists(withinScope(person, 'project', { _id: query }))) !== null)
      return hit('project', query);
    if ((await draft.exists(withinScope(person, 'draft', { _id: query }))) !== null)
      return hit('draft', query);
    if (/^[0-9a-f]{64}$/.test(query) && (await transaction.exists({ _id: query })) !== null)
      return hit('transaction', query);
    const flows = await flow
      .find(withinScope(person, 'flow', { serialNo: normalSerial(query) }), { _id: 1 })
      .limit(2)
      .lean();
    const [only] = flows;
    return flows.length === 1 && only !== undefined ? hit('flow', only._id) : null;
  }

  /** Townships and projects by name, flows by serial, drafts by an account of their plan; at most 20 of each. */
  async hits(person: Person, query: string): Promise<Hit[]> {
    const name = new RegExp(escaped(query));
    const account = normalAccount(query);
    const part = await this.#partOf(query);
    const [projects, flows, legs] = await Promise.all([
      this.#models.project
        .find(withinScope(person, 'project', { name, nameGrams: part.holds }), { name: 1 }, part.options)
        .limit(most)
        .lean(),
      this.#models.flow
        .find(withinScope(person, 'flow', { serialNo: normalSerial(query) }), { serialNo: 1, bookingDate: 1 })
        .limit(most)
        .lean(),
      this.#legsOf(person, account),
    ]);
    return [
      ...placesOf(person, query, name),
      ...projects.map((one): Hit => ({ kind: 'project', id: one._id, text: `${one._id} ${one.name}` })),
      ...flows.map((one): Hit => ({ kind: 'flow', id: one._id, text: `${one.serialNo} ${one.bookingDate}` })),
      ...legs.map((one): Hit => ({
        kind: 'draft',
        id: one.draftId,
        text: `${one.draftId} ${one.legId} ${one.projectName}`,
      })),
    ];
  }

  /** What the parts of a name must hold for this piece of it: of several pairs the one that fewest names have. */
  async #partOf(piece: string): Promise<Part> {
    const pairs = pairsOf(piece).slice(0, mostPairs);
    const counts = await Promise.all(
      pairs.map(async (pair) => this.#models.project.countDocuments({ nameGrams: pair }).limit(fewEnough)),
    );
    const fewest = Math.min(...counts);
    const pair = pairs[counts.indexOf(fewest)];
    // Where few names have it, they are read before all that a great bank is a party to.
    const options: Part['options'] = fewest < fewEnough ? { hint: { nameGrams: 1 } } : {};
    return { holds: pair ?? new RegExp(`^${escaped(piece)}`), options };
  }

  /** Legs that an account pays or is paid by: one look-up for each side, since an index serves one of them. */
  async #legsOf(
    person: Person,
    account: string,
  ): Promise<{ draftId: string; projectName: string; legId: string }[]> {
    if (account === '') return [];
    const sides = [{ payerAccount: account }, { payeeAccount: account }];
    const found = await Promise.all(
      sides.map((side) =>
        this.#models.leg
          .find(withinScope(person, 'leg', side), { draftId: 1, projectName: 1, legId: 1 })
          .limit(most)
          .lean(),
      ),
    );
    return found.flat().slice(0, most);
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function placesOf(person: Person, query: string, name: RegExp): Hit[] {
  if (hidesKind(person, 'project')) return [];
  return townshipsInSight(person)
    .map(({ townshipCode, county, township }): Hit => ({
      kind: 'township',
      id: townshipCode,
      text: `${county} ${township}`,
    }))
    .filter((one) => one.id === query || name.test(one.text));
}
