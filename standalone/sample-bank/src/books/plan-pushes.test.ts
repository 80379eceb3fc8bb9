import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from './accounts.ts';
import { planPushes } from './plan-pushes.ts';
import type { Misbehaviour, Transfer } from './transfers.ts';

const payer: Account = { account: '1', bankId: 'a', name: '甲', bankNo: '', balanceFen: 0n };
const payee: Account = { account: '2', bankId: 'b', name: '乙', bankNo: '', balanceFen: 0n };

function plan(misbehave: Misbehaviour): ReturnType<typeof planPushes> {
  const transfer: Transfer = {
    id: 1n,
    serialNo: 'T1',
    creditSerialNo: 'R2',
    bankId: 'a',
    bookingDate: '2026-11-20',
    txTime: '2026-11-20T10:00:00+08:00',
    payer: '1',
    payee: '2',
    amountFen: 500n,
    purpose: '',
    reference: '',
    misbehave,
    reversalOf: null,
  };
  return planPushes(transfer, payer, payee);
}

test('each side is pushed by its own bank under its own serial number', () => {
  assert.deepEqual(
    plan('none').map(({ bankId, entry }) => [bankId, entry.direction, entry.serialNo]),
    [
      ['a', 'DBIT', 'T1'],
      ['b', 'CRDT', 'R2'],
    ],
  );
});

test('out of order: the credit entry first, the debit entry later and behind it', () => {
  const [credit, debit] = plan('out-of-order');
  assert.equal(credit?.entry.direction, 'CRDT');
  assert.equal(debit?.entry.direction, 'DBIT');
  assert.equal(debit.afterPrevious, true);
  assert.equal(debit.delayMs, 5000);
});

test('silent: both sides are held', () => {
  assert.ok(plan('silent').every(({ held }) => held));
});

test('conflict and duplicate come behind the entry that they repeat', () => {
  for (const kind of ['conflict', 'duplicate'] as const) {
    const [debit, again] = plan(kind);
    assert.equal(again?.what, kind);
    assert.equal(again.afterPrevious, true);
    assert.equal(again.entry.amountFen === debit?.entry.amountFen, kind === 'duplicate');
  }
});
