/** What a person may see of what stands in a transaction: of each matter that it is about, what is theirs. */
import type { DomainEvent } from '#kernel/records/events.ts';
import { flowKeyOf, splitCompositeKey } from '#kernel/records/keys.ts';
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

/** What is read of a transaction to tell its matters. */
type Read = Pick<LedgerTransaction, 'fn' | 'args' | 'event'>;
type Shown = Pick<LedgerTransaction, 'args' | 'reads' | 'writes' | 'event' | 'result'>;

/** What one person may see of a transaction's contents. */
export interface Contents extends Shown {
  /** False when it is also about flows of others, which are left out with all that hangs together with them. */
  readonly isWhole: boolean;
}

/**
 * Of flows that a bank's machine brought together a person sees those inside their own scope; of any other transaction all or
 * nothing: all when they may see every matter that it is about.
 * @param seenFlows of the keys that `flowKeysOf` names, those of the flows inside the person's scope
 * @returns null when nothing of it is in scope
 */
export function contentsFor(
  person: ScopePerson,
  doc: Indexed,
  tx: Read & Shown,
  seenFlows: ReadonlySet<string>,
): Contents | null {
  const { args, reads, writes, event, result } = tx;
  const whole = { isWhole: true, args, reads, writes, event, result };
  const keys = flowKeysOf(tx);
  if (keys.length === 0) return seesAll(person, doc, tx) ? whole : null;
  if (keys.every((key) => seenFlows.has(key))) return whole;
  return keys.some((key) => seenFlows.has(key)) ? partOf(tx, seenFlows) : null;
}

/** The flows that a transaction took in together; none for one that took in a single flow, or did something else. */
export function flowKeysOf(tx: Read): string[] {
  return entriesOf(tx).map(({ flow }) => flowKeyOf(flow));
}

function seesAll(person: ScopePerson, doc: Indexed, tx: Read): boolean {
  const sees = ({ division, parties }: Matter): boolean =>
    inScope(person, { division, parties, draftParties: parties, contract: doc.contract }, 'transaction');
  const matters = mattersOf(tx);
  return sees(doc) && (matters.length < 2 || matters.every(sees));
}

/** What of a transaction is about these flows and nothing else: a draft's own record may show what belongs to others. */
function partOf(tx: Read & Shown, flowKeys: ReadonlySet<string>): Contents {
  const isTheirs = ({ key }: { readonly key: string }): boolean => flowKeys.has(flowOfKey(key));
  const events = domainEventsOf(tx.event).filter(({ subject }) => flowKeys.has(subject.flowKey ?? ''));
  const isBrought = flowKeysOf(tx).map((key) => flowKeys.has(key));
  const ofEntries = (name: string, text: string): string => {
    const all = (JSON.parse(text) as Record<string, unknown[]>)[name] ?? [];
    return JSON.stringify({ [name]: all.filter((_, at) => isBrought[at]) });
  };
  return {
    isWhole: false,
    args: tx.args.slice(0, 1).map((text) => ofEntries('entries', text)),
    reads: tx.reads.filter(isTheirs),
    writes: tx.writes.filter(isTheirs),
    event: tx.event && { ...tx.event, payload: JSON.stringify({ v: 1, events }) },
    result: ofEntries('replies', tx.result),
  };
}

/** The flow whose content or outcome stands under a key of the world state; '' for any other key. */
function flowOfKey(key: string): string {
  const found = splitCompositeKey(key);
  return found !== null && ['FLOW', 'FLOWSTATE'].includes(found.type) ? found.parts.join('~') : '';
}

/** Events that share a project, a draft, a flow or an alert are one matter. */
export function mattersOf(tx: Read): Matter[] {
  let groups: { readonly ids: readonly string[]; readonly events: readonly DomainEvent[] }[] = [];
  for (const event of domainEventsOf(tx.event)) {
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

function entriesOf({ fn, args }: Read): readonly { readonly flow: Flow }[] {
  if (fn !== 'ingestAll') return [];
  return (JSON.parse(args[0] ?? '') as { readonly entries: readonly { readonly flow: Flow }[] }).entries;
}
