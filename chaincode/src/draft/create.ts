/** `create`: issuing again for an approved project whose draft was cancelled before its first match. */
import type { z } from 'zod';
import type { draftArgs } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';
import { issueDraft } from './issue.ts';

/** @throws Refusal WRONG_STATE unless the project is approved and its draft terminated; and those of `issueDraft` */
export async function create(
  tx: Tx,
  args: z.infer<typeof draftArgs.create>,
): Promise<{ outcome: 'DONE'; draftId: string; status: string }> {
  const project = await tx.must('PROJECT', keyParts.PROJECT(args.ProjectID));
  const earlier = project.draftId === null ? null : await tx.get('DRAFT', keyParts.DRAFT(project.draftId));
  if (project.state !== 'APPROVED' || earlier?.Status !== 'TERMINATED') {
    throw new Refusal('WRONG_STATE', { projectId: project.id, state: project.state });
  }
  if (earlier.InstructionID !== tx.caller.orgId) throw new Refusal('OUT_OF_SCOPE', { projectId: project.id });
  const { DraftID: draftId, issuedOn, InstructionSign: instructionSign } = args;
  const draft = await issueDraft(tx, { project, draftId, issuedOn, instructionSign });
  tx.put('PROJECT', keyParts.PROJECT(project.id), { ...project, draftId });
  return { outcome: 'DONE', draftId, status: draft.Status };
}
