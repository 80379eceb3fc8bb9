/** Progress of an approved project: reported by the implementing unit, accepted or refused by the county command. */
import type { z } from 'zod';
import { keyParts } from '#kernel/records/keys.ts';
import type { MilestoneProgress, Project, projectArgs } from '#kernel/records/project.ts';
import { milestoneAccepted } from '../draft/milestones.ts';
import { Refusal } from '../refusal.ts';
import { requireDivision, requireOrganisation, requireOtherPerson } from '../scope.ts';
import type { RecordKey, Tx } from '../tx.ts';
import { partiesOf } from './sight.ts';

/** Reports a milestone with its proof; a report not accepted yet is replaced by the newer one. */
export async function reportProgress(
  tx: Tx,
  args: z.infer<typeof projectArgs.reportProgress>,
): Promise<object> {
  const { project, milestone } = await approvedMilestone(tx, args.id, args.milestoneNo);
  requireOrganisation(tx.caller, project.content.unitOrgId);
  if (milestone.state === 'ACCEPTED') throw new Refusal('WRONG_STATE', { state: milestone.state });
  const { percent, note, documents } = args;
  const reported = { percent, note, documents, reported: tx.act(), checked: null, opinion: '' };
  return putMilestone(tx, project, { ...milestone, ...reported, state: 'REPORTED' });
}

/** Accepts a reported milestone, which lets its payment be asked for, or refuses it with an opinion. */
export async function checkProgress(
  tx: Tx,
  args: z.infer<typeof projectArgs.checkProgress>,
): Promise<object> {
  const { project, milestone } = await approvedMilestone(tx, args.id, args.milestoneNo);
  requireDivision(tx.caller, project.division);
  requireOrganisation(tx.caller, project.applicantOrgId);
  if (milestone.state !== 'REPORTED') throw new Refusal('WRONG_STATE', { state: milestone.state });
  requireOtherPerson(tx.caller, [milestone.reported]);
  const state = args.accept ? 'ACCEPTED' : 'REFUSED';
  if (args.accept && project.draftId !== null) await milestoneAccepted(tx, project.draftId, milestone.no);
  return putMilestone(tx, project, { ...milestone, state, checked: tx.act(), opinion: args.opinion });
}

/** The record that every step of a project begins with. */
export function readsOfProject({ id }: { readonly id: string }): RecordKey[] {
  return [['PROJECT', keyParts.PROJECT(id)]];
}

async function approvedMilestone(
  tx: Tx,
  id: string,
  no: number,
): Promise<{ readonly project: Project; readonly milestone: MilestoneProgress }> {
  const project = await tx.must('PROJECT', keyParts.PROJECT(id));
  if (project.state !== 'APPROVED') {
    throw new Refusal('WRONG_STATE', { projectId: id, state: project.state });
  }
  const milestone = project.progress.find((candidate) => candidate.no === no);
  if (milestone === undefined) throw new Refusal('NOT_FOUND', { projectId: id, milestoneNo: no });
  return { project, milestone };
}

function putMilestone(tx: Tx, project: Project, milestone: MilestoneProgress): object {
  const progress = project.progress.map((other) => (other.no === milestone.no ? milestone : other));
  tx.put('PROJECT', keyParts.PROJECT(project.id), { ...project, progress });
  tx.emit({
    type: `milestone.${milestone.state.toLowerCase()}`,
    subject: { projectId: project.id, id: String(milestone.no) },
    orgIds: partiesOf(project),
    division: project.division,
  });
  return { projectId: project.id, milestoneNo: milestone.no, state: milestone.state };
}
