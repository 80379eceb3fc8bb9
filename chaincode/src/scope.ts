/** Data scope (division prefix, R6) and the separation of persons (R1). */
import { covers } from '#kernel/division.ts';
import { administrators, type Act, type Role } from '#kernel/records/common.ts';
import type { Leg } from '#kernel/records/draft.ts';
import type { Caller } from './caller.ts';
import { Refusal } from './refusal.ts';

/** Roles whose sight is everything inside their division; the others see what they are a party to. */
export const divisionRoles: readonly Role[] = [
  'leading-office',
  'province-finance',
  'county-command',
  'local-finance',
  'partnership',
  'county-fund-company',
  'auditor',
  'platform',
];

/** @throws Refusal OUT_OF_SCOPE unless the division lies inside the caller's */
export function requireDivision(caller: Caller, division: string): void {
  if (!covers(caller.division, division)) throw new Refusal('OUT_OF_SCOPE', { division });
}

/** @throws Refusal OUT_OF_SCOPE unless the caller belongs to the organisation */
export function requireOrganisation(caller: Caller, orgId: string): void {
  if (caller.orgId !== orgId) throw new Refusal('OUT_OF_SCOPE', { orgId });
}

/** @throws Refusal ROLE_NOT_ALLOWED for an administrator, who may see no business object */
export function requireBusinessSight(caller: Caller): void {
  if (administrators.includes(caller.role)) throw new Refusal('ROLE_NOT_ALLOWED', { role: caller.role });
}

/** Whether the caller may see an object of this division that concerns these organisations. */
export function maySee(caller: Caller, division: string, parties: readonly string[]): boolean {
  if (administrators.includes(caller.role)) return false;
  if (divisionRoles.includes(caller.role) && covers(caller.division, division)) return true;
  return parties.includes(caller.orgId);
}

/** @throws Refusal SAME_PERSON when the caller did one of these acts */
export function requireOtherPerson(caller: Caller, acts: readonly (Act | null)[]): void {
  if (acts.some((act) => act?.by === caller.userId))
    throw new Refusal('SAME_PERSON', { userId: caller.userId });
}

/** R6: a bank sees of a plan the legs that touch its own accounts or those it keeps; everyone else sees them all. */
export function legsInSight(caller: Caller, legs: readonly Leg[]): Leg[] {
  if (caller.role !== 'bank-investor' && caller.role !== 'bank-feed') return [...legs];
  return legs.filter(({ payer, payee }) =>
    [payer.orgId, payer.bankId, payee.orgId, payee.bankId].includes(caller.orgId),
  );
}
