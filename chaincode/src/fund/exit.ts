/** Exit: a settled draft's money goes back by return legs, which reconcile like every other leg. */
import type { z } from 'zod';
import { rollToWorkingDay } from '#kernel/dates.ts';
import { exitLegs } from '#kernel/exit-plan.ts';
import { parseFen } from '#kernel/fen.ts';
import { openLeg } from '#kernel/new-draft.ts';
import type { Draft } from '#kernel/records/draft.ts';
import type { fundArgs } from '#kernel/records/fund.ts';
import { requirePost, requireRole } from '../caller.ts';
import { emitDraft, openDraft } from '../draft/open-draft.ts';
import { calendarOf } from '../draft/plan-check.ts';
import { Refusal } from '../refusal.ts';
import { requireDivision, requireOrganisation, requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { requireActiveFund } from './funds.ts';

type ExitArgs = z.infer<typeof fundArgs.planExit>;

/**
 * First the fund vehicle's handling person proposes; then the leading office's deciding person confirms by the same
 * amount and deadline, which appends the return legs. A new proposal replaces one that waits.
 * @throws Refusal WRONG_STATE unless the draft is settled and has no return legs, AMOUNT_OVER_LIMIT above its amount
 */
export async function planExit(tx: Tx, args: ExitArgs): Promise<object> {
  const fund = await requireActiveFund(tx, args.fundId);
  const { book, draft } = await openDraft(tx, args.draftId);
  requireExitable(draft, args);
  const deadline = rollToWorkingDay(args.deadline, await calendarOf(tx, [args.deadline]));
  if (tx.caller.role === 'partnership') {
    requireOrganisation(tx.caller, fund.vehicleOrgId);
    requirePost(tx.caller, ['handle']);
    const { reason, amountFen } = args;
    draft.pending = { action: 'exit', reason, act: tx.act(), deadline, amountFen };
  } else {
    confirmedExit(tx, draft, { ...args, deadline });
    const legs = exitLegs(draft, parseFen(args.amountFen), deadline);
    draft.pending = null;
    draft.PlanPath.push(...legs);
    draft.legs.push(...legs.map((leg) => openLeg(leg)));
  }
  book.touchDraft(draft);
  emitDraft(book, draft.pending === null ? 'draft.exit-planned' : 'draft.exit-proposed', draft);
  book.save();
  return { draftId: draft.DraftID, pending: draft.pending !== null };
}

function requireExitable(draft: Draft, args: ExitArgs): void {
  if (draft.fundId !== args.fundId) throw new Refusal('REFERENCE_INVALID', { fundId: args.fundId });
  const returning = draft.PlanPath.some((leg) => leg.kind === 'X');
  if (draft.Status !== 'SETTLED' || returning) {
    throw new Refusal('WRONG_STATE', { draftId: draft.DraftID, state: draft.Status, returning });
  }
  if (parseFen(args.amountFen) > parseFen(draft.Amount)) {
    throw new Refusal('AMOUNT_OVER_LIMIT', { draftId: draft.DraftID });
  }
}

function confirmedExit(tx: Tx, draft: Draft, args: ExitArgs): void {
  requireRole(tx.caller, ['leading-office']);
  requirePost(tx.caller, ['decide']);
  requireDivision(tx.caller, draft.division);
  const { pending } = draft;
  const same = pending?.amountFen === args.amountFen && pending.deadline === args.deadline;
  if (pending?.action !== 'exit' || !same) throw new Refusal('WRONG_STATE', { draftId: draft.DraftID });
  requireOtherPerson(tx.caller, [pending.act]);
}
