/** What a flow would come to on each leg that its account could pay: the contract's own decision, asked beforehand. */
import { decide, type Decision } from '#kernel/decide.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import type { FlowDoc } from '../flow/flow.schema.ts';
import type { Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';

/** A leg that a flow may be meant for, with what would be decided. */
export interface Candidate {
  readonly leg: LegDoc;
  readonly decision: Decision;
}

const most = 20;
const open = ['OPEN', 'RETURNED', 'REGISTERED', 'MISMATCH'];

/**
 * Legs within the person's scope that the flow's account pays and that still wait for money, the best first.
 * @returns nothing for a flow that has its leg, or that is no payment
 */
export async function candidatesFor(
  models: Pick<ReadModels, 'leg' | 'draft'>,
  person: Person,
  doc: FlowDoc,
): Promise<Candidate[]> {
  const { flow, outcome } = doc.record;
  if (doc.direction !== 'DBIT' || doc.reversal || flow.batch === true || doc.state === 'MATCHED') return [];
  const account = { payerAccount: doc.account, payerBankId: doc.bankId };
  // Its owner has far fewer open legs than a great account has legs of all times, and they stand in the order of their deadlines.
  const owner = doc.payerOrgId === null ? {} : { payerOrgId: doc.payerOrgId };
  const own = { ...account, ...owner, state: { $in: open } };
  const legs = await models.leg
    .find(withinScope(person, 'leg', { ...own, draftStanding: 'LIVE' }))
    .sort({ deadline: 1 })
    .limit(most)
    .lean<LegDoc[]>();
  const drafts = await models.draft
    .find({ _id: { $in: legs.map((leg) => leg.draftId) } }, { record: 1 })
    .lean();
  const records = new Map(drafts.map((draft) => [draft._id, draft.record]));
  const { serialNo, bookingDate, bankId } = flow;
  return legs
    .flatMap((leg): Candidate[] => {
      const draft = records.get(leg.draftId);
      const planned = draft?.PlanPath.find((one) => one.legId === leg.legId);
      if (draft === undefined || planned === undefined) return [];
      const registration = { serialNo, bookingDate, bankId, account: flow.account };
      const status = outcome?.status ?? flow.status;
      const input = { draft, leg: planned, registration, flow, flowStatus: status, allocations: [] };
      return [{ leg, decision: decide(input) }];
    })
    .sort((a, b) => failuresOf(a) - failuresOf(b));
}

function failuresOf({ decision }: Candidate): number {
  return decision.checks.filter((line) => !line.ok && line.severity === 'fail').length;
}
