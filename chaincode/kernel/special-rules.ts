/** What the special rules of a plan demand: of the plan itself before it is frozen, and of a redemption before it is requested. */
import type { Draft, SpecialRule } from './records/draft.ts';
import type { PlanFault } from './plan.ts';
import type { Plan, Project } from './records/project.ts';

type RuleOf<T extends SpecialRule['type']> = Extract<SpecialRule, { type: T }>;

/** The rule of a type, or undefined; a sound plan has at most one of each. */
export function ruleOf<T extends SpecialRule['type']>(
  rules: readonly SpecialRule[],
  type: T,
): RuleOf<T> | undefined {
  return rules.find((rule): rule is RuleOf<T> => rule.type === type);
}

/**
 * Where a plan departs from its own special rules: one type twice, a milestone paid to somebody off the payee list, a budget
 * line that is none of the spend categories, a deadline after the recall date.
 */
export function specialRuleFaults(
  { legs, specialRule }: Plan,
  budget: Project['content']['budget'],
): PlanFault[] {
  const types = specialRule.map((rule) => rule.type);
  const whitelist = ruleOf(specialRule, 'payee-whitelist')?.orgIds;
  const categories = ruleOf(specialRule, 'spend-categories')?.categories;
  const recallDate = ruleOf(specialRule, 'recall-date')?.date;
  const isOff = (orgId: string): boolean => whitelist?.includes(orgId) === false;
  const offBudget = budget.some(({ item }) => categories?.includes(item) === false);
  return [
    ...(new Set(types).size < types.length || offBudget
      ? [{ legId: '', field: 'specialRule' as const }]
      : []),
    ...legs
      .filter((leg) => leg.kind === 'M' && isOff(leg.payee.orgId))
      .map(({ legId }) => ({ legId, field: 'payee' as const })),
    ...legs
      .filter((leg) => recallDate !== undefined && leg.deadline > recallDate)
      .map(({ legId }) => ({ legId, field: 'deadline' as const })),
  ];
}

/** What of a draft its prepayment follows from. */
export type PrepaidBasis = Pick<Draft, 'Amount' | 'PlanPath' | 'SpecialRule' | 'redemptions'>;

/**
 * Whether the part of requested milestones that is not built yet stays within the rule `max-prepayment`, which is a share of
 * the draft's amount in basis points. Exact: nothing is rounded.
 * @param milestoneNo the milestone asked for now, beside those that stand
 * @param percentOf how far each milestone is, 0 to 100, by number
 */
export function isWithinPrepayment(
  draft: PrepaidBasis,
  milestoneNo: number,
  percentOf: ReadonlyMap<number, number>,
): boolean {
  const rule = ruleOf(draft.SpecialRule, 'max-prepayment');
  if (rule === undefined) return true;
  const standing = draft.redemptions
    .filter((one) => one.state !== 'REFUSED' && one.state !== 'WITHDRAWN')
    .map((one) => one.milestoneNo);
  const asked = new Set([...standing, milestoneNo]);
  const unbuilt = draft.PlanPath.filter(
    (leg) => leg.kind === 'M' && leg.milestoneNo !== null && asked.has(leg.milestoneNo),
  ).reduce(
    (sum, leg) => sum + BigInt(leg.amountFen) * BigInt(100 - (percentOf.get(leg.milestoneNo ?? 0) ?? 0)),
    0n,
  );
  return unbuilt * 100n <= BigInt(draft.Amount) * BigInt(rule.bp);
}
