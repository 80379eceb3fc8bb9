/** What the funds page shows: each fund with its ratios, what each source was called for and paid, its calls, and the calendars. */
import type { Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { countsFor } from '../tally/tally.service.ts';
import type { CalendarDoc, FundCallDoc, FundDoc } from './fund.schema.ts';

/** Contributions of one source to one fund, fen. */
export interface SourceSums {
  readonly orgId: string;
  readonly orgName: string;
  readonly called: bigint;
  readonly paid: bigint;
  readonly open: bigint;
}

/** A fund as its page shows it. */
export interface FundOnPage {
  readonly fund: FundDoc;
  readonly names: ReadonlyMap<string, string>;
  readonly sources: readonly SourceSums[];
  /** Sums of all sources, and what went back by return legs. */
  readonly total: Omit<SourceSums, 'orgId' | 'orgName'>;
  readonly returned: bigint;
  readonly hasReturned: boolean;
  readonly calls: readonly FundCallDoc[];
}

type Models = Pick<ReadModels, 'fund' | 'fundCall' | 'calendar' | 'leg' | 'organisation'>;

/** The funds a person may see, newest first; sums are over the legs inside his scope. */
export async function fundsOf(models: Models, person: Person, id?: string): Promise<FundOnPage[]> {
  const own = id === undefined ? {} : { _id: id };
  const funds = await models.fund
    .find(withinScope(person, 'fund', own))
    .sort({ createdAt: -1 })
    .limit(50)
    .lean<FundDoc[]>();
  return Promise.all(funds.map((fund) => onPage(models, person, fund)));
}

/** Every calendar, newest year first. */
export async function calendarsOf(models: Models, person: Person): Promise<CalendarDoc[]> {
  return models.calendar
    .find(withinScope(person, 'calendar', {}))
    .sort({ year: -1 })
    .limit(20)
    .lean<CalendarDoc[]>();
}

async function onPage(models: Models, person: Person, fund: FundDoc): Promise<FundOnPage> {
  const [counts, calls] = await Promise.all([
    countsFor(models, person, 'leg'),
    models.fundCall
      .find(withinScope(person, 'fundCall', { fundId: fund._id }))
      .sort({ createdAt: -1 })
      .limit(50)
      .lean<FundCallDoc[]>(),
  ]);
  const rows = counts.of('fund', fund._id, 'paid').map(({ parts, values: [called = 0n, paid = 0n] }) => {
    return { orgId: parts[3] ?? '', called, paid };
  });
  const { banks, provinceOrgId, vehicleOrgId } = fund.record;
  const named = [
    provinceOrgId,
    vehicleOrgId,
    ...banks.map((bank) => bank.orgId),
    ...rows.map((one) => one.orgId),
  ];
  const found = await models.organisation.find({ _id: { $in: named } }, { name: 1 }).lean();
  const names = new Map(found.map((one) => [one._id, one.name]));
  const sources = rows
    .map(({ orgId, called, paid }) => ({
      orgId,
      orgName: names.get(orgId) ?? orgId,
      called,
      paid,
      open: called - paid,
    }))
    .sort((a, b) => (a.called < b.called ? 1 : -1));
  const sum = (of: 'called' | 'paid' | 'open'): bigint => sources.reduce((all, one) => all + one[of], 0n);
  const total = { called: sum('called'), paid: sum('paid'), open: sum('open') };
  const returned = counts.sum(1, 'fund', fund._id, 'returned');
  return { fund, names, sources, total, returned, hasReturned: returned > 0n, calls };
}
