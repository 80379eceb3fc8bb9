/** A draft as it is issued, and the fields of it that the issuer's signature covers. */
import { canonicalJson } from './canonical-json.ts';
import type { Draft, Leg, LegProgress } from './records/draft.ts';
import type { Project } from './records/project.ts';

/** What issuing needs; `issuerPublicKey` is the SM2 key, uncompressed hex, of the issuing organisation. */
export interface DraftIssue {
  readonly project: Pick<Project, 'id' | 'division' | 'content' | 'plan'>;
  readonly draftId: string;
  readonly issuedOn: string;
  readonly issuerOrgId: string;
  readonly issuerPublicKey: string;
}

/** The fields frozen and signed at issue. */
export type ImmutableDraft = Pick<
  Draft,
  | 'DraftID'
  | 'ProjectID'
  | 'InstructionID'
  | 'issuerKeyId'
  | 'issuedOn'
  | 'Amount'
  | 'PlanPath'
  | 'SpecialRule'
  | 'division'
  | 'fundId'
>;

/** Names the key without carrying it: the last 16 hex digits. */
export function issuerKeyIdOf(publicKey: string): string {
  return `sm2-${publicKey.slice(-16)}`;
}

/** The fields to sign for a project's draft. @throws Error when the project has no plan yet */
export function draftToSign(issue: DraftIssue): ImmutableDraft {
  const { project } = issue;
  if (project.plan === null) throw new Error(`project ${project.id} has no plan`);
  return {
    DraftID: issue.draftId,
    ProjectID: project.id,
    InstructionID: issue.issuerOrgId,
    issuerKeyId: issuerKeyIdOf(issue.issuerPublicKey),
    issuedOn: issue.issuedOn,
    Amount: project.content.amountFen,
    PlanPath: project.plan.legs,
    SpecialRule: project.plan.specialRule,
    division: project.division,
    fundId: project.content.fundId,
  };
}

/** The signed fields of a draft on the ledger; return legs that a recall added later are not among them. */
export function immutableFields(draft: Draft): ImmutableDraft {
  return {
    DraftID: draft.DraftID,
    ProjectID: draft.ProjectID,
    InstructionID: draft.InstructionID,
    issuerKeyId: draft.issuerKeyId,
    issuedOn: draft.issuedOn,
    Amount: draft.Amount,
    PlanPath: draft.PlanPath.filter((leg) => leg.kind !== 'X'),
    SpecialRule: draft.SpecialRule,
    division: draft.division,
    fundId: draft.fundId,
  };
}

/** The text that the SM2 signature covers: canonical JSON of the immutable fields. */
export function signingText(fields: ImmutableDraft): string {
  return canonicalJson(fields);
}

/** A draft at the moment of issue: nothing has happened on any leg. */
export function newDraft(fields: ImmutableDraft, sign: string, createAt: string): Draft {
  return {
    ...fields,
    InstructionSign: sign,
    Status: 'ISSUED',
    circulation: 'PENDING',
    CreateAt: createAt,
    ActualPath: [],
    holderOrgId: fields.InstructionID,
    legs: fields.PlanPath.map((leg) => openLeg(leg)),
    milestonesAccepted: [],
    redemptions: [],
    ranges: [{ no: 1, startFen: '1', endFen: fields.Amount, legId: null, state: 'OPEN' }],
    frozen: null,
    pending: null,
    closedReason: null,
  };
}

/** The progress of a leg on which nothing has happened. */
export function openLeg(leg: Pick<Leg, 'legId'>): LegProgress {
  return {
    legId: leg.legId,
    state: 'OPEN',
    matchedFen: '0',
    serialNo: null,
    bookingDate: null,
    registered: null,
    flowKey: null,
    decided: null,
    checks: [],
  };
}
