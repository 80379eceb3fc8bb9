/** An application until it reaches the province: applied, checked, countersigned; returned and withdrawn. */
import type { z } from 'zod';
import { countyOf } from '#kernel/division.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Project, projectArgs } from '#kernel/records/project.ts';
import { Refusal } from '../refusal.ts';
import { requireOrganisation } from '../scope.ts';
import type { RecordKey, Tx } from '../tx.ts';
import { requireContent } from './content.ts';
import { projectAt, putStep, requireOtherSteps, stateBefore } from './course.ts';

/** Applies for a project of the caller's county, or again with the next revision of a returned or withdrawn one. */
export async function apply(tx: Tx, args: z.infer<typeof projectArgs.apply>): Promise<object> {
  const division = countyOf(args.content.townshipCode);
  if (tx.caller.division !== division) throw new Refusal('OUT_OF_SCOPE', { division });
  const before = await tx.get('PROJECT', keyParts.PROJECT(args.id));
  if (before !== null) requireReapplication(tx, before);
  await requireContent(tx, args.content, args.contentHash);
  const project: Project = {
    id: args.id,
    state: 'SUBMITTED',
    division,
    applicantOrgId: tx.caller.orgId,
    content: args.content,
    contentHash: args.contentHash,
    revision: (before?.revision ?? 0) + 1,
    ...(before === null ? {} : { previous: submissionOf(before) }),
    steps: before?.steps ?? [],
    plan: null,
    draftId: null,
    progress: [],
  };
  return putStep(tx, project, { step: 'apply', opinion: '' });
}

/** The records that an application refers to. */
export function readsOfApply({ id, content }: z.infer<typeof projectArgs.apply>): RecordKey[] {
  return [
    ['PROJECT', keyParts.PROJECT(id)],
    ['FUND', keyParts.FUND(content.fundId)],
    ['CALL', keyParts.CALL(content.fundId, content.callId)],
    ['ORG', keyParts.ORG(content.unitOrgId)],
  ];
}

/** The county command's second person has checked the application. */
export async function check(tx: Tx, args: z.infer<typeof projectArgs.check>): Promise<object> {
  const { project } = await projectAt(tx, args, 'check');
  return putStep(tx, { ...project, state: 'CHECKED' }, { step: 'check', opinion: args.opinion });
}

/** The local finance bureau agrees to its part of the money. */
export async function countersign(tx: Tx, args: z.infer<typeof projectArgs.countersign>): Promise<object> {
  const { project } = await projectAt(tx, args, 'countersign');
  return putStep(tx, { ...project, state: 'COUNTERSIGNED' }, { step: 'countersign', opinion: args.opinion });
}

/** Whoever is next sends the application back to an earlier step; a plan made since falls away. */
export async function returnProject(tx: Tx, args: z.infer<typeof projectArgs.return>): Promise<object> {
  const { project, next } = await projectAt(tx, args, null);
  const order = ['apply', 'check', 'countersign', 'review', 'decide'];
  if (order.indexOf(args.returnTo) >= order.indexOf(next.step)) {
    throw new Refusal('WRONG_STATE', {
      projectId: project.id,
      state: project.state,
      returnTo: args.returnTo,
    });
  }
  const { opinion, returnTo, fields } = args;
  const back: Project = { ...project, state: stateBefore[returnTo], plan: null };
  return putStep(tx, back, { step: 'return', opinion, returnTo, fields });
}

/** The applicant takes the application back, before anyone acted on it. */
export async function withdraw(tx: Tx, args: z.infer<typeof projectArgs.withdraw>): Promise<object> {
  const project = await tx.must('PROJECT', keyParts.PROJECT(args.id));
  requireOrganisation(tx.caller, project.applicantOrgId);
  if (project.state !== 'SUBMITTED' || project.steps.at(-1)?.step !== 'apply') {
    throw new Refusal('WRONG_STATE', { projectId: project.id, state: project.state });
  }
  return putStep(tx, { ...project, state: 'WITHDRAWN' }, { step: 'withdraw', opinion: args.reason });
}

function submissionOf({ content, contentHash, revision }: Project): NonNullable<Project['previous']> {
  return { content, contentHash, revision };
}

function requireReapplication(tx: Tx, before: Project): void {
  requireOrganisation(tx.caller, before.applicantOrgId);
  if (before.state !== 'RETURNED' && before.state !== 'WITHDRAWN') {
    throw new Refusal('WRONG_STATE', { projectId: before.id, state: before.state });
  }
  requireOtherSteps(tx, before, 'apply');
}
