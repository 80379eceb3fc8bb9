/** The domain events of a transaction: its one chaincode event opened and checked. */
import type { LedgerEvent } from '../../blockchain/ledger.port.ts';
import { envelopeName, eventEnvelope } from '#kernel/records/events.ts';
import type { DomainEvent } from '#kernel/records/events.ts';
import type { SubjectIds } from './chain.schema.ts';

/** The domain events that a transaction carries; none when it has no event, or one of another name or form. */
export function domainEventsOf(event: LedgerEvent | null): readonly DomainEvent[] {
  if (event?.name !== envelopeName) return [];
  try {
    const parsed = eventEnvelope.safeParse(JSON.parse(event.payload));
    return parsed.success ? parsed.data.events : [];
  } catch {
    return [];
  }
}

/** The ids that one event is about, null where it names none. */
export function subjectIds(event: DomainEvent | undefined): SubjectIds {
  const subject = event?.subject ?? {};
  return {
    projectId: subject.projectId ?? null,
    draftId: subject.draftId ?? null,
    legId: subject.legId ?? null,
    flowKey: subject.flowKey ?? null,
    alertId: subject.alertId ?? null,
    orgId: subject.orgId ?? null,
  };
}
