/** From blocks to their summaries and to the index of transactions. */
import type { LedgerBlock, LedgerTransaction } from '../../blockchain/ledger.port.ts';
import type { DomainEvent } from '#kernel/records/events.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import type { BlockDoc, SubjectIds, TransactionDoc } from './chain.schema.ts';
import { creatorOf } from './creator.rules.ts';
import { subjectIds } from './envelope.rules.ts';

/** The summary of a block. */
export function projectBlock(block: LedgerBlock): BlockDoc {
  const at = new Date(block.timestampMs);
  const stamp = { block: block.number, txIndex: 0, txId: '', at };
  return {
    ...derivedFields(String(block.number), stamp, at.toISOString()),
    number: block.number,
    hash: block.hash,
    previousHash: block.previousHash,
    dataHash: block.dataHash,
    timestamp: at,
    transactions: block.transactions.length,
    valid: block.transactions.filter((tx) => tx.code === 'VALID').length,
    contracts: distinct(block.transactions.map((tx) => tx.contract)),
  };
}

/** The index entry of a transaction, valid or rejected; `events` are its domain events. */
export function projectTransaction(
  tx: LedgerTransaction,
  events: readonly DomainEvent[],
  stamp: Stamp,
): TransactionDoc {
  const creator = creatorOf(tx.creator.certificate);
  return {
    ...derivedFields(transactionIdOf(tx, stamp), stamp, new Date(tx.timestampMs).toISOString()),
    ...firstSubject(events),
    division: events.find((event) => event.division !== '')?.division ?? '',
    parties: distinct([creator.orgId, ...events.flatMap((event) => event.orgIds)]),
    contract: tx.contract,
    fn: tx.fn,
    creatorUserId: creator.userId,
    creatorOrgId: creator.orgId,
    mspId: tx.creator.mspId,
    code: tx.code,
    valid: tx.code === 'VALID',
    timestamp: new Date(tx.timestampMs),
    eventTypes: distinct(events.map((event) => event.type)),
    projectIds: distinct(events.map((event) => event.subject.projectId)),
    draftIds: distinct(events.map((event) => event.subject.draftId)),
  };
}

// A repeat of an id is rejected under that very id, and must not hide the transaction that holds it.
function transactionIdOf(tx: LedgerTransaction, stamp: Stamp): string {
  return tx.code === 'DUPLICATE_TXID'
    ? `${tx.transactionId}~${stamp.block}~${stamp.txIndex}`
    : tx.transactionId;
}

function firstSubject(events: readonly DomainEvent[]): SubjectIds {
  const all = events.map(subjectIds);
  const first = (key: keyof SubjectIds): string | null => all.find((one) => one[key] !== null)?.[key] ?? null;
  return {
    projectId: first('projectId'),
    draftId: first('draftId'),
    legId: first('legId'),
    flowKey: first('flowKey'),
    alertId: first('alertId'),
    orgId: first('orgId'),
  };
}
