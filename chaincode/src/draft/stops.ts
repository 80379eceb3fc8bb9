/** Stopping a draft: freeze and unfreeze, cancel before the first match, recall of the remainder after it. */
import type { z } from 'zod';
import { rollToWorkingDay } from '#kernel/dates.ts';
import { isRecalling } from '#kernel/draft-status.ts';
import { openLeg } from '#kernel/new-draft.ts';
import { returnLegs } from '#kernel/recall-plan.ts';
import type { Draft, draftArgs } from '#kernel/records/draft.ts';
import { placeIn } from '../reconciliation/book.ts';
import type { Book } from '../reconciliation/book.ts';
import { settle } from '../reconciliation/settle.ts';
import { Refusal } from '../refusal.ts';
import { requireOrganisation, requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { cancelOpenLegs, emitDraft, openDraft, requireLive } from './open-draft.ts';
import { calendarOf } from './plan-check.ts';
import { refuseOpenRequests } from './redemption.ts';

type StopArgs = z.infer<typeof draftArgs.freeze>;
/** What freezing, recalling or cancelling answers. */
export interface StopReply {
  readonly outcome: 'DONE';
  readonly status: Draft['Status'];
  /** True after the first of two persons. */
  readonly pending: boolean;
}

/** Only the issuer's organisation. @throws Refusal OUT_OF_SCOPE, WRONG_STATE */
export async function freeze(tx: Tx, args: StopArgs): Promise<StopReply> {
  const { book, draft } = await openOwn(tx, args.DraftID);
  requireLive(draft);
  draft.frozen = { act: book.act, reason: args.reason, from: draft.Status };
  return done(book, draft, 'draft.frozen');
}

/** Another person of the issuer lifts the freeze; what waited or failed for it alone is decided again. @throws Refusal SAME_PERSON */
export async function unfreeze(tx: Tx, args: StopArgs): Promise<StopReply> {
  const { book, draft } = await openOwn(tx, args.DraftID);
  if (draft.frozen === null) throw new Refusal('WRONG_STATE', { status: draft.Status });
  requireOtherPerson(tx.caller, [draft.frozen.act]);
  draft.frozen = null;
  book.restand(draft);
  for (const leg of draft.PlanPath) {
    const place = placeIn(draft, leg.legId);
    if (place !== null && place.progress.flowKey !== null) await settle(book, place);
  }
  return done(book, draft, 'draft.unfrozen');
}

/** Two persons of the issuer, only before the first match. @throws Refusal WRONG_STATE, SAME_PERSON */
export async function cancel(tx: Tx, args: StopArgs): Promise<StopReply> {
  const { book, draft } = await openOwn(tx, args.DraftID);
  requireLive(draft);
  if (draft.ActualPath.some((entry) => entry.kind === 'payment')) {
    throw new Refusal('WRONG_STATE', { draftId: draft.DraftID, reason: 'matched' });
  }
  if (isFirst(tx, draft, 'cancel')) {
    draft.pending = { action: 'cancel', reason: args.reason, act: book.act };
    return done(book, draft, 'draft.cancel-requested');
  }
  draft.pending = null;
  draft.closedReason = args.reason;
  await cancelOpenLegs(book, draft);
  return done(book, draft, 'draft.cancelled');
}

/**
 * Two persons of the issuer: open legs end, the unspent remainder gets return legs up the path.
 * @throws Refusal WRONG_STATE before the first match, when nothing is left or a recall runs; SAME_PERSON
 */
export async function recall(tx: Tx, args: z.infer<typeof draftArgs.recall>): Promise<StopReply> {
  const { book, draft } = await openOwn(tx, args.DraftID);
  requireLive(draft);
  const paid = draft.ActualPath.some((entry) => entry.kind === 'payment');
  if (!paid || isRecalling(draft)) throw new Refusal('WRONG_STATE', { draftId: draft.DraftID });
  const deadline = rollToWorkingDay(args.deadline, await calendarOf(tx, [args.deadline]));
  if (isFirst(tx, draft, 'recall')) {
    draft.pending = { action: 'recall', reason: args.reason, act: book.act, deadline };
    return done(book, draft, 'draft.recall-requested');
  }
  const back = returnLegs(draft, deadline);
  if (back.length === 0) throw new Refusal('WRONG_STATE', { draftId: draft.DraftID, reason: 'spent' });
  draft.pending = null;
  draft.closedReason = args.reason;
  refuseOpenRequests(book, draft);
  await cancelOpenLegs(book, draft);
  draft.PlanPath.push(...back);
  draft.legs.push(...back.map((leg) => openLeg(leg)));
  return done(book, draft, 'draft.recalled');
}

async function openOwn(tx: Tx, draftId: string): Promise<{ book: Book; draft: Draft }> {
  const opened = await openDraft(tx, draftId);
  requireOrganisation(tx.caller, opened.draft.InstructionID);
  return opened;
}

/** Whether this is the first of two persons. A different act that was asked for before is replaced. @throws Refusal SAME_PERSON */
function isFirst(tx: Tx, draft: Draft, action: 'cancel' | 'recall'): boolean {
  if (draft.pending?.action !== action) return true;
  requireOtherPerson(tx.caller, [draft.pending.act]);
  return false;
}

function done(book: Book, draft: Draft, type: string): StopReply {
  book.touchDraft(draft);
  emitDraft(book, type, draft);
  book.save();
  return { outcome: 'DONE', status: draft.Status, pending: draft.pending !== null };
}
