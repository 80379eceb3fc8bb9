/** From the domain events of a valid transaction to activities. */
import type { LedgerTransaction } from '../../blockchain/ledger.port.ts';
import type { DomainEvent } from '#kernel/records/events.ts';
import { creatorOf } from '../chain/creator.rules.ts';
import { subjectIds } from '../chain/envelope.rules.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import type { ActivityDoc } from './activity.schema.ts';

/** One activity per domain event, in the order in which the contract emitted them. */
export function projectActivities(
  tx: LedgerTransaction,
  events: readonly DomainEvent[],
  stamp: Stamp,
): ActivityDoc[] {
  const creator = creatorOf(tx.creator.certificate);
  const at = new Date(tx.timestampMs);
  return events.map((event, seq) => ({
    ...derivedFields(`${tx.transactionId}~${seq}`, stamp, at.toISOString()),
    ...subjectIds(event),
    division: event.division,
    parties: distinct([creator.orgId, ...event.orgIds]),
    type: event.type,
    otherId: event.subject.id ?? null,
    contract: tx.contract,
    fn: tx.fn,
    creatorUserId: creator.userId,
    creatorOrgId: creator.orgId,
    at,
    seq,
  }));
}
