/** What must hold of the money on a ledger after every single step. */
import assert from 'node:assert/strict';
import { assertConserved } from '#kernel/conservation.ts';
import { firstPayments } from '#kernel/draft-status.ts';
import type { Draft } from '#kernel/records/draft.ts';
import { draftOn, planned } from './drafts.ts';
import type { MemoryLedger } from './memory-ledger.ts';

/**
 * Money is conserved; each payment has its own booked flow between the leg's two accounts, no flow gives more than it has or pays
 * a leg twice; no leg goes forward before what it depends on.
 */
export function assertSound(ledger: MemoryLedger, drafts: readonly Draft[]): void {
  const given = new Map<string, bigint>();
  const pairs = new Set<string>();
  for (const { DraftID } of drafts) {
    const draft = draftOn(ledger, DraftID);
    assertConserved(draft);
    assertOrder(draft);
    for (const { kind, legId, flowKey, ActualAmount } of draft.ActualPath) {
      if (kind !== 'payment') continue;
      const pair = `${flowKey} ${DraftID} ${legId}`;
      assert.ok(!pairs.has(pair), 'a flow pays a leg once');
      pairs.add(pair);
      given.set(flowKey, (given.get(flowKey) ?? 0n) + BigInt(ActualAmount));
      assertEqualFlow(ledger, draft, { legId, flowKey, amountFen: ActualAmount });
    }
    for (const leg of draft.legs)
      if (leg.state === 'MATCHED') assert.ok(pairs.has(`${leg.flowKey ?? ''} ${DraftID} ${leg.legId}`));
  }
  for (const [key, sum] of given) {
    const flow = ledger.record('FLOW', key.split('~'));
    assert.equal(String(sum), flow?.amountFen, 'a flow gives away what it has, whole');
  }
}

function assertEqualFlow(
  ledger: MemoryLedger,
  draft: Draft,
  step: { legId: string; flowKey: string; amountFen: string },
): void {
  const leg = planned(draft, step.legId);
  const flow = ledger.record('FLOW', step.flowKey.split('~'));
  const outcome = ledger.record('FLOWSTATE', step.flowKey.split('~'));
  assert.equal(outcome?.status, 'BOOK');
  assert.deepEqual(
    [step.amountFen, flow?.account, flow?.payee.account, flow?.currency, flow?.direction, flow?.reversal],
    [leg.amountFen, leg.payer.account, leg.payee.account, 'CNY', 'DBIT', false],
  );
}

/** Whatever was paid on a leg came after each leg that it depends on was paid in full, in the path and by booking date. */
function assertOrder(draft: Draft): void {
  for (const [at, { kind, legId, bookingDate }] of draft.ActualPath.entries()) {
    if (kind !== 'payment') continue;
    const before = firstPayments({ ...draft, ActualPath: draft.ActualPath.slice(0, at) });
    for (const other of planned(draft, legId).dependsOn) {
      const paid = before.get(other);
      assert.ok(paid !== undefined && paid <= bookingDate, `${legId} before ${other}`);
    }
  }
}
