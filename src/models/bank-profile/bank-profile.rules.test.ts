/** Each bank's words become the one form of the platform, or are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correctionOf, dateOf, directionOf, hasSerialForm, timeOf } from './bank-profile.rules.ts';
import { standardProfile } from './standard-profile.ts';

test('direction words, full width and lower case included', () => {
  for (const word of ['借', 'Ｄ', ' dr ', '1', '支出'])
    assert.equal(directionOf(standardProfile, word), 'DBIT');
  for (const word of ['贷', 'C', 'crdt', '收入']) assert.equal(directionOf(standardProfile, word), 'CRDT');
  assert.equal(directionOf(standardProfile, '3'), null);
});

test('dates as banks write them; a doubtful one is refused', () => {
  for (const text of ['2026-11-20', '20261120', '2026/11/20', '2026年11月20日', '2026-11-20 10:00:00'])
    assert.equal(dateOf(text), '2026-11-20');
  for (const text of ['2026111', '2026-02-30', '46346', '20-11-2026', '']) assert.equal(dateOf(text), null);
});

test('a time without offset is given the zone of the bank', () => {
  assert.equal(timeOf(standardProfile, '2026-11-20', '101530'), '2026-11-20T10:15:30+08:00');
  assert.equal(timeOf(standardProfile, '2026-11-20', '2026-11-20 10:15'), '2026-11-20T10:15:00+08:00');
  assert.equal(timeOf(standardProfile, '2026-11-20', '2026-11-20T02:15:30Z'), '2026-11-20T02:15:30Z');
  assert.equal(timeOf(standardProfile, '2026-11-20', '25:00:00'), '');
});

test('correction patterns of banks have one canonical form', () => {
  const plain = { mark: '', purpose: '', direction: 'DBIT', negative: false } as const;
  assert.deepEqual(correctionOf(standardProfile, plain), { reversal: false, direction: 'DBIT' });
  assert.deepEqual(correctionOf(standardProfile, { ...plain, negative: true }), {
    reversal: true,
    direction: 'CRDT',
  });
  assert.deepEqual(
    correctionOf(standardProfile, { ...plain, direction: 'CRDT', purpose: '退汇：账号不符' }),
    {
      reversal: true,
      direction: 'CRDT',
    },
  );
  assert.deepEqual(correctionOf(standardProfile, { ...plain, purpose: '退汇' }), {
    reversal: false,
    direction: 'DBIT',
  });
  assert.equal(correctionOf(standardProfile, { ...plain, mark: '?' }), null);
  const strict = {
    ...standardProfile,
    corrections: { ...standardProfile.corrections, negativeAmount: 'refuse' as const },
  };
  assert.equal(correctionOf(strict, { ...plain, negative: true }), null);
});

test('a serial that a spreadsheet has spoilt has no serial form', () => {
  assert.ok(hasSerialForm(standardProfile, 't2026 1120-1'));
  assert.ok(!hasSerialForm(standardProfile, '6.2E+18'));
});
