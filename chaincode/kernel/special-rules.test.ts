/** Tests of the special rules: what they demand of a plan, and of a request for payment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOfWorld, planOfWorld } from '../test/application.ts';
import type { SpecialRule } from './records/draft.ts';
import { isWithinPrepayment, specialRuleFaults, type PrepaidBasis } from './special-rules.ts';

const faults = (...specialRule: SpecialRule[]): string[] =>
  specialRuleFaults({ ...planOfWorld(), specialRule }, contentOfWorld.budget).map(
    (one) => `${one.legId} ${one.field}`,
  );

test('a plan without special rules, or that keeps them, has no fault', () => {
  assert.deepEqual(faults(), []);
  assert.deepEqual(
    faults(
      { type: 'payee-whitelist', orgIds: ['imp'] },
      { type: 'spend-categories', categories: ['路面工程', '涵洞'] },
      { type: 'recall-date', date: '2030-01-01' },
      { type: 'max-prepayment', bp: 3000 },
    ),
    [],
  );
});

test('each rule finds what breaks it', () => {
  assert.deepEqual(faults({ type: 'payee-whitelist', orgIds: ['other'] }), ['M1 payee', 'M2 payee']);
  assert.deepEqual(faults({ type: 'spend-categories', categories: ['涵洞'] }), [' specialRule']);
  assert.deepEqual(faults({ type: 'max-prepayment', bp: 1 }, { type: 'max-prepayment', bp: 2 }), [
    ' specialRule',
  ]);
  const last = planOfWorld().legs.find((leg) => leg.legId === 'M1')?.deadline ?? '';
  assert.deepEqual(faults({ type: 'recall-date', date: last }), ['M2 deadline']);
});

const draft = (bp: number, requested: readonly number[] = []): PrepaidBasis => ({
  Amount: contentOfWorld.amountFen,
  PlanPath: planOfWorld().legs,
  SpecialRule: [{ type: 'max-prepayment', bp }],
  redemptions: requested.map((milestoneNo) => ({ milestoneNo, state: 'APPROVED' })) as never,
});

// Milestone 1 is 40 % of the draft, milestone 2 the other 60 %.
const cases: readonly [
  bp: number,
  percents: Record<number, number>,
  asked: number,
  standing: number[],
  ok: boolean,
][] = [
  [0, { 1: 100 }, 1, [], true],
  [0, { 1: 99 }, 1, [], false],
  [2000, { 1: 50 }, 1, [], true],
  [1999, { 1: 50 }, 1, [], false],
  [2000, { 1: 50, 2: 99 }, 2, [1], false],
  [2060, { 1: 50, 2: 99 }, 2, [1], true],
  [10_000, {}, 1, [2], true],
];
for (const [bp, percents, asked, standing, ok] of cases)
  test(`prepayment of ${bp} basis points, built ${JSON.stringify(percents)}: ${ok ? 'allowed' : 'refused'}`, () => {
    const percentOf = new Map(Object.entries(percents).map(([no, percent]) => [Number(no), percent]));
    assert.equal(isWithinPrepayment(draft(bp, standing), asked, percentOf), ok);
  });

test('without the rule nothing limits a request', () => {
  assert.equal(isWithinPrepayment({ ...draft(0), SpecialRule: [] }, 1, new Map()), true);
});
