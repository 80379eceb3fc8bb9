/** From MATCH writes to the documents of manual matches. */
import type { ManualMatch } from '#kernel/records/reconciliation.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import { legParties } from '../read-model/facts.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { MatchDoc } from './match.schema.ts';

/** A manual match as it stands after a write; it concerns whoever its legs concern. */
export function projectMatch(
  id: string,
  record: ManualMatch,
  stamp: Stamp,
  facts: ProjectionFacts,
): MatchDoc {
  const draftIds = distinct(record.parts.map((part) => part.draftId));
  const legs = record.parts.flatMap(({ draftId, legId }) =>
    (facts.draft(draftId)?.PlanPath ?? []).filter((leg) => leg.legId === legId),
  );
  const [bankId] = record.flowKey.split('~');
  return {
    ...derivedFields(id, stamp, record.proposed.at),
    division: facts.draft(draftIds[0] ?? '')?.division ?? '',
    parties: distinct([record.payerOrgId, bankId, ...legs.flatMap(legParties)]),
    kind: record.kind,
    flowKey: record.flowKey,
    originalFlowKey: record.originalFlowKey,
    state: record.state,
    payerOrgId: record.payerOrgId,
    draftIds,
    amountFen: record.parts.reduce((sum, part) => sum + BigInt(part.amountFen), 0n),
    proposedBy: record.proposed.by,
    proposedAt: new Date(record.proposed.at),
    decidedAt: record.decided === null ? null : new Date(record.decided.at),
    record,
  };
}
