/** Tests of asking a time server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTimeServer } from '../../test/support/time-server.ts';
import { requireRightClock } from '../supervisor/clock-check.ts';
import { clockOffsetMs } from './clock-offset.ts';

test('the difference to a server is told with its sign', async (t) => {
  const [ahead, behind] = [await startTimeServer(5_000), await startTimeServer(-90_000)];
  t.after(async () => Promise.all([ahead.stop(), behind.stop()]));
  assert.ok(Math.abs((await clockOffsetMs(ahead.address)) - 5_000) < 500);
  assert.ok(Math.abs((await clockOffsetMs(behind.address)) + 90_000) < 500);
});

test('a platform whose clock is more than a second off does not start, one whose clock is right does', async (t) => {
  const [wrong, right] = [await startTimeServer(-2_500), await startTimeServer(0)];
  t.after(async () => Promise.all([wrong.stop(), right.stop()]));
  await assert.rejects(requireRightClock(wrong.address), /NTP_SERVER/);
  await requireRightClock(right.address);
  await requireRightClock('none');
});

test('a server that does not know the time counts as none', async (t) => {
  const server = await startTimeServer(0, 0);
  t.after(() => server.stop());
  await assert.rejects(clockOffsetMs(server.address), /does not know/);
  await assert.rejects(requireRightClock(server.address), /NTP_SERVER/);
});
