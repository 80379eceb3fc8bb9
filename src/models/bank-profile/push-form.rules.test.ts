/** A bank's own words in pushed entries become those of the interface; without a profile of its own the interface's words alone are read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPushed, type ReadEntry } from '../inbox/wire.rules.ts';
import type { BankProfile } from './bank-profile.rules.ts';
import { standardProfile } from './standard-profile.ts';

const own: BankProfile = {
  ...standardProfile,
  id: 'bank-a',
  serialPattern: '^QS\\d{8}$',
  serialExample: 'QS00000001',
  zoneOffset: '+06:00',
};
const from = { bankId: 'bank-a', rawHash: '0'.repeat(64) };
const entry = {
  serialNo: 'QS00000007',
  bookingDate: '2026-11-20',
  txTime: '2026-11-19 23:30:00',
  direction: 'DBIT',
  status: 'BOOK',
  amountYuan: '100.00',
  currency: 'CNY',
  payer: { account: '520100000001' },
  payee: { account: '520200000002' },
};

function read(change: object, profile: BankProfile | null = own): ReadEntry {
  const found = readPushed({ ...entry, ...change }, from, profile);
  assert.ok(found.ok, found.ok ? '' : found.reason);
  return found;
}
function reasonOf(change: object, profile: BankProfile | null = own): string {
  const found = readPushed({ ...entry, ...change }, from, profile);
  return found.ok ? '' : found.reason;
}

test('a time without zone gets the zone of the bank, and keeps its own date', () => {
  assert.equal(read({}).flow.txTime, '2026-11-19T23:30:00+06:00');
  assert.equal(read({}, null).flow.txTime, '2026-11-19T23:30:00+08:00');
  assert.equal(read({ txTime: '101530' }).flow.txTime, '2026-11-20T10:15:30+06:00');
  for (const kept of ['2026-11-19T23:30:00Z', 'about noon', ''])
    assert.equal(read({ txTime: kept }).flow.txTime, kept);
});

test('a serial of another form is refused with the form and an example, for a bank with its own profile alone', () => {
  const reason = reasonOf({ serialNo: 'T1' });
  for (const part of ['^QS\\d{8}$', 'QS00000001']) assert.ok(reason.includes(part), reason);
  assert.equal(read({ serialNo: 'T1' }, null).serialNo, 'T1');
});

test('words for the direction', () => {
  assert.equal(read({ direction: '借' }).flow.direction, 'DBIT');
  assert.match(reasonOf({ direction: '借' }, null), /direction/);
  assert.match(reasonOf({ direction: '其他' }), /direction.*其他/);
});

test('signs of a correction, where the bank does not say true or false', () => {
  const back = { direction: 'CRDT', purpose: '退汇：账号不符' };
  assert.equal(read(back).flow.reversal, true);
  assert.equal(read({ ...back, reversal: false }).flow.reversal, false, 'the bank’s plain word stands');
  assert.equal(read(back, null).flow.reversal, false);
  assert.equal(read({ reversal: '冲正' }).flow.reversal, true);
  assert.equal(read({ reversal: '正常' }).flow.reversal, false);
  assert.match(reasonOf({ reversal: '?' }), /no pattern/);
});

test('a negative amount undoes an entry of its side, with both parties in their other place', () => {
  const { flow, flowKey } = read({ amountYuan: '-100.00' });
  assert.deepEqual([flow.direction, flow.reversal, flow.amountFen], ['CRDT', true, '10000']);
  assert.equal(flow.account, '520100000001', 'the own account stays');
  assert.match(flowKey, /~520100000001~CRDT~/);
  assert.match(reasonOf({ amountYuan: '-100.00', reversal: false }), /no pattern/);
  assert.match(reasonOf({ amountYuan: '-100.00' }, null), /amount/);
  const strict = { ...own, corrections: { ...own.corrections, negativeAmount: 'refuse' as const } };
  assert.match(reasonOf({ amountYuan: '-100.00' }, strict), /no pattern/);
});

test('an entry in the interface’s own words is read the same with and without a profile', () => {
  const plain = { txTime: '2026-11-20T10:15:30+08:00', reversal: true, originalSerialNo: 'QS00000001' };
  assert.equal(read(plain).entryHash, read(plain, null).entryHash);
});
