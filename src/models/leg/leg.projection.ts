/** From DRAFT writes to one document per leg. */
import type { Draft, Leg, LegProgress } from '#kernel/records/draft.ts';
import { draftParties, isOpenLeg } from '../draft/draft.projection.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import { legParties } from '../read-model/facts.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { LegDoc } from './leg.schema.ts';
import { standingOf } from './standing.rules.ts';

/** The `_id` of a leg's document. */
export function legIdOf(draftId: string, legId: string): string {
  return `${draftId}~${legId}`;
}

/** Legs of a draft as they stand after a write of it, in the order of the plan: all, or only those of these ids. */
export function projectLegs(
  record: Draft,
  stamp: Stamp,
  facts: ProjectionFacts,
  only: ReadonlySet<string> | null = null,
): LegDoc[] {
  const wanted = only === null ? record.PlanPath : record.PlanPath.filter(({ legId }) => only.has(legId));
  if (wanted.length === 0) return [];
  const progress = new Map(record.legs.map((leg) => [leg.legId, leg]));
  const project = facts.project(record.ProjectID);
  const ofDraft = {
    draftId: record.DraftID,
    projectId: record.ProjectID,
    projectName: project?.name ?? '',
    townshipCode: project?.townshipCode ?? '',
    fundId: record.fundId,
    division: record.division,
    draftStanding: standingOf(record.Status),
    draftParties: draftParties(record, facts),
  };
  return wanted.map((leg) => ({
    ...derivedFields(legIdOf(record.DraftID, leg.legId), stamp, record.CreateAt),
    ...ofDraft,
    ...planned(leg),
    ...happened(progress.get(leg.legId)),
    predecessorsMatched: leg.dependsOn.every((id) => progress.get(id)?.state === 'MATCHED'),
    milestoneAccepted: leg.milestoneNo === null || record.milestonesAccepted.includes(leg.milestoneNo),
  }));
}

function planned(leg: Leg): Pick<LegDoc, 'legId' | 'kind' | 'parties' | 'milestoneNo' | 'dependsOn'> & Paths {
  return {
    legId: leg.legId,
    kind: leg.kind,
    parties: distinct(legParties(leg)),
    milestoneNo: leg.milestoneNo,
    dependsOn: leg.dependsOn,
    payerOrgId: leg.payer.orgId,
    payeeOrgId: leg.payee.orgId,
    payerAccount: leg.payer.account,
    payeeAccount: leg.payee.account,
    payerBankId: leg.payer.bankId,
    payeeBankId: leg.payee.bankId,
    amountFen: BigInt(leg.amountFen),
    deadline: leg.deadline,
  };
}

type Paths = Pick<
  LegDoc,
  | 'payerOrgId'
  | 'payeeOrgId'
  | 'payerAccount'
  | 'payeeAccount'
  | 'payerBankId'
  | 'payeeBankId'
  | 'amountFen'
  | 'deadline'
>;

type Happened = Pick<
  LegDoc,
  | 'matchedFen'
  | 'state'
  | 'open'
  | 'serialNo'
  | 'bookingDate'
  | 'flowKey'
  | 'checks'
  | 'subIndex'
  | 'shareFen'
  | 'manual'
  | 'accepted'
  | 'registeredBy'
  | 'registeredAt'
  | 'decidedAt'
>;

const nothingYet: Happened = {
  matchedFen: 0n,
  state: 'OPEN',
  open: true,
  serialNo: null,
  bookingDate: null,
  flowKey: null,
  checks: [],
  subIndex: null,
  shareFen: null,
  manual: null,
  accepted: [],
  registeredBy: null,
  registeredAt: null,
  decidedAt: null,
};

function happened(progress: LegProgress | undefined): Happened {
  if (progress === undefined) return nothingYet;
  const { registered, decided } = progress;
  return {
    matchedFen: BigInt(progress.matchedFen),
    state: progress.state,
    open: isOpenLeg(progress),
    serialNo: progress.serialNo,
    bookingDate: progress.bookingDate,
    flowKey: progress.flowKey,
    checks: progress.checks,
    subIndex: progress.subIndex ?? null,
    shareFen: progress.share === undefined ? null : BigInt(progress.share.amountFen),
    manual: progress.manual ?? null,
    accepted: progress.accepted ?? [],
    registeredBy: registered?.by ?? null,
    registeredAt: registered === null ? null : new Date(registered.at),
    decidedAt: decided === null ? null : new Date(decided.at),
  };
}
