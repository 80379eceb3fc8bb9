/** What a project applies for: its hash, its sums, and the fund, call and unit it refers to. */
import { contentHashOf } from '#kernel/canonical-json.ts';
import { parseFen, sumFen } from '#kernel/fen.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { ProjectContent } from '#kernel/records/project.ts';
import { requireActiveFund } from '../fund/funds.ts';
import { requireOrganisationWith } from '../member/organisations.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

/**
 * Holds a content against its hash, its own sums and the ledger.
 * @throws Refusal CONTENT_CHANGED, SUM_MISMATCH, INVALID_ARGUMENT, REFERENCE_INVALID or AMOUNT_OVER_LIMIT
 */
export async function requireContent(tx: Tx, content: ProjectContent, contentHash: string): Promise<void> {
  if (contentHashOf(content) !== contentHash) throw new Refusal('CONTENT_CHANGED', { contentHash });
  requireSums(content);
  const numbers = content.milestones.map((milestone) => milestone.no);
  if (numbers.some((no, at) => no !== at + 1))
    throw new Refusal('INVALID_ARGUMENT', { reason: 'milestones' });
  await requireActiveFund(tx, content.fundId);
  const call = await tx.get('CALL', keyParts.CALL(content.fundId, content.callId));
  if (call?.state !== 'OPEN') throw new Refusal('REFERENCE_INVALID', { callId: content.callId });
  if (parseFen(content.amountFen) > parseFen(call.limitFen)) {
    throw new Refusal('AMOUNT_OVER_LIMIT', { callId: content.callId });
  }
  await requireOrganisationWith(tx, content.unitOrgId, ['implementing-unit']);
}

function requireSums(content: ProjectContent): void {
  const total = parseFen(content.amountFen);
  for (const field of ['budget', 'milestones'] as const) {
    const sum = sumFen(content[field].map((part) => parseFen(part.amountFen)));
    if (sum !== total) throw new Refusal('SUM_MISMATCH', { field });
  }
}
