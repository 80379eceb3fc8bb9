/** Manual match: two persons of the payer say which legs a movement belongs to, where no registration can; no check is set aside. */
import type { z } from 'zod';
import { sha256Hex } from '#kernel/canonical-json.ts';
import { decideList } from '#kernel/decide.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { FlowState, ManualMatch, Part, reconciliationArgs } from '#kernel/records/reconciliation.ts';
import { requireOrganisation } from '../scope.ts';
import { requirePost } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';
import { holdings } from './allocation.ts';
import { batchOf } from './batch.ts';
import { Book } from './book.ts';
import type { Movement, Place } from './book.ts';
import { bind } from './pairing.ts';
import { enterAll, listedPlaces, sorted } from './register.ts';
import { link, takenBackBy } from './returns.ts';
import { takeOff, withdrawable } from './withdraw.ts';

type MatchArgs = z.infer<typeof reconciliationArgs.match>;
type Proposal = Extract<MatchArgs, { action: 'propose' }>;
type Decision = Exclude<MatchArgs, { action: 'propose' }>;
/** What proposing, confirming and refusing answer. */
export interface MatchReply {
  readonly outcome: 'DONE';
  readonly id: string;
  readonly state: ManualMatch['state'];
}

const open: readonly FlowState[] = ['WAITING', 'MISMATCH', 'WAITING_PREDECESSOR'];

/**
 * One person of the payer proposes (handle), another confirms or refuses (check); reason, evidence and both acts stay.
 * @throws Refusal NOT_PAYER, SAME_PERSON, WRONG_STATE, SUM_MISMATCH, LEG_TAKEN (the serial is another registration's),
 * CHECKS_FAILED with the names of the checks that do not hold: payee, payer, amount, time and all others must
 */
export async function match(tx: Tx, args: MatchArgs): Promise<MatchReply> {
  return args.action === 'propose' ? propose(tx, args) : conclude(tx, args);
}

async function propose(tx: Tx, args: Proposal): Promise<MatchReply> {
  requirePost(tx.caller, ['handle']);
  const book = new Book(tx);
  const movement = await mustMovement(book, args.flowKey);
  if (movement.outcome.proposal !== undefined) throw new Refusal('WRONG_STATE', { flowKey: args.flowKey });
  const record: ManualMatch = {
    id: `match-${sha256Hex(`${args.flowKey}\n${args.requestId}`).slice(0, 24)}`,
    kind: movement.flow.reversal ? 'return' : 'payment',
    flowKey: args.flowKey,
    originalFlowKey: args.originalFlowKey ?? movement.outcome.originalFlowKey,
    parts: sorted(args.parts),
    reason: args.reason,
    evidence: args.evidence,
    state: 'PROPOSED',
    payerOrgId: tx.caller.orgId,
    proposed: book.act,
    decided: null,
    opinion: '',
  };
  await requireSound(book, movement, record);
  movement.outcome.proposal = record.id;
  return done(book, movement, record);
}

async function conclude(tx: Tx, args: Decision): Promise<MatchReply> {
  requirePost(tx.caller, ['check']);
  const record = await tx.must('MATCH', keyParts.MATCH(args.id));
  requireOrganisation(tx.caller, record.payerOrgId);
  if (record.state !== 'PROPOSED') throw new Refusal('WRONG_STATE', { id: args.id, state: record.state });
  if (record.proposed.by === tx.caller.userId) throw new Refusal('SAME_PERSON', { id: args.id });
  const book = new Book(tx);
  const movement = await mustMovement(book, record.flowKey);
  delete movement.outcome.proposal;
  record.decided = book.act;
  record.opinion = args.opinion;
  record.state = args.action === 'confirm' ? 'CONFIRMED' : 'REFUSED';
  if (args.action === 'confirm') {
    const places = await requireSound(book, movement, record);
    movement.outcome.manual = record.id;
    await (record.kind === 'payment' ? matchPayment : matchReturn)(book, movement, { record, places });
  }
  return done(book, movement, record);
}

async function done(book: Book, movement: Movement, record: ManualMatch): Promise<MatchReply> {
  book.touchFlow(movement.key);
  book.tx.put('MATCH', keyParts.MATCH(record.id), record);
  const { draftId = '', legId = '' } = record.parts[0] ?? {};
  const draft = await book.draft(draftId);
  book.tx.emit({
    type: `match.${record.state.toLowerCase()}`,
    subject: { draftId, legId, flowKey: movement.key, id: record.id },
    orgIds: [record.payerOrgId, movement.flow.bankId],
    division: draft?.division ?? '',
  });
  book.save();
  return { outcome: 'DONE', id: record.id, state: record.state };
}

async function mustMovement(book: Book, key: string): Promise<Movement> {
  const movement = await book.movement(key);
  if (movement === null) throw new Refusal('NOT_FOUND', { flowKey: key });
  return movement;
}

/** What must hold at the proposal and again at the confirmation. */
async function requireSound(book: Book, movement: Movement, record: ManualMatch): Promise<Place[]> {
  const { flow, outcome, key } = movement;
  const places = await listedPlaces(book, record.parts);
  const sum = record.parts.reduce((total, one) => total + BigInt(one.amountFen), 0n);
  if (sum !== takenBackBy(flow)) throw new Refusal('SUM_MISMATCH', { flowKey: key });
  if (!open.includes(outcome.state)) throw new Refusal('WRONG_STATE', { flowKey: key, state: outcome.state });
  if (record.kind === 'return') await requireReturn(book, movement, record);
  else await requirePayment(book, movement, { record, places });
  return places;
}

interface Matching {
  readonly record: ManualMatch;
  readonly places: readonly Place[];
}

/** The same decision that a registration of the flow's own serial would get. */
async function requirePayment(book: Book, movement: Movement, { record, places }: Matching): Promise<void> {
  const { flow, outcome } = movement;
  const registration = {
    ...{ serialNo: flow.serialNo, bookingDate: flow.bookingDate, bankId: flow.bankId, account: flow.account },
  };
  const batch = await batchOf(book, movement);
  const decisions = decideList(
    places.map(({ draft, leg }) => ({
      ...{ draft, leg, registration, flow, flowStatus: outcome.status, allocations: [] },
      ...shareIn(record, draft.DraftID, leg.legId),
      ...(batch === undefined ? {} : { batch }),
    })),
  );
  const right = decisions.every(({ verdict }) => verdict === 'MATCHED' || verdict === 'WAITING_PREDECESSOR');
  if (right) return;
  const names = decisions.flatMap(({ checks }) =>
    checks.filter((line) => !line.ok && line.severity === 'fail'),
  );
  throw new Refusal('CHECKS_FAILED', { checks: [...new Set(names.map((line) => line.name))] });
}

function shareIn(
  { parts }: ManualMatch,
  draftId: string,
  legId: string,
): { share?: { amountFen: string; totalFen: string } } {
  const part = parts.find((one) => one.draftId === draftId && one.legId === legId);
  if (part === undefined || parts.length === 1) return {};
  const totalFen = String(parts.reduce((sum, one) => sum + BigInt(one.amountFen), 0n));
  return { share: { amountFen: part.amountFen, totalFen } };
}

/** Every leg of the match still holds as much of the original payment as is taken back from it. */
async function requireReturn(book: Book, movement: Movement, record: ManualMatch): Promise<void> {
  const original = record.originalFlowKey === null ? null : await book.movement(record.originalFlowKey);
  if (original === null) throw new Refusal('NOT_FOUND', { flowKey: record.originalFlowKey ?? '' });
  const { outcome, key } = original;
  if (!mayUndo(original, movement)) throw new Refusal('WRONG_STATE', { flowKey: key });
  for (const part of record.parts) {
    const draft = await book.draft(part.draftId);
    const held = draft === null ? undefined : holdings(draft, key, outcome.returns ?? []).get(part.legId);
    if ((held ?? 0n) < BigInt(part.amountFen)) throw new Refusal('CHECKS_FAILED', { checks: ['amount'] });
  }
}

/** A proven payment of the same account and currency, and not another one than the bank named. */
function mayUndo({ flow, outcome, key }: Movement, back: Movement): boolean {
  const linked = back.outcome.originalFlowKey;
  if (linked !== null && linked !== key) return false;
  const isProven = outcome.state === 'MATCHED' || outcome.state === 'RETURNED';
  return isProven && flow.account === back.flow.account && flow.currency === back.flow.currency;
}

/** Registrations that stood there are withdrawn with the reason; the match registers the flow's own serial and decides. */
async function matchPayment(book: Book, movement: Movement, { record, places }: Matching): Promise<void> {
  const { flow } = movement;
  for (const place of places) {
    const standing = await book.registrationOf(place);
    if (standing !== null && withdrawable.includes(standing.state))
      await takeOff(book, place, standing, record.reason);
  }
  await requireUnclaimed(book, movement);
  const { serialNo, bookingDate, subIndex } = flow;
  const part = subIndex === 0 ? {} : { subIndex };
  const parts: Part[] | undefined = record.parts.length > 1 ? record.parts : undefined;
  enterAll(book, places, { serialNo, bookingDate, ...part, parts, manual: record.id });
  const [first] = places;
  if (first !== undefined) await bind(book, first, movement);
}

/** Another leg's registration of this serial must be withdrawn by its own payer first. @throws Refusal LEG_TAKEN */
async function requireUnclaimed(book: Book, { flow }: Movement): Promise<void> {
  const { subIndex } = flow;
  for (const part of subIndex === 0 ? [0] : [subIndex, 0]) {
    const claim = await book.tx.get('CLAIM', keyParts.CLAIM({ ...flow, subIndex: part }));
    if (claim === null || claim.released) continue;
    throw new Refusal('LEG_TAKEN', { draftId: claim.draftId, legId: claim.legId });
  }
}

async function matchReturn(book: Book, movement: Movement, { record }: Matching): Promise<void> {
  const original = await mustMovement(book, record.originalFlowKey ?? '');
  movement.outcome.parts = record.parts;
  await link(book, movement, original);
}
