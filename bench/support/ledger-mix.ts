/** The measured mix: for each draft its contribution legs registered, pushed and matched, and applications and progress beside. */
import type { Draft, Leg } from '#kernel/records/draft.ts';
import { contentHashOf } from '#kernel/canonical-json.ts';
import { contentOfWorld } from '../../chaincode/test/application.ts';
import { feedOf, payerOf, payment } from '../../chaincode/test/drafts.ts';
import type { TestIdentity } from '../../chaincode/test/memory-ledger.ts';
import { person } from '../../chaincode/test/world.ts';

/** Transactions that one draft gives: 4 registrations, 4 flows, 2 applications, 2 reports of progress. */
export const TRANSACTIONS_PER_DRAFT = 12;

/** One transaction of the mix. */
export interface MixedCall {
  readonly contractFn: string;
  readonly args: Record<string, unknown>;
  readonly who: TestIdentity;
  /** What the answer must hold, so that a measured transaction is one that did its work. */
  readonly expect: string;
}

const BOOKED_ON = '2026-03-03';
const CONTENT_HASH = contentHashOf(contentOfWorld);
const DOCUMENTS = [{ sha256: 'a'.repeat(64), name: '照片.jpg', size: 120_000, mediaType: 'image/jpeg' }];

/** The transactions of one draft in their order; each must be committed before the next is sent. */
export function* mixOf(draft: Draft): Generator<MixedCall> {
  const legs = draft.PlanPath.filter(({ legId }) => /^[FB]/.test(legId));
  for (const [at, leg] of legs.slice(0, 4).entries()) {
    yield* pay(draft, leg);
    yield at % 2 === 0 ? application(draft, at) : progress(draft, at);
  }
}

function* pay(draft: Draft, leg: Leg): Generator<MixedCall> {
  const serialNo = `${draft.DraftID.slice(-12)}-${leg.legId}`;
  const registration = { draftId: draft.DraftID, legId: leg.legId, serialNo, bookingDate: BOOKED_ON };
  yield {
    contractFn: 'reconciliation:register',
    args: registration,
    who: payerOf(leg),
    expect: '"DONE"',
  };
  const flow = payment(leg, serialNo, BOOKED_ON);
  yield { contractFn: 'reconciliation:ingest', args: { flow }, who: feedOf(flow), expect: 'MATCHED' };
}

function application(draft: Draft, at: number): MixedCall {
  const args = { id: `a-${draft.ProjectID}-${at}`, content: contentOfWorld, contentHash: CONTENT_HASH };
  return { contractFn: 'project:apply', args, who: person('cph', 1), expect: 'SUBMITTED' };
}

function progress(draft: Draft, at: number): MixedCall {
  const args = {
    id: draft.ProjectID,
    milestoneNo: 1,
    percent: 10 + at,
    note: '施工中。',
    documents: DOCUMENTS,
  };
  return { contractFn: 'project:reportProgress', args, who: person('imp', 1), expect: 'REPORTED' };
}
