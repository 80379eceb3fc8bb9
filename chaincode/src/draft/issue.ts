/** Issuing a draft: the approved plan checked again, the issuer's signature verified, everything frozen on the ledger. */
import { sm2 } from 'sm-crypto-v2';
import { parseDraftNumber } from '#kernel/draft-number.ts';
import { draftToSign, newDraft, signingText } from '#kernel/new-draft.ts';
import type { Draft } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Project } from '#kernel/records/project.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';
import { partiesOf } from '../reconciliation/book.ts';
import { requireSoundPlan } from './plan-check.ts';

/** What issuing takes; `issuedOn` is the Beijing date that the draft number carries. */
export interface IssueRequest {
  readonly project: Project;
  readonly draftId: string;
  readonly issuedOn: string;
  /** SM2 over SM3, DER in hex, default user id, over the signing text of the draft's immutable fields. */
  readonly instructionSign: string;
}

/**
 * Creates the draft of a project whose plan was approved. The caller's organisation is the issuer.
 * @throws Refusal INVALID_ARGUMENT for a wrong number, ALREADY_EXISTS, PLAN_FAULT, REFERENCE_INVALID,
 * ACCOUNT_NOT_CONFIRMED, SIGNATURE_INVALID
 */
export async function issueDraft(tx: Tx, request: IssueRequest): Promise<Draft> {
  const { project, draftId, issuedOn, instructionSign } = request;
  if (project.plan === null) throw new Refusal('WRONG_STATE', { projectId: project.id });
  const number = parseDraftNumber(draftId);
  if (number?.issuedOn !== issuedOn) throw new Refusal('INVALID_ARGUMENT', { draftId });
  await requireSoundPlan(tx, project, project.plan);
  const issuer = await tx.must('ORG', keyParts.ORG(tx.caller.orgId), 'REFERENCE_INVALID');
  if (issuer.issuerPublicKey === null) throw new Refusal('SIGNATURE_INVALID', { orgId: issuer.id });
  const fields = draftToSign({
    project,
    draftId,
    issuedOn,
    issuerOrgId: issuer.id,
    issuerPublicKey: issuer.issuerPublicKey,
  });
  if (!isSigned(signingText(fields), instructionSign, issuer.issuerPublicKey)) {
    throw new Refusal('SIGNATURE_INVALID', { draftId });
  }
  const draft = newDraft(fields, instructionSign, tx.at);
  // A draft that takes the place of a cancelled one starts with what the county has accepted already.
  draft.milestonesAccepted = project.progress.filter((one) => one.state === 'ACCEPTED').map((one) => one.no);
  await tx.create('DRAFT', keyParts.DRAFT(draftId), draft);
  const subject = { draftId, projectId: project.id };
  tx.emit({ type: 'draft.issued', subject, orgIds: partiesOf(draft), division: draft.division });
  return draft;
}

/** A signature that cannot be read is a wrong one. */
function isSigned(text: string, signature: string, publicKey: string): boolean {
  if (!/^[0-9a-f]{16,160}$/.test(signature)) return false;
  try {
    return sm2.doVerifySignature(text, signature, publicKey, { hash: true, der: true });
  } catch {
    return false;
  }
}
