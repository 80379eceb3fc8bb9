/** Tests of exit plans: every fen goes back by one path, the banks' principal first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planOfWorld } from '../test/application.ts';
import { exitLegs } from './exit-plan.ts';
import { fen, parseFen, sumFen } from './fen.ts';

const draft = { PlanPath: planOfWorld().legs, Amount: '1000000000' };
const paidBack = (amount: bigint): string[] =>
  exitLegs(draft, fen(amount), '2027-12-01')
    .slice(2)
    .map((leg) => `${leg.payee.orgId} ${leg.amountFen}`);

test('less than the banks put in goes to the banks alone, by their contributions', () => {
  assert.deepEqual(paidBack(3n), ['bank-a 2', 'bank-b 1']);
  assert.deepEqual(paidBack(900_000_000n), ['bank-a 450000000', 'bank-b 450000000']);
});

test('what is above the banks principal goes to the treasuries', () => {
  assert.deepEqual(paidBack(900_000_005n).slice(2), ['pfd 2', 'city-fin 3']);
});

test('every stage carries the whole amount and waits for the one before', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 1_000_000_000n }), (amount) => {
      const [up, down, ...rest] = exitLegs(draft, fen(amount), '2027-12-01');
      assert.deepEqual([up?.amountFen, down?.amountFen], [String(amount), String(amount)]);
      assert.equal(sumFen(rest.map((leg) => parseFen(leg.amountFen))), amount);
      assert.ok(rest.every((leg) => leg.dependsOn.join() === 'X2'));
    }),
    { numRuns: 100 },
  );
});

test('no more than the draft carried can come back', () => {
  assert.throws(() => exitLegs(draft, fen(1_000_000_001n), '2027-12-01'), RangeError);
});
