/** From DRAFT writes to the documents of drafts. */
import type { Draft, LegKind, LegProgress } from '#kernel/records/draft.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import { legParties } from '../read-model/facts.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { DraftDoc } from './draft.schema.ts';

const CLOSED_LEGS: readonly string[] = ['MATCHED', 'CANCELLED'];
const OPEN_REDEMPTIONS: readonly string[] = ['REQUESTED', 'CHECKED', 'APPROVED'];

/** A draft as it stands after a write. */
export function projectDraft(id: string, record: Draft, stamp: Stamp, facts: ProjectionFacts): DraftDoc {
  const project = facts.project(record.ProjectID);
  return {
    ...derivedFields(id, stamp, record.CreateAt),
    division: record.division,
    parties: draftParties(record, facts),
    projectId: record.ProjectID,
    projectName: project?.name ?? '',
    townshipCode: project?.townshipCode ?? '',
    fundId: record.fundId,
    issuerOrgId: record.InstructionID,
    unitOrgId: project?.unitOrgId ?? '',
    status: record.Status,
    circulation: record.circulation,
    issuedOn: record.issuedOn,
    amountFen: BigInt(record.Amount),
    ...sums(record),
    ...openness(record),
    frozen: record.frozen !== null,
    record,
  };
}

/** Organisations concerned by a draft: issuer, applicant, unit, payers, payees and their banks. */
export function draftParties(record: Draft, facts: ProjectionFacts): string[] {
  const project = facts.project(record.ProjectID);
  const planned = record.PlanPath.flatMap(legParties);
  return distinct([record.InstructionID, project?.applicantOrgId, project?.unitOrgId, ...planned]);
}

/** Whether a leg still waits for money. */
export function isOpenLeg(progress: Pick<LegProgress, 'state'> | undefined): boolean {
  return !CLOSED_LEGS.includes(progress?.state ?? 'OPEN');
}

type Sums = Pick<
  DraftDoc,
  | 'raisedFen'
  | 'passedDownFen'
  | 'paidFen'
  | 'returnedFen'
  | 'givenBackFen'
  | 'plannedLegsFen'
  | 'matchedLegsFen'
>;

function sums(record: Draft): Sums {
  const progress = new Map(record.legs.map((leg) => [leg.legId, leg]));
  const live = record.PlanPath.filter((leg) => progress.get(leg.legId)?.state !== 'CANCELLED');
  const matched = (kinds: readonly LegKind[]): bigint =>
    record.PlanPath.filter((leg) => kinds.includes(leg.kind)).reduce(
      (total, leg) => total + BigInt(progress.get(leg.legId)?.matchedFen ?? '0'),
      0n,
    );
  return {
    raisedFen: matched(['F', 'B']),
    passedDownFen: matched(['D']),
    paidFen: matched(['M']),
    returnedFen: matched(['X']),
    givenBackFen: givenBack(record, progress),
    plannedLegsFen: live.reduce((total, leg) => total + BigInt(leg.amountFen), 0n),
    matchedLegsFen: matched(['F', 'B', 'D', 'M', 'X']),
  };
}

function givenBack({ PlanPath }: Draft, progress: ReadonlyMap<string, LegProgress>): bigint {
  const sources = new Set(PlanPath.filter(({ kind }) => isContribution(kind)).map((leg) => leg.payer.orgId));
  return PlanPath.filter(({ kind, payee }) => kind === 'X' && sources.has(payee.orgId))
    .map((leg) => progress.get(leg.legId))
    .reduce((total, one) => total + (one?.state === 'MATCHED' ? BigInt(one.matchedFen) : 0n), 0n);
}

function isContribution(kind: LegKind): boolean {
  return kind === 'F' || kind === 'B';
}

type Openness = Pick<
  DraftDoc,
  | 'nextDeadline'
  | 'openLegs'
  | 'mismatchedLegs'
  | 'openRedemptions'
  | 'redemptionRequested'
  | 'redemptionChecked'
>;

function openness(record: Draft): Openness {
  const progress = new Map(record.legs.map((leg) => [leg.legId, leg]));
  const open = record.PlanPath.filter((leg) => isOpenLeg(progress.get(leg.legId)));
  const deadlines = open.map((leg) => leg.deadline).sort();
  return {
    nextDeadline: deadlines[0] ?? null,
    openLegs: open.length,
    mismatchedLegs: record.legs.filter((leg) => leg.state === 'MISMATCH').length,
    openRedemptions: record.redemptions.filter((one) => OPEN_REDEMPTIONS.includes(one.state)).length,
    redemptionRequested: record.redemptions.some((one) => one.state === 'REQUESTED'),
    redemptionChecked: record.redemptions.some((one) => one.state === 'CHECKED'),
  };
}
