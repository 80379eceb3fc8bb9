/** From FLOW and FLOWSTATE writes to the merged documents of bank flows. */
import type { Leg } from '#kernel/records/draft.ts';
import type { Flow, FlowOutcome } from '#kernel/records/reconciliation.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import { legParties } from '../read-model/facts.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { FlowDoc } from './flow.schema.ts';

/** A flow and what became of it; the outcome is null until the ledger has said anything. */
export interface FlowRecords {
  readonly flow: Flow;
  readonly outcome: FlowOutcome | null;
}

/** A flow as it stands after a write. */
export function projectFlow(id: string, records: FlowRecords, stamp: Stamp, facts: ProjectionFacts): FlowDoc {
  const { flow, outcome } = records;
  const owners = ownersOf(flow, facts);
  const draft = outcome?.draftId == null ? undefined : facts.draft(outcome.draftId);
  const legs = legsOf(outcome, facts);
  return {
    ...derivedFields(id, stamp, outcome?.ingested.at ?? stamp.at.toISOString()),
    division: draft?.division ?? divisionOf(flow, owners, facts),
    parties: partiesOf(flow, owners, legs),
    ...content(flow),
    ...owners,
    projectId: draft?.ProjectID ?? null,
    ...became(flow, outcome, stamp),
    record: { flow, outcome },
  };
}

type Owners = Pick<FlowDoc, 'payerOrgId' | 'payeeOrgId'>;

// The bank of the other side is known only by its number, so its account is looked up without it.
function ownersOf(flow: Flow, facts: ProjectionFacts): Owners {
  const owner = (account: string): string | null =>
    (account === flow.account ? facts.ownerOf(account, flow.bankId) : facts.ownerOf(account)) ?? null;
  return { payerOrgId: owner(flow.payer.account), payeeOrgId: owner(flow.payee.account) };
}

function partiesOf(flow: Flow, owners: Owners, legs: readonly Leg[]): string[] {
  return distinct([flow.bankId, owners.payerOrgId, owners.payeeOrgId, ...legs.flatMap(legParties)]);
}

/** The leg that a flow belongs to, or every leg that shares it. */
function legsOf(outcome: FlowOutcome | null, facts: ProjectionFacts): Leg[] {
  if (outcome === null) return [];
  const parts = outcome.parts ?? [{ draftId: outcome.draftId ?? '', legId: outcome.legId ?? '' }];
  return parts.flatMap(({ draftId, legId }) =>
    (facts.draft(draftId)?.PlanPath ?? []).filter((leg) => leg.legId === legId),
  );
}

// Unclaimed money belongs to the smallest division that one of its accounts lies in, so that this county may act on it.
function divisionOf(flow: Flow, owners: Owners, facts: ProjectionFacts): string {
  const divisions = [owners.payerOrgId, owners.payeeOrgId]
    .map((orgId) => (orgId === null ? '' : (facts.divisionOf(orgId) ?? '')))
    .sort((left, right) => right.length - left.length);
  const smallest = divisions[0] ?? '';
  return smallest === '' ? (facts.divisionOf(flow.bankId) ?? '') : smallest;
}

type Content = Pick<
  FlowDoc,
  | 'bankId'
  | 'account'
  | 'direction'
  | 'bookingDate'
  | 'serialNo'
  | 'subIndex'
  | 'amountFen'
  | 'currency'
  | 'payerAccount'
  | 'payeeAccount'
  | 'payerName'
  | 'payeeName'
  | 'reversal'
>;

function content(flow: Flow): Content {
  return {
    bankId: flow.bankId,
    account: flow.account,
    direction: flow.direction,
    bookingDate: flow.bookingDate,
    serialNo: flow.serialNo,
    subIndex: flow.subIndex,
    amountFen: BigInt(flow.amountFen),
    currency: flow.currency,
    payerAccount: flow.payer.account,
    payeeAccount: flow.payee.account,
    payerName: flow.payer.name,
    payeeName: flow.payee.name,
    reversal: flow.reversal,
  };
}

type Became = Pick<
  FlowDoc,
  | 'state'
  | 'status'
  | 'draftId'
  | 'legId'
  | 'resultCodes'
  | 'checks'
  | 'returnedFen'
  | 'originalFlowKey'
  | 'sightings'
  | 'conflicts'
  | 'ingestedAt'
  | 'decidedAt'
>;

function became(flow: Flow, outcome: FlowOutcome | null, stamp: Stamp): Became {
  if (outcome === null) return { ...untouched(flow), ingestedAt: stamp.at };
  return {
    state: outcome.state,
    status: outcome.status,
    draftId: outcome.draftId,
    legId: outcome.legId,
    resultCodes: outcome.resultCodes,
    checks: outcome.checks,
    returnedFen: BigInt(outcome.returnedFen),
    originalFlowKey: outcome.originalFlowKey,
    sightings: outcome.sightings,
    conflicts: outcome.conflicts,
    ingestedAt: new Date(outcome.ingested.at),
    decidedAt: outcome.decided === null ? null : new Date(outcome.decided.at),
  };
}

function untouched(flow: Flow): Omit<Became, 'ingestedAt'> {
  return {
    state: flow.status === 'PDNG' ? 'PENDING' : 'WAITING',
    status: flow.status,
    draftId: null,
    legId: null,
    resultCodes: [],
    checks: [],
    returnedFen: 0n,
    originalFlowKey: null,
    sightings: 0,
    conflicts: 0,
    decidedAt: null,
  };
}
