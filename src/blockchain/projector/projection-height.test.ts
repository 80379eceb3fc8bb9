import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProjectionHeight } from './projection-height.ts';

test('waiting ends at once when the height is there, and tells when the time is over', async () => {
  const height = createProjectionHeight({ read: () => Promise.resolve(5), pollMs: 1 });
  assert.equal(await height.waitForHeight(5, 0), true);
  assert.equal(await height.waitForHeight(6, 5), false);
});

test('a live message ends the waiting without another look', async () => {
  let looks = 0;
  const height = createProjectionHeight({
    read: () => {
      looks += 1;
      return Promise.resolve(1);
    },
    pollMs: 60_000,
  });
  const waiting = height.waitForHeight(3, 120_000);
  height.note(2);
  height.note(3);
  assert.equal(await waiting, true);
  assert.equal(height.latest(), 3);
  assert.ok(looks <= 2);
});

test('after a rebuild the height may be smaller again', async () => {
  let stored = 9;
  const height = createProjectionHeight({ read: () => Promise.resolve(stored) });
  assert.equal(await height.current(), 9);
  stored = 2;
  assert.equal(await height.current(), 2);
  assert.equal(height.latest(), 2);
});
