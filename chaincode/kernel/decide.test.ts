/** Tests of the decision, row by row of reconciliation.md 5.1 and 5.2 that concern content, time, order and state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payment, planned, seedDraft } from '../test/drafts.ts';
import { decide } from './decide.ts';
import type { Decision, DecideInput } from './decide.ts';
import type { Actual, Draft } from './records/draft.ts';
import type { Flow } from './records/reconciliation.ts';

const date = '2026-03-10';
const ledger = { state: new Map<string, string>() };

function draftWith(...paid: readonly string[]): Draft {
  const draft = seedDraft(ledger);
  for (const item of paid) {
    const [legId = '', day = date] = item.split('@');
    draft.ActualPath.push(paidOn(draft, legId, day));
    const progress = draft.legs.find((one) => one.legId === legId);
    Object.assign(progress ?? {}, { state: 'MATCHED', matchedFen: planned(draft, legId).amountFen });
  }
  return draft;
}

function paidOn(draft: Draft, legId: string, bookingDate: string): Actual {
  return {
    ...{ legId, kind: 'payment', SerialNumber: `S-${legId}`, bankId: 'bank-a', bookingDate },
    ...{ ActualTimeOfRemit: '', ActualAmount: planned(draft, legId).amountFen, flowKey: `k-${legId}` },
    ...{ registeredBy: 'p', ingestedBy: 'f', txId: 't', at: '2026-03-10T00:00:00.000Z' },
  };
}

function approve(
  draft: Draft,
  legId: string,
  state: Draft['redemptions'][number]['state'] = 'APPROVED',
): Draft {
  const act = { by: 'imp.1', orgId: 'imp', at: '2026-03-02T01:00:00.000Z', txId: 'tx' };
  draft.redemptions.push({
    ...{ rid: `${legId}.1`, milestoneNo: 1, legId, amountFen: planned(draft, legId).amountFen, state },
    ...{ requested: act, checked: act, approved: act, refused: null, reasonCode: null, opinion: '' },
  });
  return draft;
}

function judge(
  draft: Draft,
  legId: string,
  flow: Partial<Flow> = {},
  other: Partial<DecideInput> = {},
): Decision {
  const leg = planned(draft, legId);
  const paid = payment(leg, 'S1', flow.bookingDate ?? date, flow);
  const { bankId, account } = leg.payer;
  const registration = { serialNo: 'S1', bookingDate: paid.bookingDate, bankId, account };
  return decide({ draft, leg, registration, flow: paid, allocations: [], ...other });
}

function party(account: string, name = '单位imp'): Flow['payee'] {
  return { account, name, bankNo: '' };
}

test('a pair that agrees in everything matches; every check is listed and good', () => {
  const decision = judge(draftWith(), 'F1');
  assert.equal(decision.verdict, 'MATCHED');
  assert.deepEqual(decision.resultCodes, ['MATCHED']);
  assert.ok(decision.checks.every((line) => line.ok));
  const names = decision.checks.map((line) => line.name);
  const content = ['booked', 'direction', 'serial', 'currency', 'payee', 'payer', 'amount', 'deadline'];
  assert.deepEqual(names, [...content, 'state', 'claim', 'order', 'payee-name', 'payer-name']);
});

const rows: readonly (readonly [string, Partial<Flow>, readonly string[]])[] = [
  ['too small', { amountFen: '399999' }, ['AMOUNT_DIFF']],
  ['too large', { amountFen: '400001' }, ['AMOUNT_DIFF']],
  ['another payee account', { payee: party('66666', '单位lpf') }, ['PAYEE_DIFF']],
  ['another payer account', { account: '66666' }, ['PAYER_DIFF']],
  ['another currency', { currency: 'HKD' }, ['CURRENCY_DIFF']],
  ['a credit', { direction: 'CRDT' }, ['DIRECTION']],
  ['a reversal', { reversal: true }, ['DIRECTION']],
  ['another bank', { bankId: 'bank-b' }, ['NO_FLOW']],
  ['booked after the deadline', { bookingDate: '2026-03-18' }, ['LATE']],
  [
    'several things',
    { amountFen: '1', currency: 'USD', account: '66666' },
    ['CURRENCY_DIFF', 'PAYER_DIFF', 'AMOUNT_DIFF'],
  ],
];
for (const [what, flow, codes] of rows) {
  test(`${what} does not match and every failure is named`, () => {
    const decision = judge(draftWith(), 'F1', flow);
    assert.equal(decision.verdict, 'MISMATCH');
    assert.deepEqual(decision.resultCodes, codes);
  });
}

test('the whole day of the deadline is in time, whenever the flow arrives', () => {
  const { deadline } = planned(draftWith(), 'F1');
  assert.equal(judge(draftWith(), 'F1', { bookingDate: deadline }).verdict, 'MATCHED');
});

test('names are compared in normal form, and a difference only warns', () => {
  const draft = draftWith();
  const leg = planned(draft, 'F1');
  leg.payee.name = '有限合伙（贵州）';
  const same = judge(draft, 'F1', { payee: party(leg.payee.account, '有限合伙 (贵州)') });
  assert.deepEqual(same.resultCodes, ['MATCHED']);
  const other = judge(draft, 'F1', { payee: party(leg.payee.account, '别的单位') });
  assert.deepEqual([other.verdict, other.resultCodes], ['MATCHED', ['MATCHED', 'NAME_DIFF']]);
  const none = judge(draft, 'F1', { payee: party(leg.payee.account, '') });
  assert.deepEqual(none.resultCodes, ['MATCHED']);
});

test('one side alone waits; a pending flow never advances; a dropped one counts as none', () => {
  const draft = draftWith();
  assert.deepEqual(judge(draft, 'F1', {}, { registration: null }).resultCodes, ['NO_REGISTRATION']);
  assert.deepEqual(judge(draft, 'F1', {}, { flow: null }).resultCodes, ['NO_FLOW']);
  assert.equal(judge(draft, 'F1', { status: 'PDNG' }).verdict, 'PENDING');
  assert.equal(judge(draft, 'F1', { status: 'PDNG' }, { flowStatus: 'BOOK' }).verdict, 'MATCHED');
  assert.equal(judge(draft, 'F1', {}, { flowStatus: 'DROPPED' }).verdict, 'WAITING');
});

test('order goes by booking date alone: missing predecessors wait, the same day is in order, earlier is EARLY', () => {
  assert.equal(judge(draftWith('F1@2026-03-10'), 'B1').verdict, 'WAITING_PREDECESSOR');
  const both = draftWith('F1@2026-03-09', 'F2@2026-03-10');
  assert.equal(judge(both, 'B1').verdict, 'MATCHED');
  assert.deepEqual(judge(both, 'B1', { bookingDate: '2026-03-09' }).resultCodes, ['EARLY']);
  const one = judge(draftWith('F1@2026-03-10'), 'B1', { bookingDate: '2026-03-09' });
  assert.deepEqual(one.resultCodes, ['EARLY']);
});

test('a pair that waits for its predecessor and is wrong otherwise is a mismatch at once', () => {
  const decision = judge(draftWith(), 'B1', { amountFen: '1' });
  assert.deepEqual([decision.verdict, decision.resultCodes], ['MISMATCH', ['AMOUNT_DIFF']]);
  assert.ok(decision.checks.some((line) => line.name === 'order' && !line.ok && line.severity === 'warn'));
});

test('a predecessor whose money came back later still counts from its first proven payment', () => {
  const draft = draftWith('F1', 'F2');
  draft.ActualPath.push({ ...paidOn(draft, 'F1', '2026-03-11'), kind: 'return', flowKey: 'back' });
  assert.equal(judge(draft, 'B1').verdict, 'MATCHED');
});

test('a milestone payment needs its approved redemption; what failed stays held until people decide', () => {
  const paid = ['F1', 'F2', 'B1', 'B2', 'D1'];
  assert.deepEqual(judge(draftWith(...paid), 'M1').resultCodes, ['MILESTONE']);
  assert.deepEqual(judge(approve(draftWith(...paid), 'M1', 'CHECKED'), 'M1').resultCodes, ['MILESTONE']);
  assert.deepEqual(judge(approve(draftWith(...paid), 'M1', 'REFUSED'), 'M1').resultCodes, ['MILESTONE']);
  const approved = approve(draftWith(...paid), 'M1');
  assert.equal(judge(approved, 'M1').verdict, 'MATCHED');
  assert.deepEqual(judge(approved, 'M1', {}, { heldFailures: ['milestone'] }).resultCodes, ['MILESTONE']);
  const both = { heldFailures: ['milestone'], accepted: ['milestone'] } as const;
  assert.equal(judge(approved, 'M1', {}, both).verdict, 'MATCHED');
});

test('two persons may accept time and order, never payee, payer or amount', () => {
  const accepted = ['deadline', 'order', 'payee', 'amount'] as const;
  assert.equal(judge(draftWith(), 'F1', { bookingDate: '2026-05-01' }, { accepted }).verdict, 'MATCHED');
  assert.deepEqual(judge(draftWith(), 'F1', { amountFen: '1' }, { accepted }).resultCodes, ['AMOUNT_DIFF']);
  const early = judge(draftWith('F1', 'F2'), 'B1', { bookingDate: '2026-03-03' }, { accepted });
  assert.equal(early.verdict, 'MATCHED');
  assert.equal(judge(draftWith(), 'B1', {}, { accepted }).verdict, 'WAITING_PREDECESSOR');
});

test('frozen, terminated, recalled or cancelled takes no payment', () => {
  for (const Status of ['FROZEN', 'TERMINATED', 'RECALLED'] as const) {
    assert.deepEqual(judge({ ...draftWith(), Status }, 'F1').resultCodes, ['DRAFT_STATE']);
  }
  const draft = draftWith();
  Object.assign(draft.legs[0] ?? {}, { state: 'CANCELLED' });
  assert.deepEqual(judge(draft, 'F1').resultCodes, ['DRAFT_STATE']);
});

test('a flow that already pays another leg is a double claim', () => {
  const allocations = [{ draftId: 'other', legId: 'F1' }];
  assert.deepEqual(judge(draftWith(), 'F1', {}, { allocations }).resultCodes, ['DOUBLE_CLAIM']);
});

test('with instalments a part matches and the rest must fit exactly', () => {
  const draft = seedDraft(ledger, { instalments: true });
  assert.equal(judge(draft, 'F1', { amountFen: '100000' }).verdict, 'MATCHED');
  Object.assign(draft.legs[0] ?? {}, { matchedFen: '100000' });
  assert.equal(judge(draft, 'F1', { amountFen: '300000' }).verdict, 'MATCHED');
  assert.deepEqual(judge(draft, 'F1', { amountFen: '300001' }).resultCodes, ['AMOUNT_DIFF']);
});
