/** Holding a project's plan against project, fund, organisations, accounts and calendar as they stand on the ledger now. */
import type { CalendarDay } from '#kernel/dates.ts';
import { yearOf } from '#kernel/dates.ts';
import { planFaults } from '#kernel/plan.ts';
import { ruleOf, specialRuleFaults } from '#kernel/special-rules.ts';
import type { PlanParty } from '#kernel/plan.ts';
import type { AccountRef } from '#kernel/records/common.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Plan, Project } from '#kernel/records/project.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

/**
 * @throws Refusal PLAN_FAULT, REFERENCE_INVALID for a fund that is not active or an organisation that is not,
 * ACCOUNT_NOT_CONFIRMED for an account that is not registered exactly as it stands in the plan
 */
export async function requireSoundPlan(
  tx: Tx,
  project: Pick<Project, 'division' | 'content'>,
  plan: Plan,
): Promise<void> {
  const fund = await tx.must('FUND', keyParts.FUND(project.content.fundId), 'REFERENCE_INVALID');
  if (fund.state !== 'ACTIVE') throw new Refusal('REFERENCE_INVALID', { fundId: fund.id });
  const ends = plan.legs.flatMap((leg) => [leg.payer, leg.payee]);
  const parties = await partiesOn(tx, [...new Set(ends.map((end) => end.orgId))]);
  const dates = plan.legs.map((leg) => leg.deadline);
  const calendar = await calendarOf(tx, dates);
  const faults = [
    ...planFaults({ plan, project, fund, parties, calendar }),
    ...specialRuleFaults(plan, project.content.budget),
  ];
  if (faults.length > 0) throw new Refusal('PLAN_FAULT', { faults });
  // By every field: two legs may name one account differently, and both must be right.
  const seen = new Map(ends.map((end) => [JSON.stringify(end), end]));
  for (const end of seen.values()) await requireConfirmed(tx, end);
  const extra = ruleOf(plan.specialRule, 'extra-approver');
  if (extra !== undefined) await partiesOn(tx, [extra.orgId]);
}

/** The exceptional days of the active calendars of these dates' years. */
export async function calendarOf(tx: Tx, dates: readonly string[]): Promise<CalendarDay[]> {
  const days: CalendarDay[] = [];
  for (const year of new Set(dates.map(yearOf))) {
    const calendar = await tx.get('CALENDAR', keyParts.CALENDAR(year));
    if (calendar?.state === 'ACTIVE') days.push(...calendar.days);
  }
  return days;
}

async function partiesOn(tx: Tx, orgIds: readonly string[]): Promise<Map<string, PlanParty>> {
  const parties = new Map<string, PlanParty>();
  for (const orgId of orgIds) {
    const org = await tx.must('ORG', keyParts.ORG(orgId), 'REFERENCE_INVALID');
    if (org.state !== 'ACTIVE') throw new Refusal('REFERENCE_INVALID', { orgId });
    parties.set(orgId, org);
  }
  return parties;
}

async function requireConfirmed(tx: Tx, end: AccountRef): Promise<void> {
  const { bankId, account } = end;
  const found = await tx.get('ACCOUNT', keyParts.ACCOUNT(bankId, account));
  const same = found?.orgId === end.orgId && found.bankNo === end.bankNo && found.name === end.name;
  if (!same || found.state !== 'CONFIRMED')
    throw new Refusal('ACCOUNT_NOT_CONFIRMED', { bankId, orgId: end.orgId });
}
