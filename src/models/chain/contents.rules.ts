/** What a person may see of what stands in a transaction: of each matter that it is about, what is theirs. */
import type { DomainEvent } from '#kernel/records/events.ts';
import { flowKeyOf, splitCompositeKey } from '#kernel/records/keys.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';
import type { LedgerTransaction } from '../../blockchain/ledger.port.ts';
import { inScope, type ScopePerson } from '../member/scope.rules.ts';
import { domainEventsOf } from './envelope.rules.ts';

/** One of the independent matters of a transaction, and whom it concerns. */
export interface Matter {
  /** Kind and id of everything that it is about, as `idsOf` names them. */
  readonly ids: readonly string[];
  readonly division: string;
  readonly parties: readonly string[];
}

/** Part of the index entry of a transaction. */
interface Indexed {
  readonly division: string;
  readonly parties: readonly string[];
  readonly contract: string;
}

/** What is read of a transaction to tell its matters. */
type Read = Pick<LedgerTransaction, 'fn' | 'args' | 'event'>;
type Shown = Pick<LedgerTransaction, 'args' | 'reads' | 'writes' | 'event' | 'result'>;

/** What one person may see of a transaction's contents. */
export interface Contents extends Shown {
  /** False when it is also about matters of others, which are left out. */
  readonly isWhole: boolean;
}

/**
 * Of a transaction that is about several matters, as when a bank's flows were taken in together, a person sees the
 * matters inside their own scope; of one that is about one matter, everything.
 * @returns null when nothing of it is in scope
 */
export function contentsFor(person: ScopePerson, doc: Indexed, tx: Read & Shown): Contents | null {
  const sees = ({ division, parties }: Pick<Matter, 'division' | 'parties'>): boolean =>
    inScope(person, { division, parties, draftParties: parties, contract: doc.contract }, 'transaction');
  if (!sees(doc)) return null;
  const { args, reads, writes, event, result } = tx;
  const matters = mattersOf(tx);
  const seen = matters.filter(sees);
  if (matters.length < 2 || seen.length === matters.length)
    return { isWhole: true, args, reads, writes, event, result };
  return seen.length === 0 ? null : partOf(tx, new Set(seen.flatMap(({ ids }) => ids)));
}

/** What of a transaction is about these ids. */
function partOf(tx: Read & Shown, ids: ReadonlySet<string>): Contents {
  const isTheirs = ({ key }: { readonly key: string }): boolean => ids.has(idOfKey(key) ?? '');
  const events = domainEventsOf(tx.event).filter((event) => idsOf(event).some((id) => ids.has(id)));
  const isBrought = entriesOf(tx).map(({ flow }) => ids.has(`flowKey ${flowKeyOf(flow)}`));
  const ofEntries = (name: string, text: string): string => {
    const all = (JSON.parse(text) as Record<string, unknown[]>)[name] ?? [];
    return JSON.stringify({ [name]: all.filter((_, at) => isBrought[at]) });
  };
  const isList = isBrought.length > 0;
  return {
    isWhole: false,
    args: isList ? tx.args.slice(0, 1).map((text) => ofEntries('entries', text)) : [],
    reads: tx.reads.filter(isTheirs),
    writes: tx.writes.filter(isTheirs),
    event: tx.event && { ...tx.event, payload: JSON.stringify({ v: 1, events }) },
    result: isList ? ofEntries('replies', tx.result) : '',
  };
}

/** Types of key that name what they are about: of which id it is, and how many of the key's parts the id takes. */
const subjects = new Map<string, { readonly kind: string; readonly parts: number }>([
  ...['FLOW', 'FLOWSTATE'].map((type) => [type, { kind: 'flowKey', parts: 6 }] as const),
  ...['DRAFT', 'REG', 'ALLOC'].map((type) => [type, { kind: 'draftId', parts: 1 }] as const),
  ['PROJECT', { kind: 'projectId', parts: 1 }],
  ['ALERT', { kind: 'alertId', parts: 1 }],
]);

/** What a key of the world state is about; null where the key alone does not tell. */
function idOfKey(key: string): string | null {
  const found = splitCompositeKey(key);
  const subject = subjects.get(found?.type ?? '');
  return subject === undefined ? null : `${subject.kind} ${found?.parts.slice(0, subject.parts).join('~')}`;
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
  return groups.map(({ ids, events }) => ({
    ids: [...new Set(ids)],
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
function flowsBrought(tx: Read): DomainEvent[] {
  return entriesOf(tx).map(({ flow }) => ({
    type: 'flow.brought',
    subject: { flowKey: flowKeyOf(flow) },
    orgIds: [flow.bankId],
    division: '',
  }));
}

function entriesOf({ fn, args }: Read): readonly { readonly flow: Flow }[] {
  if (fn !== 'ingestAll') return [];
  return (JSON.parse(args[0] ?? '') as { readonly entries: readonly { readonly flow: Flow }[] }).entries;
}
