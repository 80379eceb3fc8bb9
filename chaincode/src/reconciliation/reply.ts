/** The answer of register, ingest and checking: where the pair stands and every check with both values. */
import type { DecisionReply, FlowOutcome } from '#kernel/records/reconciliation.ts';
import type { Book, Movement, Place } from './book.ts';

/** The answer for a flow as it now stands. */
export function replyForFlow(
  book: Book,
  movement: Movement,
  ingest: NonNullable<DecisionReply['ingest']>,
): DecisionReply {
  const { outcome, key } = movement;
  return {
    outcome: ingest === 'conflict' ? 'REFUSED' : 'DONE',
    state: outcome.state,
    resultCodes: codesOf(outcome),
    checks: outcome.checks,
    draftId: outcome.draftId,
    legId: outcome.legId,
    flowKey: key,
    ingest,
    alertIds: book.alertIds,
  };
}

/** The answer for a registered leg as it now stands. */
export async function replyForLeg(book: Book, place: Place): Promise<DecisionReply> {
  const { draft, leg, progress } = place;
  const movement = progress.flowKey === null ? null : await book.movement(progress.flowKey);
  const registration = await book.registrationOf(place);
  return {
    outcome: 'DONE',
    state: registration?.state ?? 'WAITING',
    resultCodes: movement === null ? ['NO_FLOW'] : codesOf(movement.outcome),
    checks: progress.checks,
    draftId: draft.DraftID,
    legId: leg.legId,
    flowKey: progress.flowKey,
    alertIds: book.alertIds,
  };
}

/** The answer of a refusal that commits with its alert. */
export function replyRefused(book: Book, place: Place, resultCode: string): DecisionReply {
  return {
    outcome: 'REFUSED',
    state: 'REFUSED',
    resultCodes: [resultCode],
    checks: [],
    draftId: place.draft.DraftID,
    legId: place.leg.legId,
    flowKey: null,
    alertIds: book.alertIds,
  };
}

function codesOf(outcome: FlowOutcome): string[] {
  return outcome.resultCodes.length > 0 ? outcome.resultCodes : ['NO_REGISTRATION'];
}
