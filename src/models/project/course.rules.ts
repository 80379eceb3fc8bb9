/** The course of an application as the contract keeps it: which step is next in a state, and who may take it. */
import type { Post, Role } from '#kernel/records/common.ts';
import type { ProjectStep } from '#kernel/records/project.ts';
import type { Situation } from '../member/rights.rules.ts';
import type { ProjectDoc } from './project.schema.ts';

/** A step of the course that a person takes. */
export type CourseStep = 'check' | 'countersign' | 'review' | 'decide';

interface NextStep {
  readonly step: CourseStep;
  readonly role: Role;
  readonly post: Post;
}
const course: Partial<Record<ProjectDoc['state'], NextStep>> = {
  SUBMITTED: { step: 'check', role: 'county-command', post: 'check' },
  CHECKED: { step: 'countersign', role: 'local-finance', post: 'check' },
  COUNTERSIGNED: { step: 'review', role: 'leading-office', post: 'check' },
  REVIEWED: { step: 'decide', role: 'leading-office', post: 'decide' },
};
const kindOfStep: Partial<Record<ProjectStep['step'], CourseStep | 'apply'>> = {
  ...{ apply: 'apply', check: 'check', countersign: 'countersign', review: 'review' },
  ...{ approve: 'decide', reject: 'decide' },
};

/** R1 over the whole life: whoever took a step of another kind does not take this one. */
export function othersThan(doc: ProjectDoc, step: CourseStep | 'apply'): string[] {
  return doc.record.steps
    .filter((taken) => kindOfStep[taken.step] !== undefined && kindOfStep[taken.step] !== step)
    .map((taken) => taken.act.by);
}

/**
 * The situation of the next step, or of a return, which whoever is next may make.
 * @param wanted the step; null for a return
 */
export function courseSituation(doc: ProjectDoc, wanted: CourseStep | null): Situation {
  const next = course[doc.state];
  if (next === undefined || (wanted !== null && next.step !== wanted))
    return { division: doc.division, stateAllows: false };
  return {
    division: doc.division,
    ...(next.step === 'check' ? { ownerOrgId: doc.applicantOrgId } : {}),
    turnOf: [next.role],
    postsNow: [next.post],
    actedBy: othersThan(doc, next.step),
    stateAllows: true,
  };
}
