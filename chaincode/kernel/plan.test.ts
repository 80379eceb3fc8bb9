/** Tests of plans: legs as the domain notes draw them, amounts that add up, and every single departure found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fen, parseFen, sumFen } from './fen.ts';
import { planFaults, proposePlan } from './plan.ts';
import type { PlanningFund, PlanParty, PlanRequest } from './plan.ts';
import type { AccountRef } from './records/common.ts';
import type { Leg } from './records/draft.ts';
import { plan as planSchema } from './records/project.ts';

const account = (orgId: string, no: number): AccountRef => ({
  ...{ orgId, bankId: 'bank-a', bankNo: '102100099996', account: `52000000${no}`, name: orgId },
});
const fund: PlanningFund = {
  fiscalShareBp: 1000,
  provinceWeight: 4,
  localWeight: 6,
  localLevel: 'city',
  banks: [
    { orgId: 'bank-a', weight: 2 },
    { orgId: 'bank-b', weight: 1 },
  ],
  provinceOrgId: 'pfd',
  vehicleOrgId: 'lpf',
};
const parties = new Map<string, PlanParty>([
  ['city-fin', { roles: ['local-finance'], division: '5226', level: 'city' }],
  ['other-city', { roles: ['local-finance'], division: '5223', level: 'city' }],
  ['county-fin', { roles: ['local-finance'], division: '522634', level: 'county' }],
  ['cpc', { roles: ['county-fund-company'], division: '522634', level: 'county' }],
  ['cpc2', { roles: ['county-fund-company'], division: '522633', level: 'county' }],
]);

function request(total: bigint, change: Partial<PlanningFund> = {}): PlanRequest {
  const first = total / 3n;
  const milestones = [
    { no: 1, name: '一', plannedDate: '2027-03-01', amountFen: String(first) },
    { no: 2, name: '二', plannedDate: '2027-06-05', amountFen: String(total - first) },
  ];
  return {
    project: { division: '522634', content: { amountFen: String(total), unitOrgId: 'imp', milestones } },
    fund: { ...fund, ...change },
    accounts: {
      province: account('pfd', 1),
      local: account('city-fin', 2),
      banks: { 'bank-a': account('bank-a', 3), 'bank-b': account('bank-b', 4) },
      vehicle: account('lpf', 5),
      county: account('cpc', 6),
      unit: account('imp', 7),
    },
    issuedOn: '2026-11-20',
    calendar: [{ date: '2026-12-07', kind: 'holiday' }],
  };
}

test('the thesis ratio gives F1 F2 B1 B2 D1 M1 M2 with their order', () => {
  const { legs } = proposePlan(request(1_000_000_000n));
  const shape = legs.map((leg) => [
    leg.legId,
    leg.payer.orgId,
    leg.payee.orgId,
    leg.amountFen,
    leg.dependsOn.join(),
  ]);
  assert.deepEqual(shape, [
    ['F1', 'pfd', 'lpf', '40000000', ''],
    ['F2', 'city-fin', 'lpf', '60000000', ''],
    ['B1', 'bank-a', 'lpf', '600000000', 'F1,F2'],
    ['B2', 'bank-b', 'lpf', '300000000', 'F1,F2'],
    ['D1', 'lpf', 'cpc', '1000000000', 'B1,B2'],
    ['M1', 'cpc', 'imp', '333333333', 'D1'],
    ['M2', 'cpc', 'imp', '666666667', 'D1'],
  ]);
});

test('deadlines roll over weekends and holidays', () => {
  const deadlines = proposePlan(request(1_000_000_000n)).legs.map((leg) => leg.deadline);
  // 2026-12-05 is a Saturday and the Monday after it a holiday here; 2027-06-20 is a Sunday.
  assert.deepEqual(deadlines, [
    ...['2026-12-08', '2026-12-08', '2026-12-21', '2026-12-21', '2027-01-04', '2027-03-16', '2027-06-21'],
  ]);
});

test('a milestone planned before the money can be there is due no earlier than the pay-down', () => {
  const asked = request(900n);
  asked.project.content.milestones[0]!.plannedDate = '2026-11-01';
  const { legs } = proposePlan(asked);
  assert.equal(
    legs.find((leg) => leg.legId === 'M1')?.deadline,
    legs.find((leg) => leg.legId === 'D1')?.deadline,
  );
});

test('a fund without bank money pays down after the fiscal legs', () => {
  const asked = request(1_000_000n, { fiscalShareBp: 10_000, banks: [] });
  const proposed = proposePlan(asked);
  assert.deepEqual(
    proposed.legs.map((leg) => leg.legId),
    ['F1', 'F2', 'D1', 'M1', 'M2'],
  );
  assert.deepEqual(proposed.legs[2]?.dependsOn, ['F1', 'F2']);
  assert.deepEqual(planFaults({ ...asked, plan: proposed, parties }), []);
});

test('a part of no fen has no leg', () => {
  const asked = request(1_000_000n, { provinceWeight: 0 });
  const proposed = proposePlan(asked);
  assert.deepEqual(
    proposed.legs.map((leg) => leg.legId),
    ['F2', 'B1', 'B2', 'D1', 'M1', 'M2'],
  );
  assert.deepEqual(planFaults({ ...asked, plan: proposed, parties }), []);
});

test('any proposed plan is valid, adds up and has no fault', () => {
  const shares = fc.record({
    fiscalShareBp: fc.integer({ min: 0, max: 9999 }),
    provinceWeight: fc.integer({ min: 0, max: 100 }),
    localWeight: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(fc.bigInt({ min: 3n, max: 10n ** 15n }), shares, (total, change) => {
      const asked = request(total, change);
      const proposed = planSchema.parse(proposePlan(asked));
      const raised = proposed.legs.filter((leg) => leg.kind === 'F' || leg.kind === 'B');
      assert.equal(sumFen(raised.map((leg) => parseFen(leg.amountFen))), fen(total));
      assert.deepEqual(planFaults({ ...asked, plan: proposed, parties }), []);
    }),
    { numRuns: 200 },
  );
});

test('each departure from the plan is found and named', () => {
  const asked = request(1_000_000_000n);
  const faultsWhen = (legId: string, change: Partial<Leg>): string[] => {
    const legs = proposePlan(asked).legs.map((leg) => (leg.legId === legId ? { ...leg, ...change } : leg));
    return planFaults({ ...asked, plan: { legs, specialRule: [] }, parties }).map(
      (f) => `${f.legId}.${f.field}`,
    );
  };
  assert.deepEqual(faultsWhen('F1', { amountFen: '40000001' }), ['F1.amountFen']);
  assert.deepEqual(faultsWhen('F2', { payer: account('other-city', 8) }), ['F2.payer']);
  assert.deepEqual(faultsWhen('F2', { payer: account('county-fin', 8) }), ['F2.payer']);
  assert.deepEqual(faultsWhen('B1', { payer: account('bank-b', 8) }), ['B1.payer']);
  assert.deepEqual(faultsWhen('B1', { dependsOn: ['F1'] }), ['B1.dependsOn']);
  assert.deepEqual(faultsWhen('D1', { payee: account('cpc2', 8) }), ['D1.payee']);
  assert.deepEqual(faultsWhen('D1', { payee: account('unknown', 8) }), ['D1.payee']);
  assert.deepEqual(faultsWhen('M1', { payee: { ...account('imp', 6) } }), ['M1.payee']);
  assert.deepEqual(faultsWhen('M1', { milestoneNo: 2 }), ['M1.milestoneNo']);
  assert.deepEqual(faultsWhen('M1', { kind: 'X' }), ['M1.kind']);
  assert.deepEqual(faultsWhen('M2', { deadline: '2027-06-20' }), ['M2.deadline']);
  assert.deepEqual(faultsWhen('M2', { deadline: '2026-12-21' }), ['M2.deadline']);
  assert.deepEqual(faultsWhen('M2', { legId: 'M3' }), ['M3.legs', 'M2.legs']);
  assert.ok(faultsWhen('M2', { legId: 'M1' }).includes('.legs'));
});
