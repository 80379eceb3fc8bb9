/** The same bank key with other content: both are kept, the first stands, a red alert asks the bank. */
import { canonicalJson } from '#kernel/canonical-json.ts';
import type { CheckResult } from '#kernel/records/draft.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';
import { partiesOf } from './book.ts';
import type { Book, Movement } from './book.ts';

/** Keeps the other content once and raises A07 against the bank; nothing else changes. */
export async function reportConflict(book: Book, known: Movement, flow: Flow): Promise<void> {
  const { outcome } = known;
  const kept = outcome.conflictFlows ?? [];
  const isKept = kept.some((other) => comparable(other) === comparable(flow));
  if (!isKept) {
    outcome.conflictFlows = [...kept, flow];
    outcome.conflicts = outcome.conflictFlows.length;
    book.touchFlow(known.key);
  }
  const draft = outcome.draftId === null ? null : await book.draft(outcome.draftId);
  await book.alert({
    rule: 'A07',
    level: 'red',
    subject: {
      flowKey: known.key,
      serialNo: flow.serialNo,
      draftId: outcome.draftId,
      legId: outcome.legId,
    },
    division: draft?.division ?? book.tx.caller.division,
    responsibleOrgId: flow.bankId,
    parties: draft === null ? [] : partiesOf(draft),
    resultCodes: ['DUPLICATE'],
    checks: differences(known.flow, flow),
  });
}

function comparable(flow: Flow): string {
  return canonicalJson({ ...flow, rawHash: '' });
}

function differences(first: Flow, other: Flow): CheckResult[] {
  const lines: CheckResult[] = [
    line('amount', first.amountFen, other.amountFen),
    line('currency', first.currency, other.currency),
    line('payer', first.payer.account, other.payer.account),
    line('payee', first.payee.account, other.payee.account),
    line('booked', first.status, other.status),
  ];
  return lines.filter((one) => !one.ok);
}

function line(name: CheckResult['name'], expected: string, found: string): CheckResult {
  return { name, expected, found, ok: expected === found, severity: 'fail' };
}
