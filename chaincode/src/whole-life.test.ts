/** Tests of the contracts together: the life of a project and its draft, its exit, and the functions each contract offers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Draft } from '#kernel/records/draft.ts';
import type { Project } from '#kernel/records/project.ts';
import { advance, draftIdOfWorld, issuerKeys } from '../test/application.ts';
import { MemoryLedger, refusal } from '../test/memory-ledger.ts';
import { acceptMilestone, draftNow, payLeg, requestRedemption } from '../test/whole-life.ts';
import { openFund, person, populate } from '../test/world.ts';
import { contracts } from './index.ts';

async function issued(): Promise<MemoryLedger> {
  const ledger = new MemoryLedger(contracts);
  await populate(ledger, issuerKeys.publicKey);
  await openFund(ledger);
  await advance(ledger, 'decide');
  return ledger;
}

async function settled(): Promise<MemoryLedger> {
  const ledger = await issued();
  for (const legId of ['F1', 'F2', 'B1', 'B2', 'D1']) await payLeg(ledger, legId, '2026-11-30');
  for (const no of [1, 2]) {
    await acceptMilestone(ledger, no);
    await requestRedemption(ledger, no);
    await payLeg(ledger, `M${no}`, '2026-12-15');
  }
  return ledger;
}

test('a draft goes through its states as its legs reconcile, and its project is closed at the end', async () => {
  const ledger = await issued();
  assert.equal(await payLeg(ledger, 'F1', '2026-11-23'), 'RAISING');
  assert.equal(await payLeg(ledger, 'F2', '2026-11-24'), 'RAISING');
  assert.equal(await payLeg(ledger, 'B1', '2026-11-25'), 'RAISING');
  assert.equal(await payLeg(ledger, 'B2', '2026-11-25'), 'RAISED');
  assert.equal(await payLeg(ledger, 'D1', '2026-11-30'), 'CIRCULATING');
  assert.equal(await acceptMilestone(ledger, 1), 'REDEEMABLE');
  await requestRedemption(ledger, 1);
  assert.equal(await payLeg(ledger, 'M1', '2026-12-10'), 'PARTIALLY_REDEEMED');
  await acceptMilestone(ledger, 2);
  await requestRedemption(ledger, 2);
  assert.equal(await payLeg(ledger, 'M2', '2026-12-20'), 'SETTLED');
  const { circulation, ActualPath } = await draftNow(ledger);
  assert.deepEqual([circulation, ActualPath.length], ['ENDED', 7]);
  await ledger.submit('project:close', { id: 'p-1', opinion: '完结。' }, person('plo', 3));
});

test('a settled draft pays back by return legs: banks first, every stage reconciled', async () => {
  const ledger = await settled();
  const plan = {
    fundId: 'fund-1',
    draftId: draftIdOfWorld,
    amountFen: '950000000',
    deadline: '2027-12-01',
    reason: '退出',
  };
  const submit = (change: object, who = person('plo', 3)): Promise<unknown> =>
    ledger.submit('fund:planExit', { ...plan, ...change }, who);
  await assert.rejects(submit({}), refusal('WRONG_STATE'));
  await assert.rejects(submit({ amountFen: '1000000001' }, person('lpf', 1)), refusal('AMOUNT_OVER_LIMIT'));
  await assert.rejects(submit({}, person('lpf', 3)), refusal('POST_MISSING'));
  await submit({}, person('lpf', 1));
  await assert.rejects(submit({ amountFen: '1' }), refusal('WRONG_STATE'));
  await submit({});
  await assert.rejects(submit({}, person('lpf', 1)), refusal('WRONG_STATE'));
  const back = (await draftNow(ledger)).PlanPath.filter((leg) => leg.kind === 'X');
  const shape = back.map((leg) => [
    leg.legId,
    leg.payer.orgId,
    leg.payee.orgId,
    leg.amountFen,
    leg.dependsOn.join(),
  ]);
  assert.deepEqual(shape, [
    ['X1', 'imp', 'cpc', '950000000', ''],
    ['X2', 'cpc', 'lpf', '950000000', 'X1'],
    ['X3', 'lpf', 'bank-a', '450000000', 'X2'],
    ['X4', 'lpf', 'bank-b', '450000000', 'X2'],
    ['X5', 'lpf', 'pfd', '20000000', 'X2'],
    ['X6', 'lpf', 'city-fin', '30000000', 'X2'],
  ]);
  for (const { legId } of back) assert.equal(await payLeg(ledger, legId, '2027-11-01'), 'SETTLED');
  const { legs } = await draftNow(ledger);
  assert.ok(legs.every((leg) => leg.state === 'MATCHED'));
});

test('a bank sees the legs that touch it, the other parties see the whole path', async () => {
  const ledger = await issued();
  const legsSeenBy = async (orgId: 'bank-b' | 'imp'): Promise<string> => {
    const draft = await ledger.query<Draft>('draft:query', { DraftID: draftIdOfWorld }, person(orgId, 1));
    assert.deepEqual(
      draft.legs.map((leg) => leg.legId),
      draft.PlanPath.map((leg) => leg.legId),
    );
    return draft.PlanPath.map((leg) => leg.legId).join();
  };
  assert.equal(await legsSeenBy('bank-b'), 'B2');
  assert.equal(await legsSeenBy('imp'), 'F1,F2,B1,B2,D1,M1,M2');
  const project = await ledger.query<Project>('project:query', { id: 'p-1' }, person('bank-b', 1));
  assert.deepEqual(
    project.plan?.legs.map((leg) => leg.legId),
    ['B2'],
  );
});

test('a draft that has not settled has no exit', async () => {
  const ledger = await issued();
  const plan = {
    fundId: 'fund-1',
    draftId: draftIdOfWorld,
    amountFen: '1',
    deadline: '2027-12-01',
    reason: '退出',
  };
  await assert.rejects(ledger.submit('fund:planExit', plan, person('lpf', 1)), refusal('WRONG_STATE'));
});
