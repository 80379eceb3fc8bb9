/** What a document adds to the kept counts and sums: one rule, by which the projector keeps them and the checker adds them up anew. */
import { beijingDate } from '#kernel/dates.ts';
import type { AlertDoc } from '../alert/alert.schema.ts';
import type { DraftDoc } from '../draft/draft.schema.ts';
import type { FlowDoc } from '../flow/flow.schema.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import { payableStandings } from '../leg/standing.rules.ts';
import type { ProjectDoc } from '../project/project.schema.ts';

/** Models whose documents are counted. */
export type CountedModel = 'project' | 'draft' | 'leg' | 'flow' | 'alert';

const scope = ['ver', 'division', 'divisions', 'parties'] as const;

/** The fields by which a document counts; nothing else of it need be read. */
export const countedFields = {
  project: [...scope, 'state', 'category', 'milestonesReported'],
  draft: [
    ...scope,
    ...(['status', 'townshipCode', 'amountFen', 'raisedFen', 'paidFen', 'givenBackFen'] as const),
    ...(['redemptionRequested', 'redemptionChecked'] as const),
  ],
  leg: [
    ...scope,
    ...(['draftParties', 'kind', 'state', 'fundId', 'payerOrgId', 'amountFen', 'matchedFen'] as const),
    ...(['decidedAt', 'open', 'predecessorsMatched', 'milestoneAccepted', 'draftStanding'] as const),
  ],
  flow: [...scope, 'state', 'amountFen', 'createdAt'],
  alert: [...scope, 'level', 'rule', 'open', 'state', 'responsibleOrgId'],
} as const;

interface Docs {
  readonly project: ProjectDoc;
  readonly draft: DraftDoc;
  readonly leg: LegDoc;
  readonly flow: FlowDoc;
  readonly alert: AlertDoc;
}
/** A document as far as it counts. */
type Counted<K extends CountedModel> = Pick<Docs[K], (typeof countedFields)[K][number] & keyof Docs[K]>;

/** Takes one count: of which tally, in which cell, how much of each of its values. */
export type Visit = (tally: string, cell: string, values: readonly bigint[]) => void;

/** The tally of all documents; of those below a division; of those that concern an organisation. */
export const allTally = 'all';
/** @param division 4 digits or more; a person of the province sees all */
export function divisionTally(division: string): string {
  return `d~${division}`;
}
/** @param orgId of the organisation concerned */
export function organisationTally(orgId: string): string {
  return `o~${orgId}`;
}
/** Tallies of townships begin so; behind it stand division and township. @param orgId whose drafts; null = all drafts */
export function townshipPrefix(orgId: string | null): string {
  return orgId === null ? 't~all~' : `t~o~${orgId}~`;
}

/** Cells of legs that do not touch an organisation but are of a draft that concerns it begin so. */
export const restPrefix = 'rest:';
/** Parts of a cell's name are joined by this. */
export const cellSeparator = '|';

/** Tells every count of a document. */
export function eachCount(model: CountedModel, doc: object, visit: Visit): void {
  rules[model](doc, visit);
}

const rules: Readonly<Record<CountedModel, (doc: object, visit: Visit) => void>> = {
  project: (doc, visit) => countProject(doc as Counted<'project'>, visit),
  draft: (doc, visit) => countDraft(doc as Counted<'draft'>, visit),
  leg: (doc, visit) => countLeg(doc as Counted<'leg'>, visit),
  flow: (doc, visit) => countFlow(doc as Counted<'flow'>, visit),
  alert: (doc, visit) => countAlert(doc as Counted<'alert'>, visit),
};

interface Placed {
  readonly divisions?: readonly string[];
  readonly parties: readonly string[];
}

/** Everybody who sees the whole province, then each division above a document, and without `parties` nobody else. */
function placesOf({ divisions = [] }: Pick<Placed, 'divisions'>): string[] {
  return [allTally, ...divisions.filter((one) => one.length > 2).map(divisionTally)];
}

function talliesOf(doc: Placed): string[] {
  return [...placesOf(doc), ...doc.parties.map(organisationTally)];
}

function cellOf(...parts: readonly string[]): string {
  return parts.join(cellSeparator);
}

const one = [1n] as const;

/** Values: how many. */
function countProject(doc: Counted<'project'>, visit: Visit): void {
  const cell = cellOf('project', doc.state, doc.category);
  const isReported = doc.state === 'APPROVED' && doc.milestonesReported > 0;
  for (const tally of talliesOf(doc)) {
    visit(tally, cell, one);
    if (isReported) visit(tally, 'reported', one);
  }
}

/** Values: how many; planned, raised, paid, given back, fen. Of townships the first four. */
function countDraft(doc: Counted<'draft'>, visit: Visit): void {
  const sums = [1n, doc.amountFen, doc.raisedFen, doc.paidFen];
  const values = [...sums, doc.givenBackFen];
  const cell = cellOf('draft', doc.status);
  for (const tally of talliesOf(doc)) {
    visit(tally, cell, values);
    if (doc.redemptionRequested) visit(tally, cellOf('redemption', 'requested'), one);
    if (doc.redemptionChecked) visit(tally, cellOf('redemption', 'checked'), one);
  }
  for (const orgId of [null, ...doc.parties])
    visit(`${townshipPrefix(orgId)}${doc.division}~${doc.townshipCode}`, 'drafts', sums);
}

type LegCells = readonly (readonly [cell: string, values: readonly bigint[]])[];

function countLeg(doc: Counted<'leg'>, visit: Visit): void {
  const cells = legCells(doc);
  const tell = (tally: string, prefix: string): void => {
    for (const [cell, values] of cells) visit(tally, prefix + cell, values);
  };
  for (const tally of talliesOf(doc)) tell(tally, '');
  for (const orgId of doc.draftParties)
    if (!doc.parties.includes(orgId)) tell(organisationTally(orgId), restPrefix);
  const paid = [1n, doc.amountFen, doc.matchedFen];
  const payer = organisationTally(doc.payerOrgId);
  visit(payer, cellOf('payer', doc.state), paid);
  if (isPayable(doc)) visit(payer, 'payable', one);
}

/** Whether its payer may pay a leg now. */
function isPayable(doc: Counted<'leg'>): boolean {
  const isNext = doc.open && doc.predecessorsMatched && doc.milestoneAccepted;
  return isNext && payableStates.includes(doc.state) && payableStandings.includes(doc.draftStanding);
}

/** States of legs that wait for a payment. */
export const payableStates: readonly string[] = ['OPEN', 'RETURNED'];

/** By kind and state, how many, planned and matched; by fund and source, planned and matched; by day, matched. */
function legCells(doc: Counted<'leg'>): LegCells {
  const { kind, state, fundId, amountFen, matchedFen, decidedAt } = doc;
  const isContribution = kind === 'F' || kind === 'B';
  const cells: [string, bigint[]][] = [[cellOf('leg', kind, state), [1n, amountFen, matchedFen]]];
  if (state !== 'CANCELLED' && isContribution)
    cells.push([cellOf('fund', fundId, 'paid', doc.payerOrgId), [amountFen, matchedFen]]);
  if (state !== 'CANCELLED' && kind === 'X')
    cells.push([cellOf('fund', fundId, 'returned'), [amountFen, matchedFen]]);
  if (state === 'MATCHED' && decidedAt !== null)
    cells.push([cellOf('day', beijingDate(decidedAt.getTime())), [matchedFen]]);
  return cells;
}

/** By state, how many and fen; by hour of arrival in Beijing, how many and how many of them are settled. */
function countFlow(doc: Counted<'flow'>, visit: Visit): void {
  const cell = cellOf('flow', doc.state);
  const hour = cellOf('hour', beijingHour(doc.createdAt));
  const settled = settledStates.includes(doc.state) ? 1n : 0n;
  for (const tally of talliesOf(doc)) {
    visit(tally, cell, [1n, doc.amountFen]);
    visit(tally, hour, [1n, settled]);
  }
}

const settledStates: readonly string[] = ['MATCHED', 'RECEIPT'];
const beijingOffsetMs = 8 * 3_600_000;

/** An instant's day and hour in Beijing, as hours are named in cells. */
export function beijingHour(at: Date): string {
  return new Date(at.getTime() + beijingOffsetMs).toISOString().slice(0, 13);
}

/** Values: how many; in the tally of the unit that answers, by state, those it has not done with. */
function countAlert(doc: Counted<'alert'>, visit: Visit): void {
  const cell = cellOf('alert', doc.level, doc.rule, doc.open ? 'open' : 'closed', doc.state);
  for (const tally of talliesOf(doc)) visit(tally, cell, one);
  if (doc.open && doc.responsibleOrgId !== null)
    visit(organisationTally(doc.responsibleOrgId), cellOf('answers', doc.state), one);
}
