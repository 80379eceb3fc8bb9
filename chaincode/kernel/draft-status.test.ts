/** Tests of the standing of a draft and of conservation: every stage, every stop, every way in which money could be wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seedDraft, planned } from '../test/drafts.ts';
import { assertConserved } from './conservation.ts';
import { firstPayments, standingOf, unfrozenStatusOf } from './draft-status.ts';
import { openLeg } from './new-draft.ts';
import { returnLegs } from './recall-plan.ts';
import type { Draft, LegState } from './records/draft.ts';

const ledger = { state: new Map<string, string>() };
const order = ['F1', 'F2', 'B1', 'B2', 'D1', 'M1', 'M2'];

function matched(...legIds: readonly string[]): Draft {
  const draft = seedDraft(ledger);
  for (const legId of legIds) move(draft, legId, 'payment', [planned(draft, legId).amountFen]);
  return draft;
}

type Kind = 'payment' | 'return';

function move(draft: Draft, legId: string, kind: Kind, [amountFen, date]: readonly [string, string?]): void {
  const bookingDate = date ?? '2026-03-10';
  const progress = draft.legs.find((one) => one.legId === legId);
  if (progress === undefined) throw new Error(legId);
  const sign = kind === 'payment' ? 1n : -1n;
  const net = BigInt(progress.matchedFen) + sign * BigInt(amountFen);
  const state: LegState = net === BigInt(planned(draft, legId).amountFen) ? 'MATCHED' : 'RETURNED';
  Object.assign(progress, { matchedFen: String(net), state });
  draft.ActualPath.push({
    ...{ legId, kind, SerialNumber: `S${draft.ActualPath.length}`, bankId: 'bank-a', bookingDate },
    ...{ ActualTimeOfRemit: '', ActualAmount: amountFen, flowKey: `k${draft.ActualPath.length}` },
    ...{ registeredBy: 'p', ingestedBy: 'f', txId: 't', at: '2026-03-10T00:00:00.000Z' },
  });
}

test('each stage of the path has its status, circulation and holder', () => {
  const stages = order.map((_, at) => standingOf(matched(...order.slice(0, at + 1))));
  assert.deepEqual(
    [standingOf(matched()), ...stages].map(({ Status, circulation, holderOrgId }) =>
      [Status, circulation, holderOrgId].join(' '),
    ),
    [
      'ISSUED PENDING plo',
      'RAISING CIRCULATING lpf',
      'RAISING CIRCULATING lpf',
      'RAISING CIRCULATING lpf',
      'RAISED CIRCULATING lpf',
      'CIRCULATING CIRCULATING cpc',
      'PARTIALLY_REDEEMED CIRCULATING cpc',
      'SETTLED ENDED imp',
    ],
  );
  const accepted = { ...matched(...order.slice(0, 5)), milestonesAccepted: [1] };
  assert.equal(standingOf(accepted).Status, 'REDEEMABLE');
});

test('a return steps the status back, a freeze hides it', () => {
  const draft = matched(...order);
  move(draft, 'M2', 'return', ['1']);
  assert.equal(standingOf(draft).Status, 'PARTIALLY_REDEEMED');
  move(draft, 'F1', 'return', [planned(draft, 'F1').amountFen]);
  assert.equal(standingOf(draft).Status, 'RAISING');
  const act = { by: 'plo.2', orgId: 'plo', at: '2026-03-10T00:00:00.000Z', txId: 't' };
  const frozen = { ...draft, frozen: { act, reason: '', from: 'RAISING' as const } };
  const { Status, circulation } = standingOf(frozen);
  assert.deepEqual(
    [Status, circulation, unfrozenStatusOf(frozen)],
    ['FROZEN', 'NON_TRANSFERABLE', 'RAISING'],
  );
});

test('whatever the order of the payments, the standing is the same', () => {
  fc.assert(
    fc.property(fc.subarray(order), fc.integer({ min: 0, max: 6 }), (legIds, turn) => {
      const turned = [...legIds.slice(turn), ...legIds.slice(0, turn)];
      assert.deepEqual(standingOf(matched(...turned)), standingOf(matched(...legIds)));
      assert.deepEqual([...firstPayments(matched(...turned)).keys()].sort(), [...legIds].sort());
    }),
    { numRuns: 500 },
  );
});

test('a first payment keeps its date through returns and later payments', () => {
  const draft = matched();
  const { amountFen } = planned(draft, 'F1');
  move(draft, 'F1', 'payment', [amountFen, '2026-03-10']);
  move(draft, 'F1', 'return', [amountFen, '2026-03-12']);
  move(draft, 'F1', 'payment', [amountFen, '2026-03-20']);
  assert.equal(firstPayments(draft).get('F1'), '2026-03-10');
});

test('conservation holds through the path and fails on every kind of fault', () => {
  for (const at of order.keys()) assertConserved(matched(...order.slice(0, at + 1)));
  const faults: ((draft: Draft) => void)[] = [
    (draft) => draft.ActualPath.pop(),
    (draft) => Object.assign(draft.legs[0] ?? {}, { state: 'OPEN' }),
    (draft) => Object.assign(draft.legs[0] ?? {}, { matchedFen: '1' }),
    (draft) => move(draft, 'F1', 'payment', ['1']),
    (draft) => Object.assign(draft, { Amount: '10000002' }),
    (draft) => draft.ranges.push({ no: 2, startFen: '5', endFen: '6', legId: null, state: 'OPEN' }),
    (draft) =>
      draft.ranges.splice(0, 1, { no: 1, startFen: '2', endFen: draft.Amount, legId: null, state: 'OPEN' }),
  ];
  for (const spoil of faults) {
    const draft = matched('F1', 'F2');
    spoil(draft);
    assert.throws(() => assertConserved(draft), /not conserved/);
  }
  const unfunded = matched('F1', 'F2', 'B1', 'B2');
  move(unfunded, 'M1', 'payment', [planned(unfunded, 'M1').amountFen]);
  assert.throws(() => assertConserved(unfunded), /not conserved at node/);
});

test('a recall plans back exactly what is not spent, whatever was paid', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), (count) => {
      const draft = matched(...order.slice(0, count));
      const back = returnLegs(draft, '2026-08-03');
      draft.PlanPath.push(...back);
      draft.legs.push(...back.map((leg) => openLeg(leg)));
      for (const leg of back) move(draft, leg.legId, 'payment', [leg.amountFen]);
      assertConserved(draft);
      assert.equal(standingOf(draft).Status, 'RECALLED');
      const toContributors = back.filter((leg) => leg.payer.orgId === 'lpf').map((leg) => leg.amountFen);
      const paid = (kinds: string): string[] =>
        draft.PlanPath.filter((leg) => kinds.includes(leg.kind)).map(
          (leg) => draft.legs.find((one) => one.legId === leg.legId)?.matchedFen ?? '0',
        );
      assert.equal(sumOf(toContributors), sumOf(paid('FB')) - sumOf(paid('M')));
    }),
    { numRuns: 100 },
  );
});

function sumOf(amounts: readonly string[]): bigint {
  return amounts.reduce((total, amount) => total + BigInt(amount), 0n);
}
