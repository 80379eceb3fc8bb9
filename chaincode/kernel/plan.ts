/** The plan of a draft: which payments follow from a project and its fund, proposed with dates and held against a given plan. */
import { addDays, isWorkingDay, rollToWorkingDay } from './dates.ts';
import type { CalendarDay } from './dates.ts';
import { covers } from './division.ts';
import { fen, formatFen, parseFen, splitByWeights } from './fen.ts';
import type { Fen } from './fen.ts';
import type { AccountRef, Role } from './records/common.ts';
import type { Leg, LegKind } from './records/draft.ts';
import type { Fund } from './records/fund.ts';
import type { Plan, Project } from './records/project.ts';

/** What of a project its plan follows from. */
export type PlannedProject = Pick<Project, 'division'> & {
  readonly content: Pick<Project['content'], 'amountFen' | 'unitOrgId' | 'milestones'>;
};
/** What of a fund a plan follows from. */
export type PlanningFund = Pick<
  Fund,
  | 'fiscalShareBp'
  | 'provinceWeight'
  | 'localWeight'
  | 'localLevel'
  | 'banks'
  | 'provinceOrgId'
  | 'vehicleOrgId'
>;

/** The account of each payer and payee. `banks` by organisation id, one for each bank of the fund. */
export interface PlanAccounts {
  readonly province: AccountRef;
  readonly local: AccountRef;
  readonly banks: Readonly<Record<string, AccountRef>>;
  readonly vehicle: AccountRef;
  readonly county: AccountRef;
  readonly unit: AccountRef;
}

/** Calendar days from issue to each deadline; `milestone` counts from the milestone's planned date. */
export interface DueDays {
  readonly fiscal: number;
  readonly bank: number;
  readonly payDown: number;
  readonly milestone: number;
}
export const defaultDueDays: DueDays = { fiscal: 15, bank: 30, payDown: 45, milestone: 15 };

/** What a plan is made from. */
export interface PlanRequest {
  readonly project: PlannedProject;
  readonly fund: PlanningFund;
  readonly accounts: PlanAccounts;
  /** Beijing date, YYYY-MM-DD. */
  readonly issuedOn: string;
  readonly calendar: readonly CalendarDay[];
  readonly dueDays?: DueDays;
}

type Payer = 'province' | 'local' | 'vehicle' | 'county' | { readonly bank: string };
/** A leg without accounts and deadline: what project and fund alone decide. */
interface LegOutline {
  readonly legId: string;
  readonly kind: LegKind;
  readonly payer: Payer;
  readonly payee: 'vehicle' | 'county' | 'unit';
  readonly amountFen: Fen;
  readonly dependsOn: readonly string[];
  readonly milestoneNo: number | null;
}

/**
 * The default plan: F1 (province) and F2 (local), B1… (banks) after both, D1 (fund to county) after all contributions,
 * M1… (county to unit) after D1. Parts of 0 fen have no leg. Deadlines roll to a working day and never lie before those
 * of the legs they wait for.
 * @throws RangeError when a bank of the fund has no account
 */
export function proposePlan(request: PlanRequest): Plan {
  const deadlines = new Map<string, string>();
  const legs = outlines(request.project, request.fund).map((outline): Leg => {
    const earliest = outline.dependsOn.map((id) => deadlines.get(id) ?? request.issuedOn);
    const wanted = [wantedDeadline(outline, request), ...earliest].sort().at(-1) ?? request.issuedOn;
    const deadline = rollToWorkingDay(wanted, request.calendar);
    deadlines.set(outline.legId, deadline);
    return {
      legId: outline.legId,
      kind: outline.kind,
      payer: payerAccount(outline.payer, request.accounts),
      payee: request.accounts[outline.payee],
      amountFen: formatFen(outline.amountFen),
      deadline,
      dependsOn: [...outline.dependsOn],
      milestoneNo: outline.milestoneNo,
    };
  });
  return { legs, specialRule: [] };
}

/** What the ledger knows of an organisation that stands in a plan. */
export interface PlanParty {
  readonly roles: readonly Role[];
  readonly division: string;
  readonly level: 'province' | 'city' | 'county';
}
/** A plan with what it must agree with. */
export interface PlanToJudge {
  readonly plan: Plan;
  readonly project: PlannedProject;
  readonly fund: PlanningFund;
  /** By organisation id; one that is not there counts as unknown. */
  readonly parties: ReadonlyMap<string, PlanParty>;
  readonly calendar: readonly CalendarDay[];
}
/** One thing that is wrong. `field` is the leg's field, `legs` for the list itself, `specialRule` for the special rules. */
export interface PlanFault {
  readonly legId: string;
  readonly field:
    | 'legs'
    | 'kind'
    | 'payer'
    | 'payee'
    | 'amountFen'
    | 'dependsOn'
    | 'milestoneNo'
    | 'deadline'
    | 'specialRule';
}

/** Everything in which a plan departs from what project and fund decide; an empty list for a right plan. */
export function planFaults(judged: PlanToJudge): PlanFault[] {
  const expected = outlines(judged.project, judged.fund);
  const given = new Map(judged.plan.legs.map((leg) => [leg.legId, leg]));
  const ids = expected.map((outline) => outline.legId);
  const strange = judged.plan.legs.filter((leg) => !ids.includes(leg.legId)).map((leg) => leg.legId);
  const faults: PlanFault[] = strange.map((legId) => ({ legId, field: 'legs' }));
  if (given.size !== judged.plan.legs.length) faults.push({ legId: '', field: 'legs' });
  for (const outline of expected) {
    const leg = given.get(outline.legId);
    if (leg === undefined) faults.push({ legId: outline.legId, field: 'legs' });
    else faults.push(...legFaults(leg, outline, judged, given));
  }
  return faults;
}

function legFaults(
  leg: Leg,
  outline: LegOutline,
  judged: PlanToJudge,
  given: ReadonlyMap<string, Leg>,
): PlanFault[] {
  const right: Record<Exclude<PlanFault['field'], 'legs' | 'specialRule'>, boolean> = {
    kind: leg.kind === outline.kind,
    payer: isParty(leg.payer.orgId, outline.payer, judged),
    payee: isParty(leg.payee.orgId, outline.payee, judged) && !sameAccount(leg.payer, leg.payee),
    amountFen: parseFen(leg.amountFen) === outline.amountFen,
    dependsOn: sameSet(leg.dependsOn, outline.dependsOn),
    milestoneNo: leg.milestoneNo === outline.milestoneNo,
    deadline:
      isWorkingDay(leg.deadline, judged.calendar) &&
      outline.dependsOn.every((id) => (given.get(id)?.deadline ?? '') <= leg.deadline),
  };
  const fields = Object.keys(right) as (keyof typeof right)[];
  return fields.filter((field) => !right[field]).map((field) => ({ legId: leg.legId, field }));
}

function isParty(orgId: string, wanted: Payer | LegOutline['payee'], judged: PlanToJudge): boolean {
  const { fund, project } = judged;
  if (typeof wanted === 'object') return orgId === wanted.bank;
  if (wanted === 'province') return orgId === fund.provinceOrgId;
  if (wanted === 'vehicle') return orgId === fund.vehicleOrgId;
  if (wanted === 'unit') return orgId === project.content.unitOrgId;
  const party = judged.parties.get(orgId);
  if (party === undefined) return false;
  if (wanted === 'county') {
    return party.roles.includes('county-fund-company') && party.division === project.division;
  }
  const rightLevel = party.level === fund.localLevel && party.roles.includes('local-finance');
  return rightLevel && covers(party.division, project.division);
}

/** The legs that follow from project and fund, in order of payment. */
function outlines(project: PlannedProject, fund: PlanningFund): LegOutline[] {
  const total = parseFen(project.content.amountFen);
  const contributions = contributionsOf(total, fund);
  const fiscal = contributions.filter(({ kind }) => kind === 'F').map(({ legId }) => legId);
  const raised = contributions.map((leg): LegOutline => {
    const dependsOn = leg.kind === 'B' ? fiscal : [];
    return { ...leg, payee: 'vehicle', dependsOn, milestoneNo: null };
  });
  const bank = raised.filter(({ kind }) => kind === 'B').map(({ legId }) => legId);
  const down: LegOutline = {
    ...{ legId: 'D1', kind: 'D', payer: 'vehicle', payee: 'county', amountFen: total },
    ...{ dependsOn: bank.length > 0 ? bank : fiscal, milestoneNo: null },
  };
  const milestones = project.content.milestones.map(({ no, amountFen }): LegOutline => {
    const parties = { payer: 'county', payee: 'unit' } as const;
    const amount = parseFen(amountFen);
    return { legId: `M${no}`, kind: 'M', ...parties, amountFen: amount, dependsOn: ['D1'], milestoneNo: no };
  });
  return [...raised, down, ...milestones];
}

type Contribution = Pick<LegOutline, 'legId' | 'kind' | 'payer' | 'amountFen'>;

/** One split over all contributors, so that the fen left over go by one rule: province, local, banks in the fund's order. */
function contributionsOf(total: Fen, fund: PlanningFund): Contribution[] {
  const bankWeight = BigInt(fund.banks.reduce((sum, bank) => sum + bank.weight, 0)) || 1n;
  const fiscalWeight = BigInt(fund.provinceWeight + fund.localWeight) || 1n;
  const fiscalShare = BigInt(fund.fiscalShareBp) * bankWeight;
  const bankShare = BigInt(10_000 - fund.fiscalShareBp) * fiscalWeight;
  const parts: Omit<Contribution, 'amountFen'>[] = [
    { legId: 'F1', kind: 'F', payer: 'province' },
    { legId: 'F2', kind: 'F', payer: 'local' },
    ...fund.banks.map(({ orgId }, at) => ({
      legId: `B${at + 1}`,
      kind: 'B' as const,
      payer: { bank: orgId },
    })),
  ];
  const weights = [
    fiscalShare * BigInt(fund.provinceWeight),
    fiscalShare * BigInt(fund.localWeight),
    ...fund.banks.map(({ weight }) => bankShare * BigInt(weight)),
  ];
  const amounts = splitByWeights(total, weights);
  return parts
    .map((part, at) => ({ ...part, amountFen: amounts[at] ?? fen(0n) }))
    .filter((part) => part.amountFen > 0n);
}

function wantedDeadline(outline: LegOutline, request: PlanRequest): string {
  const due = request.dueDays ?? defaultDueDays;
  if (outline.kind === 'F') return addDays(request.issuedOn, due.fiscal);
  if (outline.kind === 'B') return addDays(request.issuedOn, due.bank);
  if (outline.kind === 'D') return addDays(request.issuedOn, due.payDown);
  const milestone = request.project.content.milestones.find(({ no }) => no === outline.milestoneNo);
  return addDays(milestone?.plannedDate ?? request.issuedOn, due.milestone);
}

function payerAccount(payer: Payer, accounts: PlanAccounts): AccountRef {
  if (typeof payer === 'string') return accounts[payer];
  const account = accounts.banks[payer.bank];
  if (account === undefined) throw new RangeError(`no account of bank ${payer.bank}`);
  return account;
}

function sameAccount(a: AccountRef, b: AccountRef): boolean {
  return a.bankId === b.bankId && a.account === b.account;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && b.every((item) => a.includes(item));
}
