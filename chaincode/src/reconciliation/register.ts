/** Registering a bank serial: for one leg, for one part of a batch, or with an allocation list for several legs at once. */
import type { z } from 'zod';
import { isExitLeg } from '#kernel/draft-status.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { SerialOfDay } from '#kernel/records/keys.ts';
import type {
  DecisionReply,
  Part,
  reconciliationArgs,
  Registration,
} from '#kernel/records/reconciliation.ts';
import type { AlertRule } from '#kernel/records/alert.ts';
import { Refusal } from '../refusal.ts';
import type { RecordKey, Tx } from '../tx.ts';
import { Book, emitLeg, mustPlace, partiesOf } from './book.ts';
import type { Place } from './book.ts';
import { pairRegistration } from './pairing.ts';
import { replyForLeg, replyRefused } from './reply.ts';

/** Arguments of `register`. */
export type RegisterArgs = z.infer<typeof reconciliationArgs.register>;

/**
 * Ties a serial of the payer's account to a leg, or to every leg of an allocation list, then decides with what the bank has
 * reported. A serial that belongs to another leg, or a draft that is frozen or over, is REFUSED and committed with its alert.
 * @throws Refusal NOT_PAYER, NOT_FOUND, LEG_TAKEN, INVALID_ARGUMENT, REFERENCE_INVALID (list over several payer accounts)
 */
export async function register(tx: Tx, args: RegisterArgs): Promise<DecisionReply> {
  const book = new Book(tx);
  const place = await mustPlace(book, args.draftId, args.legId);
  const listed = { ...args, ...(args.parts === undefined ? {} : { parts: sorted(args.parts) }) };
  const places = await placesOf(book, place, listed);
  const holder = await claimantOf(book, place, args);
  if (holder !== null) {
    if (await isOwn(book, listed, holder)) return replyForClaim(book, place, args);
    return refuse(book, place, args, 'DOUBLE_CLAIM');
  }
  if (places.some(isOver)) return refuse(book, place, args, 'DRAFT_STATE');
  const taken = places.find(({ progress }) => progress.state !== 'OPEN' && progress.state !== 'RETURNED');
  if (taken !== undefined)
    throw new Refusal('LEG_TAKEN', { draftId: taken.draft.DraftID, legId: taken.leg.legId });
  enterAll(book, places, listed);
  await pairRegistration(book, place);
  book.save();
  return replyForLeg(book, place);
}

/** The records that a registration begins with. */
export function readsOfRegister({ draftId }: RegisterArgs): RecordKey[] {
  return [['DRAFT', keyParts.DRAFT(draftId)]];
}

/** R2: only the payer of the leg. @throws Refusal NOT_PAYER */
export function requirePayer(tx: Tx, { draft, leg }: Place): void {
  if (tx.caller.orgId !== leg.payer.orgId) {
    throw new Refusal('NOT_PAYER', { draftId: draft.DraftID, legId: leg.legId });
  }
}

/** A list in the one order in which it is kept, so that the same list is the same text. */
export function sorted(parts: readonly Part[]): Part[] {
  const idOf = ({ draftId, legId }: Part): string => `${draftId}/${legId}`;
  return [...parts].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

/** The legs of a list, or the one; all are the caller's to pay, from one account. */
export async function listedPlaces(book: Book, parts: readonly Part[]): Promise<Place[]> {
  const places: Place[] = [];
  for (const { draftId, legId } of parts) places.push(await mustPlace(book, draftId, legId));
  for (const place of places) requirePayer(book.tx, place);
  const accounts = new Set(places.map(({ leg }) => `${leg.payer.bankId} ${leg.payer.account}`));
  if (accounts.size > 1) throw new Refusal('REFERENCE_INVALID', { reason: 'account' });
  if (new Set(places.map(({ progress }) => progress)).size < places.length) {
    throw new Refusal('INVALID_ARGUMENT', { reason: 'a leg stands in the list twice' });
  }
  return places;
}

async function placesOf(book: Book, place: Place, { draftId, legId, parts }: RegisterArgs): Promise<Place[]> {
  requirePayer(book.tx, place);
  if (parts === undefined) return [place];
  const isListed = parts.some((one) => one.draftId === draftId && one.legId === legId);
  if (!isListed) throw new Refusal('INVALID_ARGUMENT', { reason: 'the leg is not in its list' });
  return listedPlaces(book, parts);
}

/** Whoever holds the serial already: of a batch the whole of it excludes its parts, and each part the whole. */
async function claimantOf(
  book: Book,
  { leg }: Place,
  { bookingDate, serialNo, subIndex }: SerialOfDay,
): Promise<{ draftId: string; legId: string } | null> {
  const serial = { ...leg.payer, bookingDate, serialNo };
  if (subIndex === undefined) {
    const all = await book.tx.range('CLAIM', keyParts.CLAIM(serial));
    return all.find((one) => !one.released) ?? null;
  }
  for (const part of [subIndex, 0]) {
    const claim = await book.tx.get('CLAIM', keyParts.CLAIM({ ...serial, subIndex: part }));
    if (claim !== null && !claim.released) return claim;
  }
  return null;
}

/** Whether a standing claim is this very registration. @throws Refusal LEG_TAKEN when it gives the money away otherwise */
async function isOwn(
  book: Book,
  args: RegisterArgs,
  holder: { draftId: string; legId: string },
): Promise<boolean> {
  const first = args.parts?.[0] ?? args;
  if (holder.draftId !== first.draftId || holder.legId !== first.legId) return false;
  const { draftId, legId } = args;
  const earlier = await book.registration(draftId, legId, args);
  if (earlier === null) return false;
  if (JSON.stringify(earlier.parts ?? null) === JSON.stringify(args.parts ?? null)) return true;
  throw new Refusal('LEG_TAKEN', { draftId, legId });
}

/** What is registered: the serial, with its list, and the manual match that it comes from, if any. */
export type Entry = SerialOfDay & { readonly parts?: Part[] | undefined; readonly manual?: string };

/** Writes claim, registrations and progress of every leg; the caller decides afterwards. */
export function enterAll(book: Book, places: readonly Place[], entry: Entry): void {
  const [first] = places;
  if (first === undefined) return;
  const serial = { ...first.leg.payer, ...entry };
  const held = { draftId: first.draft.DraftID, legId: first.leg.legId };
  book.tx.put('CLAIM', keyParts.CLAIM(serial), { ...held, released: false });
  book.tx.put('CLAIMIDX', keyParts.CLAIMIDX(serial), held);
  for (const place of places) enter(book, place, entry);
}

function enter(book: Book, place: Place, entry: Entry): void {
  const { progress } = place;
  const { serialNo, bookingDate, subIndex, parts, manual } = entry;
  book.touchRegistration({ ...blank(book, place, entry), state: 'WAITING' });
  clearStanding(progress);
  const share = parts?.find((one) => one.draftId === place.draft.DraftID && one.legId === place.leg.legId);
  Object.assign(progress, {
    ...{ state: 'REGISTERED', serialNo, bookingDate, registered: book.act },
    ...(share === undefined || parts === undefined
      ? {}
      : { share: { amountFen: share.amountFen, totalFen: totalOf(parts) } }),
    ...(subIndex === undefined ? {} : { subIndex }),
    ...(manual === undefined ? {} : { manual }),
  });
  book.touchDraft(place.draft);
  emitLeg(book, 'leg.registered', place, null);
}

/** Takes everything of an earlier registration off a leg; its state is the caller's to set. */
export function clearStanding(progress: Place['progress']): void {
  Object.assign(progress, {
    ...{ serialNo: null, bookingDate: null, registered: null, flowKey: null, decided: null, checks: [] },
  });
  delete progress.accepted;
  delete progress.share;
  delete progress.subIndex;
  delete progress.manual;
}

function totalOf(parts: readonly Part[]): string {
  return String(parts.reduce((sum, one) => sum + BigInt(one.amountFen), 0n));
}

function blank(book: Book, { draft, leg }: Place, entry: Entry): Omit<Registration, 'state'> {
  return {
    draftId: draft.DraftID,
    legId: leg.legId,
    serialNo: entry.serialNo,
    bookingDate: entry.bookingDate,
    bankId: leg.payer.bankId,
    account: leg.payer.account,
    registered: book.act,
    flowKey: null,
    withdrawalRequested: null,
    withdrawn: null,
    reason: '',
    ...(entry.parts === undefined ? {} : { parts: entry.parts }),
    ...(entry.subIndex === undefined ? {} : { subIndex: entry.subIndex }),
    ...(entry.manual === undefined ? {} : { manual: entry.manual }),
  };
}

/** The same serial for the same leg again: an answer, no change, even after newer registrations of the leg. */
async function replyForClaim(book: Book, place: Place, args: RegisterArgs): Promise<DecisionReply> {
  const reply = await replyForLeg(book, place);
  const { serialNo, bookingDate } = place.progress;
  if (serialNo === args.serialNo && bookingDate === args.bookingDate) return reply;
  const earlier = await book.registration(args.draftId, args.legId, args);
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
  const earlier = await book.registration(args.draftId, args.legId, args);
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
