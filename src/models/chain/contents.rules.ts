/** Who may see what stands in a transaction: whoever may see every matter that it is about, not only one of them. */
import type { DomainEvent } from '#kernel/records/events.ts';
import { flowKeyOf } from '#kernel/records/keys.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';
import type { LedgerTransaction } from '../../blockchain/ledger.port.ts';
import { inScope, type ScopePerson } from '../member/scope.rules.ts';
import { domainEventsOf } from './envelope.rules.ts';

/** Whom one of the independent matters of a transaction concerns. */
export interface Matter {
  readonly division: string;
  readonly parties: readonly string[];
}

/** Part of the index entry of a transaction. */
interface Indexed {
  readonly division: string;
  readonly parties: readonly string[];
  readonly contract: string;
}

/** What is read of a transaction itself. */
type Read = Pick<LedgerTransaction, 'fn' | 'args' | 'event'>;

/**
 * A transaction that is about several matters, as when a bank's flows were taken in together, shows its contents to those
 * alone who may see each of them.
 */
export function maySeeContents(person: ScopePerson, doc: Indexed, tx: Read): boolean {
  const sees = ({ division, parties }: Matter): boolean =>
    inScope(person, { division, parties, draftParties: parties, contract: doc.contract }, 'transaction');
  const matters = mattersOf(tx);
  return sees(doc) && (matters.length < 2 || matters.every(sees));
}

/** Events that share a project, a draft, a flow or an alert are one matter; so is a flow that was brought without effect. */
export function mattersOf(tx: Read): Matter[] {
  let groups: { readonly ids: readonly string[]; readonly events: readonly DomainEvent[] }[] = [];
  for (const event of [...domainEventsOf(tx.event), ...flowsBrought(tx)]) {
    const ids = idsOf(event);
    if (ids.length === 0) continue;
    const same = groups.filter((group) => group.ids.some((id) => ids.includes(id)));
    const joined = {
      ids: [...same.flatMap((group) => group.ids), ...ids],
      events: [...same.flatMap((group) => group.events), event],
    };
    groups = [...groups.filter((group) => !same.includes(group)), joined];
  }
  return groups.map(({ events }) => ({
    division: events.find(({ division }) => division !== '')?.division ?? '',
    parties: [...new Set(events.flatMap(({ orgIds }) => orgIds))],
  }));
}

function idsOf({ subject }: DomainEvent): string[] {
  const { projectId, draftId, flowKey, alertId } = subject;
  return Object.entries({ projectId, draftId, flowKey, alertId }).flatMap(([kind, id]) =>
    id === undefined ? [] : [`${kind} ${id}`],
  );
}

/** The flows of `ingestAll`, each as what its bank knows of it. */
function flowsBrought({ fn, args }: Read): DomainEvent[] {
  if (fn !== 'ingestAll') return [];
  const { entries } = JSON.parse(args[0] ?? '') as { readonly entries: readonly { readonly flow: Flow }[] };
  return entries.map(({ flow }) => ({
    type: 'flow.brought',
    subject: { flowKey: flowKeyOf(flow) },
    orgIds: [flow.bankId],
    division: '',
  }));
}
