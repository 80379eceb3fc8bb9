/** Taking in one bank movement: first sight, repeat, sighting, conflict, booking or drop of a pending one. */
import { contentHashOf } from '#kernel/canonical-json.ts';
import { flowKeyOf, keyParts } from '#kernel/records/keys.ts';
import type { DecisionReply, Flow, FlowOutcome } from '#kernel/records/reconciliation.ts';
import { Refusal } from '../refusal.ts';
import type { RecordKey, Tx } from '../tx.ts';
import { noteBatch } from './batch.ts';
import { Book } from './book.ts';
import type { Movement } from './book.ts';
import { reportConflict } from './conflict.ts';
import { pairFlow, pairRegistration, unbind } from './pairing.ts';
import { linkReceipt } from './receipts.ts';
import { replyForFlow } from './reply.ts';
import { linkEarlierReturns, linkReturn, waitingReturns } from './returns.ts';
import { ruleVersion } from './settle.ts';

/**
 * Takes in a flow of the caller's own bank and decides whatever it completes, in the same transaction.
 * @throws Refusal FLOW_NOT_OWN_BANK
 */
export async function ingest(tx: Tx, args: { flow: Flow; drop: boolean }): Promise<DecisionReply> {
  const { flow, drop } = args;
  requireOwnBank(tx, flow);
  const book = new Book(tx);
  const key = flowKeyOf(flow);
  const known = await book.movement(key);
  if (known !== null) return again(book, known, flow, drop);
  const movement: Movement = { key, flow, outcome: firstOutcome(book, key, flow, drop) };
  book.bring(movement);
  tx.emit({ type: 'flow.ingested', subject: { flowKey: key }, orgIds: [flow.bankId] });
  if (!drop) await route(book, movement);
  book.save();
  return replyForFlow(book, movement, 'accepted');
}

/** The records that the taking in of a flow begins with. */
export function readsOfIngest({ flow }: { readonly flow: Flow }): RecordKey[] {
  const own: RecordKey = ['FLOW', keyParts.FLOW(flow)];
  if (flow.direction !== 'DBIT' || flow.reversal || flow.fee === true || flow.batch === true) return [own];
  return [own, waitingReturns(flow), ['CLAIM', keyParts.CLAIM(flow)]];
}

/** A bank speaks for itself and for the account on its own side of the entry. */
function requireOwnBank(tx: Tx, flow: Flow): void {
  const own = flow.direction === 'DBIT' ? flow.payer.account : flow.payee.account;
  if (tx.caller.orgId !== flow.bankId || flow.account !== own) {
    throw new Refusal('FLOW_NOT_OWN_BANK', { bankId: flow.bankId });
  }
}

/** Where a movement goes: a return to its payment, a credit to its leg, a payment to its registration, a charge nowhere. */
async function route(book: Book, movement: Movement): Promise<void> {
  const { flow, outcome } = movement;
  if (flow.reversal) return linkReturn(book, movement);
  if (flow.fee === true) {
    if (outcome.status === 'BOOK') outcome.state = 'FEE';
    return;
  }
  const whole = outcome.status === 'BOOK' ? await noteBatch(book, movement) : [];
  if (flow.batch !== true) await routePayment(book, movement);
  for (const key of whole) {
    const part = key === movement.key ? null : await book.movement(key);
    if (part !== null) await pairFlow(book, part);
  }
}

async function routePayment(book: Book, movement: Movement): Promise<void> {
  if (movement.flow.direction === 'CRDT') return linkReceipt(book, movement);
  await linkEarlierReturns(book, movement);
  await pairFlow(book, movement);
}

function firstOutcome(book: Book, flowKey: string, flow: Flow, drop: boolean): FlowOutcome {
  const pending = flow.status === 'PDNG';
  return {
    flowKey,
    state: drop ? 'DROPPED' : pending ? 'PENDING' : 'WAITING',
    status: drop ? 'DROPPED' : flow.status,
    draftId: null,
    legId: null,
    resultCodes: [],
    checks: [],
    returnedFen: '0',
    originalFlowKey: null,
    sightings: 0,
    conflicts: 0,
    ruleVersion,
    ingested: book.act,
    decided: null,
  };
}

async function again(book: Book, known: Movement, flow: Flow, drop: boolean): Promise<DecisionReply> {
  const { outcome } = known;
  if (comparedOf(known.flow) !== comparedOf(flow) || (drop && outcome.status === 'BOOK')) {
    await reportConflict(book, known, flow);
    book.save();
    return replyForFlow(book, known, 'conflict');
  }
  sight(book, known, flow);
  const update = drop ? outcome.status === 'PDNG' : flow.status === 'BOOK' && outcome.status !== 'BOOK';
  if (update) await (drop ? dropPending(book, known) : bookPending(book, known));
  book.save();
  return replyForFlow(book, known, update ? 'updated' : 'duplicate');
}

async function bookPending(book: Book, known: Movement): Promise<void> {
  known.outcome.status = 'BOOK';
  if (known.outcome.state === 'PENDING' || known.outcome.state === 'DROPPED') known.outcome.state = 'WAITING';
  book.touchFlow(known.key);
  book.tx.emit({ type: 'flow.booked', subject: { flowKey: known.key }, orgIds: [known.flow.bankId] });
  await route(book, known);
}

async function dropPending(book: Book, known: Movement): Promise<void> {
  const { outcome, key } = known;
  const { draftId, legId } = outcome;
  Object.assign(outcome, { status: 'DROPPED', state: 'DROPPED', draftId: null, legId: null, checks: [] });
  outcome.resultCodes = [];
  delete outcome.parts;
  book.touchFlow(key);
  book.tx.emit({ type: 'flow.dropped', subject: { flowKey: key }, orgIds: [known.flow.bankId] });
  const place = draftId === null || legId === null ? null : await book.place(draftId, legId);
  if (place?.progress.flowKey !== key) return;
  await unbind(book, place);
  await pairRegistration(book, place);
}

/** The content that makes two reports of one movement the same (bank-push.md); the records carry normal forms already. */
function comparedOf(flow: Flow): string {
  const { amountFen, currency, payer, payee, reversal, originalSerialNo } = flow;
  const { batch = false, fee = false, feeFen = '0' } = flow;
  const marks = [reversal, originalSerialNo ?? '', batch, fee, feeFen];
  return [amountFen, currency, payer.account, payee.account, ...marks].join('~');
}

/** Differences in the other fields are counted once each, whatever message they came in. */
function sight(book: Book, known: Movement, flow: Flow): void {
  const hash = sightingHashOf(flow);
  const seen = known.outcome.sightingHashes ?? [];
  if (hash === sightingHashOf(known.flow) || seen.includes(hash)) return;
  known.outcome.sightingHashes = [...seen, hash].sort();
  known.outcome.sightings = known.outcome.sightingHashes.length;
  book.touchFlow(known.key);
}

function sightingHashOf({ txTime, payer, payee, purpose, reference }: Flow): string {
  const names = [payer.name, payer.bankNo, payee.name, payee.bankNo];
  return contentHashOf([txTime, names, purpose, reference]).slice(0, 16);
}
