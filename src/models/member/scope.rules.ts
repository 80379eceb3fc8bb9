/**
 * Data scope (hard rule R6): which documents a person may see, by administrative division and by being a party.
 * The same table answers for a query (`scopeFilter`) and for one document (`inScope`).
 */
import type { Role } from '#kernel/records/common.ts';
import type { Person } from './person.ts';

/** Kinds of object that have a scope; names as in `readModels`. */
export const scopeKinds = [
  'project',
  'draft',
  'leg',
  'flow',
  'registration',
  'match',
  'alert',
  'evidence',
  'activity',
  'transaction',
  'fund',
  'fundCall',
  'calendar',
  'organisation',
  'user',
  'bankAccount',
] as const;
export type ScopeKind = (typeof scopeKinds)[number];

/** A filter of the document store, to be combined with a page's own by `$and` or by spreading. */
export type ScopeFilter = Readonly<Record<string, unknown>>;

/** What `inScope` reads of a document. */
export interface ScopedDocument {
  readonly division?: string;
  readonly parties?: readonly string[];
  readonly draftParties?: readonly string[];
  readonly contract?: string;
}

/** The part of a person that decides scope. */
export type ScopePerson = Pick<Person, 'role' | 'orgId' | 'division'>;

/**
 * How far a role reaches into a kind:
 * all; division = own division and those below; around = those and the ones above (reference data);
 * party = one's organisation concerned; draft-party = concerned by the whole draft; member-acts = acts of contract `member`; none.
 */
type Reach = 'all' | 'division' | 'around' | 'party' | 'draft-party' | 'member-acts' | 'none';

const business = [
  'project',
  'draft',
  'leg',
  'flow',
  'registration',
  'match',
  'alert',
  'evidence',
  'activity',
] as const;

type ReachTable = Readonly<Record<ScopeKind, Reach>>;

function table(
  forBusiness: Reach,
  reference: Partial<ReachTable>,
  exceptions: Partial<ReachTable> = {},
): ReachTable {
  const kinds = Object.fromEntries(business.map((kind) => [kind, forBusiness])) as Record<
    (typeof business)[number],
    Reach
  >;
  return {
    ...kinds,
    transaction: forBusiness,
    fund: 'none',
    fundCall: 'none',
    calendar: 'all',
    organisation: 'all',
    user: 'party',
    bankAccount: 'party',
    ...reference,
    ...exceptions,
  };
}

const fundsAround = { fund: 'around', fundCall: 'around' } as const;
const province = table('division', { fund: 'division', fundCall: 'division', bankAccount: 'division' });
const county = table('division', { ...fundsAround, bankAccount: 'division' });
const fundParties = { fund: 'party', fundCall: 'around' } as const;
const members = { user: 'all', bankAccount: 'all' } as const;

/** Permission matrix of the specification (domain 1.4–1.5), as reach per role and kind. */
const reaches: Readonly<Record<Role, ReachTable>> = {
  'leading-office': province,
  'province-finance': province,
  auditor: { ...province, user: 'division' },
  'county-command': county,
  'local-finance': county,
  'bank-investor': table('party', fundParties),
  'bank-feed': table('none', {}, { flow: 'party' }),
  partnership: table('party', fundParties, { leg: 'draft-party' }),
  'county-fund-company': table('party', fundsAround, { project: 'division' }),
  'implementing-unit': table('party', fundsAround),
  'sys-admin': table('none', members, { activity: 'member-acts' }),
  'sec-admin': table('none', members, { activity: 'member-acts' }),
  'log-admin': table('none', { ...members, bankAccount: 'none' }, { activity: 'member-acts' }),
  platform: table('none', { organisation: 'none', user: 'none', bankAccount: 'none' }),
};

const NOTHING: ScopeFilter = { _id: { $in: [] } };

/**
 * The filter that leaves only what a person may see of one kind.
 * @returns a filter that matches nothing when the role has no access to the kind; {} when it may see all
 */
export function scopeFilter(person: ScopePerson, kind: ScopeKind): ScopeFilter {
  switch (reaches[person.role][kind]) {
    case 'all':
      return {};
    case 'division':
      return isProvince(person) ? {} : { divisions: person.division };
    case 'around':
      return isProvince(person) ? {} : around(person.division);
    case 'party':
      return { parties: person.orgId };
    case 'draft-party':
      return { draftParties: person.orgId };
    case 'member-acts':
      return { contract: 'member' };
    case 'none':
      return NOTHING;
  }
}

/**
 * A page's own filter, narrowed to what the person may see; a filter can never widen the scope.
 * @param own the page's conditions, also on `division` or `parties`
 */
export function withinScope(person: ScopePerson, kind: ScopeKind, own: ScopeFilter): ScopeFilter {
  const scope = scopeFilter(person, kind);
  const clash = Object.keys(scope).some((key) => key in own);
  return clash ? { $and: [scope, own] } : { ...own, ...scope };
}

/** Whether a person may see one document; the same answer as `scopeFilter`. */
export function inScope(person: ScopePerson, doc: ScopedDocument, kind: ScopeKind): boolean {
  return tests[reaches[person.role][kind]](person, doc);
}

const tests: Readonly<Record<Reach, (person: ScopePerson, doc: ScopedDocument) => boolean>> = {
  all: () => true,
  division: isBelow,
  around: (person, doc) => isBelow(person, doc) || above(person.division).includes(doc.division ?? ''),
  party: (person, { parties = [] }) => parties.includes(person.orgId),
  'draft-party': (person, { draftParties = [] }) => draftParties.includes(person.orgId),
  'member-acts': (_person, doc) => doc.contract === 'member',
  none: () => false,
};

function isBelow(person: ScopePerson, { division = '' }: ScopedDocument): boolean {
  return isProvince(person) || division.startsWith(person.division);
}

/** Whether a person may see nothing at all of a kind, so that a page can leave it out. */
export function hidesKind(person: ScopePerson, kind: ScopeKind): boolean {
  return reaches[person.role][kind] === 'none';
}

/**
 * A prefix match on division codes that an index serves.
 * @param division 2, 4, 6 or 9 digits
 */
export function divisionPrefix(division: string): RegExp {
  if (!/^\d{2,9}$/.test(division)) throw new TypeError('a division code has 2 to 9 digits');
  return new RegExp(`^${division}`);
}

// One channel is one province, so a person of the province reaches all of it; no filter means a sorted index serves the page.
function isProvince(person: ScopePerson): boolean {
  return /^\d{2}$/.test(person.division);
}

function around(division: string): ScopeFilter {
  return { $or: [{ division: divisionPrefix(division) }, { division: { $in: above(division) } }] };
}

function above(division: string): string[] {
  return [2, 4, 6].filter((digits) => digits < division.length).map((digits) => division.slice(0, digits));
}
