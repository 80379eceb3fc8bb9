/** 承兑（兑付）: the unit requests a milestone's payment, county command and fund company check it, the matched payment settles it. */
import type { z } from 'zod';
import type { Draft, draftArgs, Leg, Redemption } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { isWithinPrepayment, ruleOf } from '#kernel/special-rules.ts';
import type { Book } from '../reconciliation/book.ts';
import { requirePost, requireRole } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import { requireDivision, requireOrganisation, requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { emitDraft, openDraft, requireLive } from './open-draft.ts';
import { lockRanges, unlockRanges } from './ranges.ts';

type AcceptArgs = z.infer<typeof draftArgs.accept>;
type Answer = Exclude<AcceptArgs, { action: 'request' }>;
/** What a step of a redemption answers. */
export interface AcceptReply {
  readonly outcome: 'DONE';
  readonly rid: string;
  readonly state: Redemption['state'];
}

/** @throws Refusal ROLE_NOT_ALLOWED, POST_MISSING, OUT_OF_SCOPE, SAME_PERSON, NOT_FOUND, WRONG_STATE, AMOUNT_OVER_LIMIT */
export async function accept(tx: Tx, args: AcceptArgs): Promise<AcceptReply> {
  const { book, draft } = await openDraft(tx, args.DraftID);
  requireLive(draft);
  const redemption = args.action === 'request' ? await request(tx, draft, args) : answer(tx, draft, args);
  book.touchDraft(draft);
  emitDraft(book, `redemption.${redemption.state.toLowerCase()}`, draft, redemption.rid);
  book.save();
  return { outcome: 'DONE', rid: redemption.rid, state: redemption.state };
}

async function request(
  tx: Tx,
  draft: Draft,
  { milestoneNo, opinion }: Extract<AcceptArgs, { action: 'request' }>,
): Promise<Redemption> {
  requireRole(tx.caller, ['implementing-unit']);
  requirePost(tx.caller, ['handle']);
  const leg = draft.PlanPath.find((one) => one.kind === 'M' && one.milestoneNo === milestoneNo);
  if (leg === undefined) throw new Refusal('NOT_FOUND', { milestoneNo });
  requireOrganisation(tx.caller, leg.payee.orgId);
  requireRequestable(draft, leg);
  await requireBuilt(tx, draft, milestoneNo);
  lockRanges(draft, leg.legId, BigInt(leg.amountFen));
  const count = draft.redemptions.filter((one) => one.legId === leg.legId).length;
  const redemption: Redemption = {
    ...{ rid: `${leg.legId}.${count + 1}`, milestoneNo, legId: leg.legId, amountFen: leg.amountFen },
    ...{ state: 'REQUESTED', requested: tx.act(), checked: null, approved: null, refused: null },
    ...{ reasonCode: null, opinion },
  };
  draft.redemptions.push(redemption);
  return redemption;
}

/** The money must have come down, the milestone be accepted, and no other request stand for it. */
function requireRequestable(draft: Draft, leg: Leg): void {
  const arrived = draft.Status === 'REDEEMABLE' || draft.Status === 'PARTIALLY_REDEEMED';
  const accepted = leg.milestoneNo !== null && draft.milestonesAccepted.includes(leg.milestoneNo);
  const cancelled = draft.legs.some((one) => one.legId === leg.legId && one.state === 'CANCELLED');
  const standing = draft.redemptions.some(
    (one) => one.legId === leg.legId && one.state !== 'REFUSED' && one.state !== 'WITHDRAWN',
  );
  if (!arrived || !accepted || cancelled || standing) {
    throw new Refusal('WRONG_STATE', { legId: leg.legId, arrived, accepted, standing });
  }
}

/** The rule `max-prepayment`: what is asked for ahead of the work stays below its share. @throws Refusal AMOUNT_OVER_LIMIT */
async function requireBuilt(tx: Tx, draft: Draft, milestoneNo: number): Promise<void> {
  if (ruleOf(draft.SpecialRule, 'max-prepayment') === undefined) return;
  const { progress } = await tx.must('PROJECT', keyParts.PROJECT(draft.ProjectID));
  const percentOf = new Map(progress.map((one) => [one.no, one.percent]));
  if (!isWithinPrepayment(draft, milestoneNo, percentOf))
    throw new Refusal('AMOUNT_OVER_LIMIT', { milestoneNo, rule: 'max-prepayment' });
}

function answer(tx: Tx, draft: Draft, args: Answer): Redemption {
  const redemption = draft.redemptions.find((one) => one.rid === args.rid);
  const leg = draft.PlanPath.find((one) => one.legId === redemption?.legId);
  if (redemption === undefined || leg === undefined) throw new Refusal('NOT_FOUND', { rid: args.rid });
  if (redemption.state !== 'REQUESTED' && redemption.state !== 'CHECKED') {
    throw new Refusal('WRONG_STATE', { rid: args.rid, state: redemption.state });
  }
  if (args.action === 'withdraw') withdraw(tx, draft, redemption, leg);
  else if (args.action === 'refuse') refuse(tx, draft, redemption, { leg, reasonCode: args.reasonCode });
  else check(tx, draft, redemption, leg);
  redemption.opinion = args.opinion;
  return redemption;
}

function check(tx: Tx, draft: Draft, redemption: Redemption, leg: Leg): void {
  requireChecker(tx, draft, redemption, leg);
  if (redemption.state === 'REQUESTED') {
    redemption.state = 'CHECKED';
    redemption.checked = tx.act();
  } else if (awaitedApprover(draft, redemption) !== null) {
    redemption.extra = tx.act();
  } else {
    redemption.state = 'APPROVED';
    redemption.approved = tx.act();
  }
}

function refuse(
  tx: Tx,
  draft: Draft,
  redemption: Redemption,
  { leg, reasonCode }: { leg: Leg; reasonCode: string },
): void {
  requireChecker(tx, draft, redemption, leg);
  Object.assign(redemption, { state: 'REFUSED', refused: tx.act(), reasonCode });
  unlockRanges(draft, leg.legId);
}

function withdraw(tx: Tx, draft: Draft, redemption: Redemption, leg: Leg): void {
  requireRole(tx.caller, ['implementing-unit']);
  requirePost(tx.caller, ['handle']);
  requireOrganisation(tx.caller, leg.payee.orgId);
  redemption.state = 'WITHDRAWN';
  unlockRanges(draft, leg.legId);
}

/** County command first, then the extra approver where a special rule names one, last the fund company that will pay. */
function requireChecker(tx: Tx, draft: Draft, redemption: Redemption, leg: Leg): void {
  const { caller } = tx;
  requirePost(caller, ['check']);
  const extra = awaitedApprover(draft, redemption);
  if (redemption.state === 'REQUESTED') {
    requireRole(caller, ['county-command']);
    requireDivision(caller, draft.division);
  } else if (extra === null) {
    requireRole(caller, ['county-fund-company']);
    requireOrganisation(caller, leg.payer.orgId);
  } else requireOrganisation(caller, extra);
  requireOtherPerson(caller, [redemption.requested, redemption.checked, redemption.extra ?? null]);
}

/** The organisation whose further check is still missing, once the county has checked. */
function awaitedApprover(draft: Draft, redemption: Redemption): string | null {
  const rule = ruleOf(draft.SpecialRule, 'extra-approver');
  const isAwaited = redemption.state === 'CHECKED' && redemption.extra === undefined;
  return isAwaited ? (rule?.orgId ?? null) : null;
}

/** A recall refuses every request that is not settled. */
export function refuseOpenRequests(book: Book, draft: Draft): void {
  for (const redemption of draft.redemptions) {
    if (!['REQUESTED', 'CHECKED', 'APPROVED'].includes(redemption.state)) continue;
    Object.assign(redemption, { state: 'REFUSED', refused: book.act, reasonCode: 'other' });
    unlockRanges(draft, redemption.legId);
  }
}
