/** The province's part: the plan is made and frozen, the second person decides, the finished project is closed. */
import type { z } from 'zod';
import { keyParts } from '#kernel/records/keys.ts';
import type { MilestoneProgress, Project, projectArgs } from '#kernel/records/project.ts';
import { issueDraft } from '../draft/issue.ts';
import { requireSoundPlan } from '../draft/plan-check.ts';
import { Refusal } from '../refusal.ts';
import { requireDivision } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { projectAt, putStep } from './course.ts';

/** The handling person of the leading office freezes the plan. */
export async function review(tx: Tx, args: z.infer<typeof projectArgs.review>): Promise<object> {
  const { project } = await projectAt(tx, args, 'review');
  await requireSoundPlan(tx, project, args.plan);
  const reviewed: Project = { ...project, state: 'REVIEWED', plan: args.plan };
  return putStep(tx, reviewed, { step: 'review', opinion: args.opinion });
}

/** The deciding person approves, which issues the draft in the same transaction, or rejects for good. */
export async function decide(tx: Tx, args: z.infer<typeof projectArgs.decide>): Promise<object> {
  const { project } = await projectAt(tx, args, 'decide');
  if (args.decision === 'reject') {
    return putStep(tx, { ...project, state: 'REJECTED' }, { step: 'reject', opinion: args.opinion });
  }
  const { draftId, issuedOn, instructionSign } = args;
  if (draftId === null || issuedOn === null || instructionSign === null) {
    throw new Refusal('INVALID_ARGUMENT', {
      reason: 'an approval needs draftId, issuedOn and instructionSign',
    });
  }
  const late = project.plan?.legs.find((leg) => leg.deadline < issuedOn);
  if (late !== undefined)
    throw new Refusal('PLAN_FAULT', { faults: [{ legId: late.legId, field: 'deadline' }] });
  const progress = project.content.milestones.map(({ no }) => untouched(no));
  const approved: Project = { ...project, state: 'APPROVED', draftId, progress };
  await issueDraft(tx, { project: approved, draftId, issuedOn, instructionSign });
  return { ...putStep(tx, approved, { step: 'approve', opinion: args.opinion }), draftId };
}

/** Closes a project whose draft has run its course. */
export async function close(tx: Tx, args: z.infer<typeof projectArgs.close>): Promise<object> {
  const project = await tx.must('PROJECT', keyParts.PROJECT(args.id));
  requireDivision(tx.caller, project.division);
  if (project.state !== 'APPROVED' || project.draftId === null) {
    throw new Refusal('WRONG_STATE', { projectId: project.id, state: project.state });
  }
  const draft = await tx.must('DRAFT', keyParts.DRAFT(project.draftId));
  if (draft.Status !== 'SETTLED' && draft.Status !== 'RECALLED') {
    throw new Refusal('WRONG_STATE', { draftId: draft.DraftID, state: draft.Status });
  }
  return putStep(tx, { ...project, state: 'CLOSED' }, { step: 'close', opinion: args.opinion });
}

function untouched(no: number): MilestoneProgress {
  return {
    ...{ no, percent: 0, note: '', documents: [], state: 'NONE' as const },
    ...{ reported: null, checked: null, opinion: '' },
  };
}
