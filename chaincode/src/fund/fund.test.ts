/** Tests of the `fund` contract: two organisations for every change, ratios that can raise any amount, calendars. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { keyParts } from '#kernel/records/keys.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { fundOfWorld, openFund, operator, person, populate } from '../../test/world.ts';
import { MemberContract } from '../member/member.contract.ts';
import { FundContract } from './fund.contract.ts';

let ledger: MemoryLedger;
const create = (change: object): Promise<unknown> =>
  ledger.submit('fund:create', { ...fundOfWorld, ...change }, person('plo', 1));

beforeEach(async () => {
  ledger = new MemoryLedger([MemberContract, FundContract]);
  await populate(ledger);
});

test('a fund is proposed by the leading office and confirmed by the province finance', async () => {
  await assert.rejects(
    ledger.submit('fund:create', fundOfWorld, person('pfd', 1)),
    refusal('ROLE_NOT_ALLOWED'),
  );
  await create({});
  assert.equal(ledger.record('FUND', keyParts.FUND('fund-1'))?.state, 'PROPOSED');
  await assert.rejects(create({}), refusal('ALREADY_EXISTS'));
  await assert.rejects(
    ledger.submit('fund:confirm', { id: 'fund-1' }, person('plo', 2)),
    refusal('ROLE_NOT_ALLOWED'),
  );
  await ledger.submit('fund:confirm', { id: 'fund-1' }, person('pfd', 2));
  assert.equal(ledger.record('FUND', keyParts.FUND('fund-1'))?.state, 'ACTIVE');
  await assert.rejects(
    ledger.submit('fund:confirm', { id: 'fund-1' }, person('pfd', 2)),
    refusal('WRONG_STATE'),
  );
});

test('ratios must be able to raise the whole', async () => {
  const [bank] = fundOfWorld.banks;
  await assert.rejects(create({ banks: [] }), refusal('INVALID_ARGUMENT'));
  await assert.rejects(create({ fiscalShareBp: 10_000 }), refusal('INVALID_ARGUMENT'));
  await assert.rejects(create({ banks: [bank, bank] }), refusal('INVALID_ARGUMENT'));
  await assert.rejects(create({ provinceWeight: 0, localWeight: 0 }), refusal('INVALID_ARGUMENT'));
  await create({ fiscalShareBp: 10_000, banks: [] });
});

test('the organisations of a fund have the roles they need', async () => {
  await assert.rejects(create({ vehicleOrgId: 'plo' }), refusal('REFERENCE_INVALID'));
  await assert.rejects(create({ provinceOrgId: 'city-fin' }), refusal('REFERENCE_INVALID'));
  await assert.rejects(create({ banks: [{ orgId: 'lpf', weight: 1 }] }), refusal('REFERENCE_INVALID'));
});

test('a call opens for an active fund by two organisations and closes once', async () => {
  const call = {
    id: 'c',
    fundId: 'fund-1',
    title: '批次',
    limitFen: '1',
    opensOn: '2026-02-01',
    closesOn: '2026-01-01',
  };
  await assert.rejects(ledger.submit('fund:openCall', call, person('plo', 1)), refusal('REFERENCE_INVALID'));
  await openFund(ledger);
  await assert.rejects(ledger.submit('fund:openCall', call, person('plo', 1)), refusal('INVALID_ARGUMENT'));
  const ref = { fundId: 'fund-1', id: 'call-1' };
  await assert.rejects(ledger.submit('fund:confirmCall', ref, person('pfd', 2)), refusal('WRONG_STATE'));
  await ledger.submit('fund:closeCall', { ...ref, reason: '额满' }, person('plo', 1));
  await assert.rejects(
    ledger.submit('fund:closeCall', { ...ref, reason: '额满' }, person('plo', 1)),
    refusal('WRONG_STATE'),
  );
});

test('a calendar counts once confirmed, and goes on while its change waits', async () => {
  const propose = (days: object[], notice = '国办发明电'): Promise<unknown> =>
    ledger.submit('fund:proposeCalendar', { year: 2026, notice, days }, person('plo', 1));
  const confirm = (): Promise<unknown> =>
    ledger.submit('fund:confirmCalendar', { year: 2026 }, person('pfd', 2));
  const first = { date: '2026-10-01', kind: 'holiday' };
  const second = { date: '2026-10-10', kind: 'workday' };
  await assert.rejects(propose([{ date: '2027-01-01', kind: 'holiday' }]), refusal('INVALID_ARGUMENT'));
  await assert.rejects(propose([first, first]), refusal('INVALID_ARGUMENT'));
  await propose([first]);
  await confirm();
  await assert.rejects(confirm(), refusal('WRONG_STATE'));
  await propose([second, first]);
  const waiting = ledger.record('CALENDAR', keyParts.CALENDAR(2026));
  assert.deepEqual([waiting?.state, waiting?.days], ['ACTIVE', [first]]);
  await confirm();
  const standing = ledger.record('CALENDAR', keyParts.CALENDAR(2026));
  assert.deepEqual([standing?.days, standing?.change], [[first, second], undefined]);
});

test('everybody in business reads funds and calls, no administrator does', async () => {
  await openFund(ledger);
  const funds = await ledger.query<unknown[]>('fund:list', { kind: 'funds' }, person('imp', 1));
  assert.equal(funds.length, 1);
  const calls = await ledger.query<{ state: string }[]>(
    'fund:list',
    { kind: 'calls', fundId: 'fund-1' },
    person('cph', 1),
  );
  assert.deepEqual(
    calls.map((call) => call.state),
    ['OPEN'],
  );
  await assert.rejects(
    ledger.query('fund:query', { kind: 'fund', id: 'fund-1' }, operator('sec-admin')),
    refusal('ROLE_NOT_ALLOWED'),
  );
  await assert.rejects(
    ledger.query('fund:query', { kind: 'fund', id: 'none' }, person('plo', 1)),
    refusal('NOT_FOUND'),
  );
});
