/** Registering a bank serial for a leg, and withdrawing it: the payer's side of a reconciliation. */
import type { z } from 'zod';
import { isExitLeg } from '#kernel/draft-status.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { DecisionReply, reconciliationArgs, Registration } from '#kernel/records/reconciliation.ts';
import type { AlertRule } from '#kernel/records/alert.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';
import { Book, emitLeg, mustPlace, partiesOf } from './book.ts';
import type { Place } from './book.ts';
import { pairRegistration } from './pairing.ts';
import { replyForLeg, replyRefused } from './reply.ts';

/** Arguments of `register`. */
export type RegisterArgs = z.infer<typeof reconciliationArgs.register>;

/**
 * Ties a serial of the payer's account to a leg, then decides with what the bank has reported.
 * A serial that belongs to another leg, or a draft that is frozen or over, is REFUSED and committed with its alert.
 * @throws Refusal NOT_PAYER, NOT_FOUND, LEG_TAKEN
 */
export async function register(tx: Tx, args: RegisterArgs): Promise<DecisionReply> {
  const book = new Book(tx);
  const place = await mustPlace(book, args.draftId, args.legId);
  requirePayer(tx, place);
  const { bankId, account } = place.leg.payer;
  const claimKey = keyParts.CLAIM(bankId, account, args.bookingDate, args.serialNo);
  const claim = await tx.get('CLAIM', claimKey);
  if (claim !== null && !claim.released) {
    const own = claim.draftId === args.draftId && claim.legId === args.legId;
    return own ? replyForClaim(book, place, args) : refuse(book, place, args, 'DOUBLE_CLAIM');
  }
  if (isOver(place)) return refuse(book, place, args, 'DRAFT_STATE');
  if (place.progress.state !== 'OPEN' && place.progress.state !== 'RETURNED') {
    throw new Refusal('LEG_TAKEN', { draftId: args.draftId, legId: args.legId });
  }
  const held = { draftId: args.draftId, legId: args.legId };
  tx.put('CLAIM', claimKey, { ...held, released: false });
  tx.put('CLAIMIDX', keyParts.CLAIMIDX(bankId, args.serialNo, args.bookingDate, account), held);
  enter(book, place, args);
  await pairRegistration(book, place);
  book.save();
  return replyForLeg(book, place);
}

/** R2: only the payer of the leg. @throws Refusal NOT_PAYER */
export function requirePayer(tx: Tx, { draft, leg }: Place): void {
  if (tx.caller.orgId !== leg.payer.orgId) {
    throw new Refusal('NOT_PAYER', { draftId: draft.DraftID, legId: leg.legId });
  }
}

function enter(book: Book, place: Place, args: RegisterArgs): void {
  book.touchRegistration({ ...blank(book, place, args), state: 'WAITING' });
  Object.assign(place.progress, {
    state: 'REGISTERED',
    serialNo: args.serialNo,
    bookingDate: args.bookingDate,
    registered: book.act,
    flowKey: null,
    decided: null,
    checks: [],
  });
  delete place.progress.accepted;
  book.touchDraft(place.draft);
  emitLeg(book, 'leg.registered', place, null);
}

function blank(book: Book, { leg }: Place, args: RegisterArgs): Omit<Registration, 'state'> {
  return {
    draftId: args.draftId,
    legId: args.legId,
    serialNo: args.serialNo,
    bookingDate: args.bookingDate,
    bankId: leg.payer.bankId,
    account: leg.payer.account,
    registered: book.act,
    flowKey: null,
    withdrawalRequested: null,
    withdrawn: null,
    reason: '',
  };
}

/** The same serial for the same leg again: an answer, no change, even after newer registrations of the leg. */
async function replyForClaim(book: Book, place: Place, args: RegisterArgs): Promise<DecisionReply> {
  const reply = await replyForLeg(book, place);
  const { serialNo, bookingDate } = place.progress;
  if (serialNo === args.serialNo && bookingDate === args.bookingDate) return reply;
  const earlier = await book.registration(args.draftId, args.legId, args.serialNo, args.bookingDate);
  return { ...reply, state: earlier?.state ?? reply.state, checks: [], flowKey: earlier?.flowKey ?? null };
}

function isOver({ draft, leg, progress }: Place): boolean {
  if (isExitLeg(draft, leg)) return progress.state === 'CANCELLED';
  const closed = ['FROZEN', 'TERMINATED', 'RECALLED', 'SETTLED'].includes(draft.Status);
  return progress.state === 'CANCELLED' || (closed && progress.state !== 'MATCHED');
}

const ruleOfRefusal: Readonly<Record<'DOUBLE_CLAIM' | 'DRAFT_STATE', AlertRule>> = {
  DOUBLE_CLAIM: 'A08',
  DRAFT_STATE: 'S01',
};

async function refuse(
  book: Book,
  place: Place,
  args: RegisterArgs,
  code: 'DOUBLE_CLAIM' | 'DRAFT_STATE',
): Promise<DecisionReply> {
  const { draft, leg } = place;
  const earlier = await book.registration(args.draftId, args.legId, args.serialNo, args.bookingDate);
  if (earlier === null)
    book.touchRegistration({ ...blank(book, place, args), state: 'REFUSED', reason: code });
  await book.alert({
    rule: ruleOfRefusal[code],
    level: 'red',
    subject: {
      draftId: draft.DraftID,
      legId: leg.legId,
      projectId: draft.ProjectID,
      serialNo: args.serialNo,
    },
    division: draft.division,
    responsibleOrgId: leg.payer.orgId,
    parties: partiesOf(draft),
    resultCodes: [code],
  });
  emitLeg(book, 'leg.refused', place, null);
  book.save();
  return replyRefused(book, place, code);
}
