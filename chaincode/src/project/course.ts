/** The course of an application: which step is next in a state, who takes it, and the record of a step taken. */
import type { Post, Role } from '#kernel/records/common.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Project, ProjectState, ProjectStep } from '#kernel/records/project.ts';
import { requirePost, requireRole } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import { requireDivision, requireOrganisation, requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { partiesOf } from './sight.ts';

/** A step that a person takes on an application under way. */
export interface CourseStep {
  readonly step: 'check' | 'countersign' | 'review' | 'decide';
  readonly role: Role;
  readonly post: Post;
}

const course: Partial<Record<ProjectState, CourseStep>> = {
  SUBMITTED: { step: 'check', role: 'county-command', post: 'check' },
  CHECKED: { step: 'countersign', role: 'local-finance', post: 'check' },
  COUNTERSIGNED: { step: 'review', role: 'leading-office', post: 'check' },
  REVIEWED: { step: 'decide', role: 'leading-office', post: 'decide' },
};
/** The state to which a project goes back so that the named step is next. */
export const stateBefore: Record<'apply' | 'check' | 'countersign' | 'review', ProjectState> = {
  apply: 'RETURNED',
  check: 'SUBMITTED',
  countersign: 'CHECKED',
  review: 'COUNTERSIGNED',
};
const kindOfStep: Partial<Record<ProjectStep['step'], string>> = {
  ...{ apply: 'apply', check: 'check', countersign: 'countersign', review: 'review' },
  ...{ approve: 'decide', reject: 'decide' },
};

/**
 * The project of a step, with everything checked that every step shares: state, content hash, role, post, scope, persons.
 * @param wanted the step taken; null for a return, which whoever is next may make
 * @throws Refusal NOT_FOUND, WRONG_STATE, ROLE_NOT_ALLOWED, POST_MISSING, OUT_OF_SCOPE, SAME_PERSON or CONTENT_CHANGED
 */
export async function projectAt(
  tx: Tx,
  args: { readonly id: string; readonly contentHash: string },
  wanted: CourseStep['step'] | null,
): Promise<{ readonly project: Project; readonly next: CourseStep }> {
  const project = await tx.must('PROJECT', keyParts.PROJECT(args.id));
  const next = course[project.state];
  if (next === undefined || (wanted !== null && wanted !== next.step)) {
    throw new Refusal('WRONG_STATE', { projectId: project.id, state: project.state });
  }
  requireRole(tx.caller, [next.role]);
  requirePost(tx.caller, [next.post]);
  requireDivision(tx.caller, project.division);
  if (next.step === 'check') requireOrganisation(tx.caller, project.applicantOrgId);
  requireOtherSteps(tx, project, next.step);
  if (project.contentHash !== args.contentHash) {
    throw new Refusal('CONTENT_CHANGED', { projectId: project.id, contentHash: project.contentHash });
  }
  return { project, next };
}

/** R1 over the whole life of an application: who took a step of another kind does not take this one. */
export function requireOtherSteps(tx: Tx, project: Project, step: CourseStep['step'] | 'apply'): void {
  const others = project.steps.filter((taken) => {
    const kind = kindOfStep[taken.step];
    return kind !== undefined && kind !== step;
  });
  requireOtherPerson(
    tx.caller,
    others.map((taken) => taken.act),
  );
}

/** A step taken: what the history keeps. */
export interface StepTaken {
  readonly step: ProjectStep['step'];
  readonly opinion: string;
  readonly returnTo?: ProjectStep['returnTo'];
  readonly fields?: string[];
}

/** Writes the project with one more step and tells the parties. @returns the answer of the call */
export function putStep(tx: Tx, project: Project, taken: StepTaken): object {
  const { step, opinion, returnTo = null, fields = [] } = taken;
  const line = { step, act: tx.act(), opinion, contentHash: project.contentHash, returnTo, fields };
  tx.put('PROJECT', keyParts.PROJECT(project.id), { ...project, steps: [...project.steps, line] });
  tx.emit({
    type: `project.${eventOfStep[step]}`,
    subject: { projectId: project.id },
    orgIds: partiesOf(project),
    division: project.division,
  });
  return { projectId: project.id, state: project.state, revision: project.revision };
}

const eventOfStep: Record<ProjectStep['step'], string> = {
  apply: 'applied',
  check: 'checked',
  countersign: 'countersigned',
  review: 'reviewed',
  approve: 'approved',
  reject: 'rejected',
  return: 'returned',
  withdraw: 'withdrawn',
  close: 'closed',
};
