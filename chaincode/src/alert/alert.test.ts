/** Tests of the `alert` contract: one open alert per subject and rule, the steps of its life, who may take them, what time raises. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Alert } from '#kernel/records/alert.ts';
import { flowKeyOf, keyParts } from '#kernel/records/keys.ts';
import type { DecisionReply, Flow } from '#kernel/records/reconciliation.ts';
import {
  copyWorld,
  draftOn,
  feedOf,
  legOn,
  payerOf,
  payment,
  planned,
  seedDraft,
  writeDraft,
} from '../../test/drafts.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { openFund, operator, person, populate } from '../../test/world.ts';
import { FundContract } from '../fund/fund.contract.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ReconciliationContract } from '../reconciliation/reconciliation.contract.ts';
import { AlertContract } from './alert.contract.ts';

const contracts = [MemberContract, FundContract, ReconciliationContract, AlertContract];
const world = new MemoryLedger(contracts);
await populate(world);
await openFund(world);
let ledger: MemoryLedger;
let draftId: string;

beforeEach(() => {
  ledger = new MemoryLedger(contracts);
  copyWorld(world, ledger);
  draftId = seedDraft(ledger).DraftID;
});

async function pay(legId: string, bookingDate: string, other: Partial<Flow> = {}): Promise<DecisionReply> {
  const leg = planned(draftOn(ledger, draftId), legId);
  const serialNo = `S-${legId}`;
  await ledger.submit('reconciliation:register', { draftId, legId, serialNo, bookingDate }, payerOf(leg));
  const flow = payment(leg, serialNo, bookingDate, other);
  return (await ledger.submit<DecisionReply>('reconciliation:ingest', { flow }, feedOf(flow))).result;
}

function alertOn(id: string): Alert {
  const alert = ledger.record('ALERT', keyParts.ALERT(id));
  if (alert === null) throw new Error(id);
  return alert;
}

async function step(
  fn: string,
  id: string,
  who: ReturnType<typeof person>,
  more: object = {},
): Promise<void> {
  await ledger.submit(`alert:${fn}`, { id, text: '说明', ...more }, who);
}

async function tick(asOf: string, ...subjects: object[]): Promise<string[]> {
  const reply = await ledger.submit<{ raised: string[] }>(
    'alert:tick',
    { asOf, subjects },
    operator('platform'),
  );
  return reply.result.raised;
}

function ruleAndLevel(ids: readonly string[]): string[] {
  return ids.map(alertOn).map(({ rule, level }) => `${rule} ${level}`);
}

test('an alert goes from raised to closed by the right units, each step another person where it must be', async () => {
  const [id = ''] = (await pay('F1', '2026-03-10', { amountFen: '5' })).alertIds;
  assert.deepEqual(
    [alertOn(id).rule, alertOn(id).responsibleOrgId, alertOn(id).checks.length],
    ['A01', 'pfd', 1],
  );
  await step('assign', id, person('plo'), { responsibleOrgId: 'pfd' });
  await assert.rejects(step('explain', id, person('city-fin')), refusal('OUT_OF_SCOPE'));
  await step('explain', id, person('pfd'));
  await step('rectify', id, person('pfd'));
  await assert.rejects(step('review', id, person('pfd')), refusal('NAMED_UNIT'));
  await step('review', id, person('plo', 2));
  await assert.rejects(step('close', id, person('plo', 2)), refusal('SAME_PERSON'));
  await step('close', id, person('plo', 3));
  const { state, life } = alertOn(id);
  assert.equal(state, 'CLOSED');
  const steps = ['raise', 'assign', 'explain', 'rectify', 'review', 'close'];
  assert.deepEqual(
    life.map((line) => line.step),
    steps,
  );
  await assert.rejects(step('explain', id, person('pfd')), refusal('WRONG_STATE'));
});

test('one open alert per subject, rule and level; after the close the next links to the earlier', async () => {
  const subject = { kind: 'leg', draftId, legId: 'F1' };
  const [first = ''] = await tick('2026-03-18', subject);
  assert.deepEqual(await tick('2026-03-19', subject), []);
  await step('explain', first, person('pfd'));
  await step('review', first, person('plo', 2));
  await step('close', first, person('plo', 3), { falseAlarm: true });
  assert.equal(alertOn(first).state, 'FALSE_ALARM');
  const [second = ''] = await tick('2026-03-19', subject);
  assert.notEqual(second, first);
  assert.equal(alertOn(second).earlierId, first);
});

test('overdue legs are yellow up to three working days, then red; matched legs are not judged', async () => {
  const { deadline } = planned(draftOn(ledger, draftId), 'F1');
  assert.equal(deadline, '2026-03-17');
  const subject = { kind: 'leg', draftId, legId: 'F1' };
  assert.deepEqual(await tick('2026-03-17', subject), []);
  assert.deepEqual(ruleAndLevel(await tick('2026-03-20', subject)), ['A04 yellow']);
  assert.deepEqual(ruleAndLevel(await tick('2026-03-23', subject)), ['A04 red']);
  await pay('F2', '2026-03-10');
  assert.deepEqual(await tick('2026-03-23', { kind: 'leg', draftId, legId: 'F2' }), []);
});

test('a registration without flow and a flow without registration are told after one and three working days', async () => {
  const leg = planned(draftOn(ledger, draftId), 'F1');
  const args = { draftId, legId: 'F1', serialNo: 'S1', bookingDate: '2026-03-06' };
  await ledger.submit('reconciliation:register', args, payerOf(leg));
  const subject = { kind: 'leg', draftId, legId: 'F1' };
  // The 6th is a Friday: Monday the 9th is the first working day after it.
  assert.deepEqual(await tick('2026-03-09', subject), []);
  assert.deepEqual(ruleAndLevel(await tick('2026-03-10', subject)), ['A05 yellow']);
  assert.deepEqual(ruleAndLevel(await tick('2026-03-12', subject)), ['A05 red']);
  const flow = payment(planned(draftOn(ledger, draftId), 'F2'), 'S2', '2026-03-06');
  await ledger.submit('reconciliation:ingest', { flow }, feedOf(flow));
  const lone = { kind: 'flow', flowKey: flowKeyOf(flow) };
  assert.deepEqual(await tick('2026-03-09', lone), []);
  assert.deepEqual(ruleAndLevel(await tick('2026-03-10', lone)), ['A06 yellow']);
  const [red = ''] = await tick('2026-03-12', lone);
  assert.deepEqual([alertOn(red).level, alertOn(red).responsibleOrgId], ['red', 'city-fin']);
});

test('only the machine brings time', async () => {
  const args = { asOf: '2026-03-20', subjects: [{ kind: 'leg', draftId, legId: 'F1' }] };
  await assert.rejects(ledger.submit('alert:tick', args, person('plo')), refusal('ROLE_NOT_ALLOWED'));
});

test('two persons let a late payment stand; a wrong payee they cannot', async () => {
  const late = await pay('F1', '2026-03-18');
  assert.deepEqual(late.resultCodes, ['LATE']);
  const [id = ''] = late.alertIds;
  await step('explain', id, person('pfd'));
  await step('review', id, person('plo', 2));
  await step('close', id, person('plo', 3), { acceptChecks: true });
  const leg = legOn(ledger, draftId, 'F1');
  assert.deepEqual([leg.state, leg.accepted], ['MATCHED', ['deadline']]);
  const wrong = await pay('F2', '2026-03-10', { payee: { account: '66666', name: '', bankNo: '' } });
  const [other = ''] = wrong.alertIds;
  await step('explain', other, person('city-fin'));
  await step('review', other, person('plo', 2));
  await assert.rejects(
    step('close', other, person('plo', 3), { acceptChecks: true }),
    refusal('WRONG_STATE'),
  );
  assert.equal(legOn(ledger, draftId, 'F2').state, 'MISMATCH');
});

test('what was booked after the recall date of the special rules is not let stand', async () => {
  writeDraft(ledger, {
    ...draftOn(ledger, draftId),
    SpecialRule: [{ type: 'recall-date', date: '2026-03-17' }],
  });
  const [id = ''] = (await pay('F1', '2026-03-18')).alertIds;
  await step('explain', id, person('pfd'));
  await step('review', id, person('plo', 2));
  await assert.rejects(step('close', id, person('plo', 3), { acceptChecks: true }), refusal('WRONG_STATE'));
  await step('close', id, person('plo', 3));
  assert.equal(legOn(ledger, draftId, 'F1').state, 'MISMATCH');
});

test('a report names a unit, hides its reporter, and a named office is judged by the finance department', async () => {
  const subject = { draftId, legId: null, projectId: null, flowKey: null, serialNo: null };
  const report = { id: 'report-1', subject, namedOrgIds: ['plo'], text: '资金滞留' };
  await ledger.submit('alert:report', report, person('imp'));
  const seen = await ledger.query<Alert>('alert:query', { id: 'report-1' }, person('cpc'));
  assert.deepEqual([seen.reporter, seen.life[0]?.act.by], [null, '-']);
  const audited = await ledger.query<Alert>('alert:query', { id: 'report-1' }, person('aud'));
  assert.equal(audited.reporter, 'imp.1');
  const assign = { responsibleOrgId: 'lpf' };
  await assert.rejects(step('assign', 'report-1', person('plo'), assign), refusal('NAMED_UNIT'));
  await step('assign', 'report-1', person('pfd'), assign);
  await step('explain', 'report-1', person('lpf'));
  await step('review', 'report-1', person('pfd', 2));
  await step('close', 'report-1', person('pfd', 3));
  assert.equal(alertOn('report-1').state, 'CLOSED');
});

test('the finance department judges nothing else, the county only inside its division', async () => {
  const [id = ''] = (await pay('F2', '2026-03-10', { amountFen: '5' })).alertIds;
  await step('explain', id, person('city-fin'));
  await assert.rejects(step('review', id, person('pfd', 2)), refusal('ROLE_NOT_ALLOWED'));
  await assert.rejects(step('review', id, person('cph2', 2)), refusal('OUT_OF_SCOPE'));
  await step('review', id, person('cph', 2));
  await step('close', id, person('cph', 3));
  assert.equal(alertOn(id).state, 'CLOSED');
});

test('a report about something out of sight is refused', async () => {
  const subject = { draftId, legId: null, projectId: null, flowKey: null, serialNo: null };
  const report = { id: 'report-2', subject, namedOrgIds: [], text: '问题' };
  await assert.rejects(ledger.submit('alert:report', report, person('imp2')), refusal('OUT_OF_SCOPE'));
});
