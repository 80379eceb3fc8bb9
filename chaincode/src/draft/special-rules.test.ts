/** Tests of special rules on the ledger: refused with the plan that breaks them, and with the payment asked for too early. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { SpecialRule } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { advance, decision, issuerKeys, planOfWorld } from '../../test/application.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { acceptMilestone, draftNow, payLeg, requestRedemption } from '../../test/whole-life.ts';
import { openFund, person, populate } from '../../test/world.ts';
import { contracts } from '../index.ts';

let ledger: MemoryLedger;
const review = async (...specialRule: SpecialRule[]): Promise<unknown> =>
  ledger.submit('project:review', { ...decision, plan: { ...planOfWorld(), specialRule } }, person('plo', 1));

beforeEach(async () => {
  ledger = new MemoryLedger(contracts);
  await populate(ledger, issuerKeys.publicKey);
  await openFund(ledger);
  await advance(ledger, 'countersign');
});

test('a plan that breaks its own special rules is refused at review', async () => {
  const broken: SpecialRule[][] = [
    [{ type: 'spend-categories', categories: ['绿化'] }],
    [{ type: 'recall-date', date: '2026-12-31' }],
    [{ type: 'payee-whitelist', orgIds: ['cpc'] }],
    [
      { type: 'max-prepayment', bp: 100 },
      { type: 'max-prepayment', bp: 9000 },
    ],
  ];
  for (const rules of broken) await assert.rejects(review(...rules), refusal('PLAN_FAULT'));
  const nobody = review({ type: 'extra-approver', orgId: 'nobody' });
  await assert.rejects(nobody, refusal('REFERENCE_INVALID'));
  await review(
    { type: 'spend-categories', categories: ['路面工程'] },
    { type: 'extra-approver', orgId: 'pfd' },
  );
  assert.equal(ledger.record('PROJECT', keyParts.PROJECT('p-1'))?.state, 'REVIEWED');
});

test('max-prepayment: what is asked for ahead of the work is refused, until enough is built', async () => {
  await review({ type: 'max-prepayment', bp: 2000 });
  await advance(ledger, 'decide', 'decide');
  assert.deepEqual((await draftNow(ledger)).SpecialRule, [{ type: 'max-prepayment', bp: 2000 }]);
  for (const legId of ['F1', 'F2', 'B1', 'B2', 'D1']) await payLeg(ledger, legId, '2026-11-30');
  // Milestone 2 is 60 % of the money: at 60 % built, 24 % would be paid ahead.
  await acceptMilestone(ledger, 2, 60);
  await assert.rejects(requestRedemption(ledger, 2), refusal('AMOUNT_OVER_LIMIT'));
  assert.deepEqual((await draftNow(ledger)).redemptions, []);
  await acceptMilestone(ledger, 1, 50);
  await requestRedemption(ledger, 1);
  assert.equal((await draftNow(ledger)).redemptions[0]?.state, 'APPROVED');
});

test('without a special rule a milestone accepted in part may be paid', async () => {
  await review();
  await advance(ledger, 'decide', 'decide');
  for (const legId of ['F1', 'F2', 'B1', 'B2', 'D1']) await payLeg(ledger, legId, '2026-11-30');
  await acceptMilestone(ledger, 2, 60);
  await requestRedemption(ledger, 2);
  assert.equal((await draftNow(ledger)).redemptions[0]?.state, 'APPROVED');
});
