/** Tests of the `reconciliation` contract: who may report what, how a pair meets, what advances a draft and what does not. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Draft } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
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
import { operator, person, populate } from '../../test/world.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ReconciliationContract } from './reconciliation.contract.ts';

const world = new MemoryLedger([MemberContract, ReconciliationContract]);
await populate(world);
let ledger: MemoryLedger;
let draft: Draft;

beforeEach(() => {
  ledger = new MemoryLedger([MemberContract, ReconciliationContract]);
  copyWorld(world, ledger);
  draft = seedDraft(ledger);
});

async function register(
  legId: string,
  serialNo: string,
  bookingDate: string,
  of = draft,
): Promise<DecisionReply> {
  const args = { draftId: of.DraftID, legId, serialNo, bookingDate };
  return (await ledger.submit<DecisionReply>('reconciliation:register', args, payerOf(planned(of, legId))))
    .result;
}

async function ingest(flow: Flow, drop = false): Promise<DecisionReply> {
  return (await ledger.submit<DecisionReply>('reconciliation:ingest', { flow, drop }, feedOf(flow))).result;
}

async function pay(
  legId: string,
  serialNo: string,
  date: string,
  other: Partial<Flow> = {},
): Promise<DecisionReply> {
  await register(legId, serialNo, date);
  return ingest(payment(planned(draft, legId), serialNo, date, other));
}

function checkOf(reply: DecisionReply, name: string): { expected: string; found: string } | undefined {
  return reply.checks.find((line) => line.name === name && !line.ok);
}

function alertRules(): string[] {
  return [...ledger.state]
    .filter(([key]) => key.includes('ALERT'))
    .map(([, text]) => (JSON.parse(text) as { rule: string }).rule)
    .sort();
}

test('registration first, then the flow: the leg advances and the draft begins to raise', async () => {
  assert.equal((await register('F1', 'S1', '2026-03-03')).state, 'WAITING');
  const reply = await ingest(payment(planned(draft, 'F1'), 'S1', '2026-03-03'));
  assert.deepEqual([reply.outcome, reply.state, reply.ingest], ['DONE', 'MATCHED', 'accepted']);
  const now = draftOn(ledger, draft.DraftID);
  assert.deepEqual([now.Status, now.circulation, now.holderOrgId], ['RAISING', 'CIRCULATING', 'lpf']);
  assert.equal(now.ActualPath[0]?.registeredBy, 'pfd.1');
  assert.equal(now.ActualPath[0].ingestedBy, 'bank-a.feed');
});

test('the flow first, then the registration: the same end', async () => {
  const flow = payment(planned(draft, 'F1'), 'S1', '2026-03-03');
  assert.equal((await ingest(flow)).state, 'WAITING');
  assert.equal((await register('F1', 'S1', '2026-03-03')).state, 'MATCHED');
  assert.equal(outcomeOn(ledger, flow).state, 'MATCHED');
});

test('every failed check is reported with both values, each rule raises its alert', async () => {
  const other = { amountFen: '1', currency: 'USD', payee: { account: '999999', name: '别人', bankNo: '' } };
  const reply = await pay('F1', 'S1', '2026-12-31', other);
  assert.equal(reply.state, 'MISMATCH');
  const codes = ['CURRENCY_DIFF', 'PAYEE_DIFF', 'AMOUNT_DIFF', 'LATE', 'NAME_DIFF'];
  assert.deepEqual(reply.resultCodes, codes);
  assert.deepEqual(checkOf(reply, 'amount')?.found, '1');
  assert.deepEqual(alertRules(), ['A01', 'A03', 'A04', 'A11', 'A12']);
  assert.equal(draftOn(ledger, draft.DraftID).Status, 'ISSUED');
});

test('another paying account of the same bank, serial and day is found and named', async () => {
  const account = '7777777';
  const payer = { account, name: '别户', bankNo: '' };
  const reply = await pay('F1', 'S1', '2026-03-03', { account, payer });
  assert.equal(reply.state, 'MISMATCH');
  assert.deepEqual(reply.resultCodes, ['PAYER_DIFF', 'NAME_DIFF']);
  const right = await ingest(payment(planned(draft, 'F1'), 'S1', '2026-03-03'));
  assert.equal(right.state, 'MATCHED');
  assert.equal(legOn(ledger, draft.DraftID, 'F1').flowKey, right.flowKey);
});

test('a bank leg waits for every fiscal leg and advances with the last of them', async () => {
  assert.equal((await pay('B1', 'S3', '2026-03-04')).state, 'WAITING_PREDECESSOR');
  await pay('F1', 'S1', '2026-03-03');
  assert.equal(legOn(ledger, draft.DraftID, 'B1').state, 'WAITING_PREDECESSOR');
  await pay('F2', 'S2', '2026-03-04');
  assert.equal(legOn(ledger, draft.DraftID, 'B1').state, 'MATCHED');
});

test('booked before the last predecessor is EARLY whichever arrives first', async () => {
  await pay('B1', 'S3', '2026-03-03');
  await pay('F1', 'S1', '2026-03-03');
  await pay('F2', 'S2', '2026-03-04');
  assert.equal(legOn(ledger, draft.DraftID, 'B1').state, 'MISMATCH');
  const late = await pay('B2', 'S4', '2026-03-03');
  assert.deepEqual(late.resultCodes, ['EARLY']);
  assert.deepEqual(alertRules(), ['A10', 'A10']);
});

test('only the payer registers, only the own bank reports', async () => {
  const args = { draftId: draft.DraftID, legId: 'F1', serialNo: 'S1', bookingDate: '2026-03-03' };
  const stranger = ledger.submit('reconciliation:register', args, person('city-fin'));
  await assert.rejects(stranger, refusal('NOT_PAYER'));
  const flow = payment(planned(draft, 'F1'), 'S1', '2026-03-03');
  const otherBank = ledger.submit('reconciliation:ingest', { flow }, person('bank-b', 1, 'bank-feed'));
  await assert.rejects(otherBank, refusal('FLOW_NOT_OWN_BANK'));
  const otherSide = { ...flow, account: flow.payee.account };
  const wrong = ledger.submit('reconciliation:ingest', { flow: otherSide }, feedOf(flow));
  await assert.rejects(wrong, refusal('FLOW_NOT_OWN_BANK'));
});

test('the same serial for the same leg is one registration; for another leg it is refused with a red alert', async () => {
  await register('F1', 'S1', '2026-03-03');
  assert.equal((await register('F1', 'S1', '2026-03-03')).state, 'WAITING');
  const second = seedDraft(ledger, { serial: 2 });
  const reply = await register('F1', 'S1', '2026-03-03', second);
  assert.deepEqual([reply.outcome, reply.resultCodes], ['REFUSED', ['DOUBLE_CLAIM']]);
  assert.equal(legOn(ledger, second.DraftID, 'F1').state, 'OPEN');
  assert.deepEqual(alertRules(), ['A08']);
  await assert.rejects(register('F1', 'S9', '2026-03-03'), refusal('LEG_TAKEN'));
});

test('a repeat is a duplicate, other fields are a sighting, other content is a conflict that changes nothing', async () => {
  const flow = payment(planned(draft, 'F1'), 'S1', '2026-03-03');
  await ingest(flow);
  const before = ledger.state.size;
  assert.equal((await ingest({ ...flow, rawHash: 'd'.repeat(64) })).ingest, 'duplicate');
  assert.equal(outcomeOn(ledger, flow).sightings, 0);
  assert.equal((await ingest({ ...flow, purpose: '拨款' })).ingest, 'duplicate');
  assert.equal((await ingest({ ...flow, purpose: '拨款' })).ingest, 'duplicate');
  assert.equal(outcomeOn(ledger, flow).sightings, 1);
  const other = await ingest({ ...flow, amountFen: '5' });
  assert.deepEqual([other.outcome, other.ingest], ['REFUSED', 'conflict']);
  assert.equal(outcomeOn(ledger, flow).conflicts, 1);
  assert.deepEqual(alertRules(), ['A07']);
  assert.equal(ledger.record('FLOW', (other.flowKey ?? '').split('~'))?.amountFen, flow.amountFen);
  // Four more request records and the alert.
  assert.equal(ledger.state.size, before + 5);
});

test('a pending flow never advances; booked it does, dropped it leaves the registration waiting', async () => {
  await register('F1', 'S1', '2026-03-03');
  const flow = payment(planned(draft, 'F1'), 'S1', '2026-03-03');
  assert.equal((await ingest({ ...flow, status: 'PDNG' })).state, 'PENDING');
  assert.equal(legOn(ledger, draft.DraftID, 'F1').state, 'REGISTERED');
  assert.deepEqual(
    [(await ingest(flow)).ingest, legOn(ledger, draft.DraftID, 'F1').state],
    ['updated', 'MATCHED'],
  );
  await register('F2', 'S2', '2026-03-03');
  const dropped = payment(planned(draft, 'F2'), 'S2', '2026-03-03', { status: 'PDNG' });
  await ingest(dropped);
  assert.equal((await ingest(dropped, true)).state, 'DROPPED');
  assert.deepEqual(
    [legOn(ledger, draft.DraftID, 'F2').state, legOn(ledger, draft.DraftID, 'F2').flowKey],
    ['REGISTERED', null],
  );
});

test('a full return takes the leg back, a new serial pays it again', async () => {
  await pay('F1', 'S1', '2026-03-03');
  const paid = payment(planned(draft, 'F1'), 'S1', '2026-03-03');
  const reply = await ingest(returnOf(paid, 'R1', '2026-03-05'));
  assert.equal(reply.state, 'RETURN');
  const leg = legOn(ledger, draft.DraftID, 'F1');
  assert.deepEqual([leg.state, leg.matchedFen], ['RETURNED', '0']);
  assert.equal(draftOn(ledger, draft.DraftID).Status, 'ISSUED');
  assert.deepEqual(alertRules(), ['A09']);
  assert.equal((await register('F1', 'S1', '2026-03-03')).state, 'RETURNED');
  assert.equal((await pay('F1', 'S5', '2026-03-06')).state, 'MATCHED');
  assert.equal(draftOn(ledger, draft.DraftID).ActualPath.length, 3);
});

test('a partial return that came before its payment is applied when the payment arrives', async () => {
  const paid = payment(planned(draft, 'F1'), 'S1', '2026-03-03');
  const back = returnOf(paid, 'R1', '2026-03-05', '100');
  assert.equal((await ingest(back)).state, 'WAITING');
  await pay('F1', 'S1', '2026-03-03');
  const leg = legOn(ledger, draft.DraftID, 'F1');
  assert.deepEqual([leg.state, leg.matchedFen], ['RETURNED', String(BigInt(paid.amountFen) - 100n)]);
  assert.equal(outcomeOn(ledger, back).state, 'RETURN');
  const rest = await pay('F1', 'S6', '2026-03-06', { amountFen: '100' });
  assert.equal(rest.state, 'MATCHED');
  assert.equal(legOn(ledger, draft.DraftID, 'F1').state, 'MATCHED');
});

test('a credit of the payee bank is a receipt, before or after the payment, and advances nothing', async () => {
  const leg = planned(draft, 'F1');
  const early = creditOf(leg, 'C1', '2026-03-03');
  await ingest(early);
  assert.equal(outcomeOn(ledger, early).state, 'WAITING');
  await pay('F1', 'S1', '2026-03-03');
  assert.equal(outcomeOn(ledger, early).state, 'RECEIPT');
  await pay('F2', 'S2', '2026-03-03');
  const named = creditOf(planned(draft, 'F2'), 'C2', '2026-03-20', `${draft.DraftID}/F2`);
  assert.equal((await ingest(named)).state, 'RECEIPT');
  assert.equal(draftOn(ledger, draft.DraftID).Status, 'RAISING');
});

test('two persons of the payer withdraw a registration; its flow waits for another', async () => {
  const flow = payment(planned(draft, 'F1'), 'S1', '2026-03-03', { amountFen: '7' });
  await pay('F1', 'S1', '2026-03-03', { amountFen: '7' });
  const args = {
    draftId: draft.DraftID,
    legId: 'F1',
    serialNo: 'S1',
    bookingDate: '2026-03-03',
    reason: '登记有误',
  };
  await ledger.submit('reconciliation:withdrawRegistration', args, person('pfd', 1));
  const again = ledger.submit('reconciliation:withdrawRegistration', args, person('pfd', 1));
  await assert.rejects(again, refusal('SAME_PERSON'));
  await ledger.submit('reconciliation:withdrawRegistration', args, person('pfd', 2));
  assert.equal(legOn(ledger, draft.DraftID, 'F1').state, 'OPEN');
  assert.deepEqual([outcomeOn(ledger, flow).state, outcomeOn(ledger, flow).legId], ['WAITING', null]);
  const leg = planned(draft, 'F1').payer;
  assert.equal(
    ledger.record('CLAIM', keyParts.CLAIM({ ...leg, bookingDate: '2026-03-03', serialNo: 'S1' }))?.released,
    true,
  );
});

test('checking decides again and changes nothing that stands; a stranger may not ask', async () => {
  const { payer } = planned(draft, 'F1');
  await pay('F1', 'S1', '2026-03-03');
  const args = { bankId: payer.bankId, account: payer.account, bookingDate: '2026-03-03', serialNo: 'S1' };
  const reply = await ledger.submit<DecisionReply>('reconciliation:checking', args, operator('platform'));
  assert.equal(reply.result.state, 'MATCHED');
  assert.equal(reply.writes.size, 1);
  await assert.rejects(
    ledger.submit('reconciliation:checking', args, person('city-fin')),
    refusal('OUT_OF_SCOPE'),
  );
});
