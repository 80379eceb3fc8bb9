/** Several flows in one transaction: all or none, each a request of its own, the caller's bank alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecisionReplies, DecisionReply, Flow } from '#kernel/records/reconciliation.ts';
import { feedOf, payerOf, payment, planned } from '../../test/drafts.ts';
import { refusal } from '../../test/memory-ledger.ts';
import type { MemoryLedger } from '../../test/memory-ledger.ts';
import { open } from '../../test/scenario.ts';

const date = '2026-03-10';

interface Scene {
  readonly ledger: MemoryLedger;
  /** Pay legs of one bank's accounts, in the order of the plan. */
  readonly flows: readonly Flow[];
}

/** Two drafts, of each the first leg, registered. */
async function scene(): Promise<Scene> {
  const { ledger, drafts } = open(false, 2);
  const flows: Flow[] = [];
  for (const [at, draft] of drafts.entries()) {
    const leg = planned(draft, 'F1');
    const args = { draftId: draft.DraftID, legId: 'F1', serialNo: `S${at}`, bookingDate: date };
    await ledger.submit('reconciliation:register', args, payerOf(leg));
    flows.push(payment(leg, `S${at}`, date));
  }
  return { ledger, flows };
}

function all(
  ledger: MemoryLedger,
  entries: readonly { requestId: string; flow: Flow }[],
): ReturnType<MemoryLedger['submit']> {
  const [first] = entries;
  if (first === undefined) throw new Error('no entry');
  return ledger.submit('reconciliation:ingestAll', { entries }, feedOf(first.flow));
}

const entriesOf = (flows: readonly Flow[]): { requestId: string; flow: Flow }[] =>
  flows.map((flow, at) => ({ requestId: `request-of-${at}`, flow }));

test('every entry is decided and answered, in one transaction with one envelope', async () => {
  const { ledger, flows } = await scene();
  const { result, events, writes } = await all(ledger, entriesOf(flows));
  const { replies } = result as DecisionReplies;
  assert.deepEqual(
    replies.map((one) => one.state),
    ['MATCHED', 'MATCHED'],
  );
  const matched = events.filter((one) => one.type === 'leg.matched');
  assert.equal(new Set(matched.map((one) => one.subject.draftId)).size, 2);
  const requests = [...writes.keys()].filter((key) => key.includes('REQ'));
  assert.equal(requests.length, 2, 'the entries are the requests, the call is none');
});

test('an entry that was answered before gets its first answer, the others are taken in', async () => {
  const { ledger, flows } = await scene();
  const [first, second] = entriesOf(flows);
  if (first === undefined || second === undefined) throw new Error('no entries');
  const alone = await ledger.submit<DecisionReply>('reconciliation:ingest', first, feedOf(first.flow));
  const { result, events } = await all(ledger, [second, first, second]);
  const { replies } = result as DecisionReplies;
  assert.deepEqual(replies[1], alone.result);
  assert.deepEqual(replies[2], replies[0]);
  assert.equal(events.filter((one) => one.type === 'flow.ingested').length, 1);
  const repeat = await all(ledger, [second, first, second]);
  assert.deepEqual([repeat.result, repeat.events, repeat.writes.size], [result, [], 0]);
});

test('one entry that is refused refuses them all, and nothing is written', async () => {
  const { ledger, flows } = await scene();
  const [good, other] = entriesOf(flows);
  if (good === undefined || other === undefined) throw new Error('no entries');
  const before = new Map(ledger.state);
  const foreign = { ...other, flow: { ...other.flow, bankId: 'bank-b' } };
  await assert.rejects(all(ledger, [good, foreign]), refusal('FLOW_NOT_OWN_BANK'));
  const reused = { ...other, requestId: good.requestId };
  await assert.rejects(all(ledger, [good, reused]), refusal('REQUEST_REUSED'));
  const broken = { ...other, flow: { ...other.flow, amountFen: '1.5' } };
  await assert.rejects(all(ledger, [good, broken]), refusal('INVALID_ARGUMENT'));
  await assert.rejects(
    ledger.submit('reconciliation:ingestAll', { entries: [] }, feedOf(good.flow)),
    refusal('INVALID_ARGUMENT'),
  );
  assert.deepEqual(new Map(ledger.state), before);
});
