/** The life of a key, a bank's clock over time, and from where it may call. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endsAfterActivation, isDue, isLive, keyStateOf } from './bank-key.rules.ts';
import type { BankAccess, BankKey } from './bank.schema.ts';
import { checkAuthority, checkNetwork, welcome } from './caller.rules.ts';
import { clockTrend } from './clock.rules.ts';

const now = new Date('2026-11-21T02:00:00Z');
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);
const key = (change: Partial<BankKey> = {}): BankKey => ({
  keyId: 'k',
  algorithm: 'hmac-sha256',
  material: '',
  createdAt: hours(-48),
  issuedBy: 'sysadmin',
  overlapHours: null,
  activatedAt: hours(-48),
  revokedAt: null,
  ...change,
});

test('a key waits, lives, ends and is revoked; one of an older installation lives', () => {
  const { activatedAt: _, ...older } = key();
  const keys: [BankKey, string, boolean][] = [
    [key({ activatedAt: null }), 'PENDING', false],
    [key(), 'LIVE', true],
    [key({ endsAt: hours(1) }), 'ENDING', true],
    [key({ endsAt: now }), 'ENDED', false],
    [key({ endsAt: hours(1), revokedAt: hours(-1) }), 'REVOKED', false],
    [older, 'LIVE', true],
  ];
  for (const [one, state, live] of keys)
    assert.deepEqual([keyStateOf(one, now), isLive(one, now)], [state, live]);
  assert.equal(isDue(key({ activatedAt: hours(-24 * 91) }), now), true);
  assert.equal(isDue(key(), now), false);
});

test('with an overlap the live keys end after it, none later than it would have, and no others', () => {
  const keys = [
    key({ keyId: 'live' }),
    key({ keyId: 'sooner', endsAt: hours(1) }),
    key({ keyId: 'later', endsAt: hours(100) }),
    key({ keyId: 'waiting', activatedAt: null }),
    key({ keyId: 'fresh', activatedAt: null, overlapHours: 24 }),
  ];
  const fresh = keys.at(-1) ?? key();
  const ends = endsAfterActivation(keys, fresh, now);
  assert.deepEqual(
    [...ends],
    [
      ['live', hours(24)],
      ['later', hours(24)],
    ],
  );
  assert.equal(endsAfterActivation(keys, { ...fresh, overlapHours: null }, now).size, 0);
});

test('a clock is good, off or drifting; one late message does not make it off', () => {
  const samples = (skew: (hour: number) => number): { at: Date; skewMs: number }[] =>
    Array.from({ length: 24 }, (_, hour) => ({ at: hours(hour - 24), skewMs: skew(hour) }));
  assert.equal(clockTrend([]), null);
  assert.equal(clockTrend(samples(() => -400))?.verdict, 'good');
  assert.equal(clockTrend(samples((hour) => (hour === 23 ? -250_000 : 100)))?.medianMs, 100);
  assert.equal(clockTrend(samples(() => 61_000))?.verdict, 'off');
  const drifting = clockTrend(samples((hour) => hour * 2_000));
  assert.deepEqual([drifting?.verdict, drifting?.driftMsPerDay], ['drifting', 48_000]);
});

test('an address is within its networks, IPv4 in IPv6 clothing too, or not', () => {
  const access = (addresses: string[]): BankAccess => ({ addresses, certificate: null, ratePerSecond: null });
  const may = (addresses: string[], address: string): boolean =>
    welcome(access(addresses), { address, certificate: null }, now) !== null;
  assert.equal(may([], 'anything'), true);
  assert.deepEqual(
    ['203.0.113.7', '::ffff:203.0.113.7', '203.0.114.1', '2001:db8::1', '', 'unknown'].map((one) =>
      may(['203.0.113.0/24', '2001:db8::/32'], one),
    ),
    [true, true, false, true, false, false],
  );
  for (const wrong of ['', 'bank', '203.0.113.0/33', '1.2.3.4/x', '1.2.3.4/8/8', '2001:db8::/129'])
    assert.throws(() => checkNetwork(wrong), RangeError, wrong);
  assert.throws(() => checkAuthority('none'), RangeError);
});
