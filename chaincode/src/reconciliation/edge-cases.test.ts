/** Tests of the rarer meetings of registrations and flows: parts, instalments, strangers' accounts, returns that do not fit. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Draft } from '#kernel/records/draft.ts';
import { splitCompositeKey } from '#kernel/records/keys.ts';
import type { DecisionReply, Flow } from '#kernel/records/reconciliation.ts';
import {
  copyWorld,
  creditOf,
  draftOn,
  feedOf,
  legOn,
  outcomeOn,
  payerOf,
  payment,
  planned,
  returnOf,
  seedDraft,
} from '../../test/drafts.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { person, populate } from '../../test/world.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ReconciliationContract } from './reconciliation.contract.ts';

const contracts = [MemberContract, ReconciliationContract];
const world = new MemoryLedger(contracts);
await populate(world);
const day = '2026-03-03';
let ledger: MemoryLedger;
let draft: Draft;

beforeEach(() => {
  ledger = new MemoryLedger(contracts);
  copyWorld(world, ledger);
  draft = seedDraft(ledger);
});

async function register(legId: string, serialNo: string, of = draft): Promise<DecisionReply> {
  const args = { draftId: of.DraftID, legId, serialNo, bookingDate: day };
  return (await ledger.submit<DecisionReply>('reconciliation:register', args, payerOf(planned(of, legId))))
    .result;
}

async function ingest(flow: Flow): Promise<DecisionReply> {
  return (await ledger.submit<DecisionReply>('reconciliation:ingest', { flow }, feedOf(flow))).result;
}

function countOf(type: string): number {
  return [...ledger.state.keys()].filter((key) => splitCompositeKey(key)?.type === type).length;
}

test('instalments, where the draft allows them, add up to exactly the leg', async () => {
  draft = seedDraft(ledger, { serial: 2, instalments: true });
  const leg = planned(draft, 'F1');
  await register('F1', 'S1');
  await ingest(payment(leg, 'S1', day, { amountFen: '150000' }));
  assert.deepEqual(
    [legOn(ledger, draft.DraftID, 'F1').state, draftOn(ledger, draft.DraftID).Status],
    ['OPEN', 'ISSUED'],
  );
  await register('F1', 'S2');
  const tooMuch = await ingest(payment(leg, 'S2', day, { amountFen: '250001' }));
  assert.deepEqual(tooMuch.resultCodes, ['AMOUNT_DIFF']);
  const withdrawal = {
    draftId: draft.DraftID,
    legId: 'F1',
    serialNo: 'S2',
    bookingDate: day,
    reason: '有误',
  };
  await ledger.submit('reconciliation:withdrawRegistration', withdrawal, person('pfd', 1));
  await ledger.submit('reconciliation:withdrawRegistration', withdrawal, person('pfd', 2));
  await register('F1', 'S3');
  await ingest(payment(leg, 'S3', day, { amountFen: '250000' }));
  assert.equal(legOn(ledger, draft.DraftID, 'F1').state, 'MATCHED');
});

test('of a batch and its parts the registration takes the part that fits', async () => {
  const leg = planned(draft, 'F1');
  await ingest(payment(leg, 'S1', day, { amountFen: '900000', batch: true }));
  await ingest(payment(leg, 'S1', day, { amountFen: '500000', subIndex: 1 }));
  const right = payment(leg, 'S1', day, { subIndex: 2 });
  await ingest(right);
  assert.equal((await register('F1', 'S1')).state, 'MATCHED');
  assert.equal(outcomeOn(ledger, right).legId, 'F1');
});

test('a flow taken by its serial alone goes to the leg whose account it is, as soon as that is registered', async () => {
  const other = seedDraft(ledger, { serial: 2 });
  // F2 is paid from another account of the same bank: the serial alone would also fit F1.
  await register('F1', 'S1');
  const flow = payment(planned(other, 'F2'), 'S1', day);
  assert.deepEqual((await ingest(flow)).resultCodes.includes('PAYER_DIFF'), true);
  assert.equal((await register('F2', 'S1', other)).state, 'MATCHED');
  const first = legOn(ledger, draft.DraftID, 'F1');
  assert.deepEqual([first.state, first.flowKey, first.checks], ['REGISTERED', null, []]);
  assert.equal(outcomeOn(ledger, flow).draftId, other.DraftID);
});

test('a return of an unregistered payment waits with it, and takes the leg back once that is registered', async () => {
  const flow = payment(planned(draft, 'F1'), 'S1', day);
  await ingest(flow);
  await ingest(returnOf(flow, 'R1', '2026-03-05'));
  assert.deepEqual(
    [outcomeOn(ledger, flow).state, outcomeOn(ledger, flow).returnedFen],
    ['WAITING', flow.amountFen],
  );
  assert.equal((await register('F1', 'S1')).state, 'RETURNED');
  assert.deepEqual(
    draftOn(ledger, draft.DraftID).ActualPath.map((entry) => entry.kind),
    ['payment', 'return'],
  );
});

test('more back than was paid is not applied, and tells people', async () => {
  await register('F1', 'S1');
  const flow = payment(planned(draft, 'F1'), 'S1', day);
  await ingest(flow);
  await ingest(returnOf(flow, 'R1', '2026-03-05', '100'));
  const reply = await ingest(returnOf(flow, 'R2', '2026-03-06'));
  assert.deepEqual([reply.state, reply.resultCodes, reply.alertIds.length], ['MISMATCH', ['AMOUNT_DIFF'], 1]);
  assert.equal(outcomeOn(ledger, flow).returnedFen, '100');
});

test('a reversal (冲正) booked on the debit side is a return like any other; one of another account is not', async () => {
  await register('F1', 'S1');
  const flow = payment(planned(draft, 'F1'), 'S1', day);
  await ingest(flow);
  const strange = { account: '7777777', name: '', bankNo: '' };
  const other = {
    ...flow,
    serialNo: 'R0',
    reversal: true,
    originalSerialNo: 'S1',
    account: strange.account,
    payer: strange,
  };
  assert.equal((await ingest(other)).state, 'WAITING');
  const reversal = { ...flow, serialNo: 'R1', reversal: true, originalSerialNo: 'S1' };
  assert.equal((await ingest(reversal)).state, 'RETURN');
  assert.equal(legOn(ledger, draft.DraftID, 'F1').state, 'RETURNED');
});

test('the same conflict twice is kept once under one alert', async () => {
  const flow = payment(planned(draft, 'F1'), 'S1', day);
  await ingest(flow);
  for (let time = 0; time < 2; time += 1) await ingest({ ...flow, currency: 'USD' });
  assert.deepEqual([outcomeOn(ledger, flow).conflicts, countOf('ALERT')], [1, 1]);
});

test('a credit outside the window, or for another amount, stays unattached', async () => {
  await register('F1', 'S1');
  await ingest(payment(planned(draft, 'F1'), 'S1', day));
  const late = creditOf(planned(draft, 'F1'), 'C1', '2026-03-07');
  assert.equal((await ingest(late)).state, 'WAITING');
  const other = { ...creditOf(planned(draft, 'F1'), 'C2', day), amountFen: '3' };
  assert.equal((await ingest(other)).state, 'WAITING');
  assert.equal((await ingest(creditOf(planned(draft, 'F1'), 'C3', day))).state, 'RECEIPT');
  assert.equal((await ingest(creditOf(planned(draft, 'F1'), 'C4', day))).state, 'WAITING');
});

test('banks read their own flows, parties what concerns them, others nothing', async () => {
  const flow = payment(planned(draft, 'F1'), 'S1', day);
  const { flowKey } = await ingest(flow);
  const args = { kind: 'flow', flowKey };
  await ledger.query('reconciliation:query', args, person('bank-a'));
  await assert.rejects(ledger.query('reconciliation:query', args, person('cpc')), refusal('OUT_OF_SCOPE'));
  await register('F1', 'S1');
  await ledger.query('reconciliation:query', args, person('cpc'));
  await assert.rejects(ledger.query('reconciliation:query', args, person('imp2')), refusal('OUT_OF_SCOPE'));
  const unmatched = { kind: 'flows', bankId: 'bank-a', account: flow.account };
  assert.deepEqual(await ledger.query('reconciliation:unmatched', unmatched, person('bank-a')), []);
});
