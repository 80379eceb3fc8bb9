/** The one derivation of the read model: a block, and what was learnt before it, give the documents it writes. */
import type { LedgerBlock, LedgerTransaction } from '../../blockchain/ledger.port.ts';
import type { DomainEvent } from '#kernel/records/events.ts';
import { projectActivities } from '../activity/activity.projection.ts';
import { projectBlock, projectTransaction } from '../chain/chain.projection.ts';
import { creatorOf } from '../chain/creator.rules.ts';
import { domainEventsOf } from '../chain/envelope.rules.ts';
import type { FlowDoc } from '../flow/flow.schema.ts';
import { distinct } from './derived.ts';
import type { Facts } from './facts.ts';
import { deriveRecords, put } from './record-projections.ts';
import type { DocumentWrite } from './record-projections.ts';

/** What a block gives. */
export interface Derivation {
  readonly writes: readonly DocumentWrite[];
  /** Domain events of its valid transactions, in order, with division and organisations filled in where known. */
  readonly events: readonly DomainEvent[];
}

/**
 * Derives the documents of one block; `facts` learns from it and must have learnt from all blocks before it.
 * @throws SyntaxError or TypeError when a record on the ledger has not the form that the contracts write
 */
export function deriveBlock(block: LedgerBlock, facts: Facts): Derivation {
  const writes: DocumentWrite[] = [put('block', projectBlock(block))];
  const all: DomainEvent[] = [];
  block.transactions.forEach((tx, txIndex) => {
    const stamp = { block: block.number, txIndex, txId: tx.transactionId, at: new Date(block.timestampMs) };
    const records = tx.code === 'VALID' ? deriveRecords(tx, stamp, facts) : [];
    const events = domainEventsOf(tx.event).map((event) => withScope(event, { tx, records, facts }));
    writes.push(...records, put('transaction', projectTransaction(tx, events, stamp)));
    if (tx.code !== 'VALID') return;
    for (const activity of projectActivities(tx, events, stamp)) writes.push(put('activity', activity));
    all.push(...events);
  });
  return { writes, events: all };
}

interface Around {
  readonly tx: LedgerTransaction;
  readonly records: readonly DocumentWrite[];
  readonly facts: Facts;
}

/**
 * Fills in whom an event concerns, where the contract could not know it: the owners of a flow's accounts. An event that
 * names no place happened where its author is.
 */
function withScope(event: DomainEvent, { tx, records, facts }: Around): DomainEvent {
  const { flowKey } = event.subject;
  const written = records.find((one) => one.model === 'flow' && one.id === flowKey)?.doc;
  const flow = written as FlowDoc | null | undefined;
  const author = creatorOf(tx.creator.certificate).orgId;
  return {
    ...event,
    orgIds: distinct([...event.orgIds, ...(flow?.parties ?? [])]),
    division: divisionOf(event, facts) ?? flow?.division ?? facts.divisionOf(author) ?? '',
  };
}

function divisionOf({ division, subject }: DomainEvent, facts: Facts): string | undefined {
  if (division !== '') return division;
  const ofDraft = subject.draftId === undefined ? undefined : facts.draft(subject.draftId)?.division;
  const ofProject = subject.projectId === undefined ? undefined : facts.project(subject.projectId)?.division;
  const ofOrg = subject.orgId === undefined ? undefined : facts.divisionOf(subject.orgId);
  return ofDraft ?? ofProject ?? ofOrg;
}
