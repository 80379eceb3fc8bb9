/** Who may see a project: everyone whose division covers it, and its parties. */
import { keyParts } from '#kernel/records/keys.ts';
import type { Project } from '#kernel/records/project.ts';
import { Refusal } from '../refusal.ts';
import { legsInSight, maySee } from '../scope.ts';
import type { Tx } from '../tx.ts';

/** The project as far as the caller may see it; for reading only. @throws Refusal NOT_FOUND or OUT_OF_SCOPE */
export async function requireProjectSight(tx: Tx, id: string): Promise<Project> {
  const project = await tx.must('PROJECT', keyParts.PROJECT(id));
  if (!maySee(tx.caller, project.division, partiesOf(project))) {
    throw new Refusal('OUT_OF_SCOPE', { projectId: id });
  }
  const { plan } = project;
  if (plan === null) return project;
  return { ...project, plan: { ...plan, legs: legsInSight(tx.caller, plan.legs) } };
}

/** Applicant, implementing unit and, once there is a plan, every payer, payee and bank in it; each once, sorted. */
export function partiesOf(project: Project): string[] {
  const legs = project.plan?.legs ?? [];
  const accounts = legs.flatMap((leg) => [leg.payer, leg.payee]);
  const inPlan = accounts.flatMap((account) => [account.orgId, account.bankId]);
  return [...new Set([project.applicantOrgId, project.content.unitOrgId, ...inPlan])].sort();
}
