/** From REG writes to the documents of registrations. */
import type { Leg } from '#kernel/records/draft.ts';
import type { Registration } from '#kernel/records/reconciliation.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import { legParties } from '../read-model/facts.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { RegistrationDoc } from './registration.schema.ts';

/** A registration as it stands after a write; amount and deadline are those planned for its leg. */
export function projectRegistration(
  id: string,
  record: Registration,
  stamp: Stamp,
  facts: ProjectionFacts,
): RegistrationDoc {
  const draft = facts.draft(record.draftId);
  const leg = draft?.PlanPath.find((one) => one.legId === record.legId);
  return {
    ...derivedFields(id, stamp, record.registered.at),
    division: draft?.division ?? '',
    parties: distinct([
      record.registered.orgId,
      record.bankId,
      ...(leg === undefined ? [] : legParties(leg)),
    ]),
    draftId: record.draftId,
    legId: record.legId,
    projectId: draft?.ProjectID ?? null,
    ...planned(leg),
    serialNo: record.serialNo,
    bookingDate: record.bookingDate,
    bankId: record.bankId,
    account: record.account,
    state: record.state,
    flowKey: record.flowKey,
    registeredBy: record.registered.by,
    registeredAt: new Date(record.registered.at),
    withdrawalRequested: record.withdrawalRequested !== null && record.withdrawn === null,
    record,
  };
}

type Planned = Pick<RegistrationDoc, 'kind' | 'payerOrgId' | 'payeeOrgId' | 'amountFen' | 'deadline'>;

function planned(leg: Leg | undefined): Planned {
  if (leg === undefined) {
    return { kind: null, payerOrgId: null, payeeOrgId: null, amountFen: 0n, deadline: null };
  }
  const { kind, payer, payee, deadline } = leg;
  return {
    kind,
    payerOrgId: payer.orgId,
    payeeOrgId: payee.orgId,
    amountFen: BigInt(leg.amountFen),
    deadline,
  };
}
