import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './verdict.ts';

const at = new Date('2026-11-20T00:00:00Z');
const answer = (status: number, retryAfter: string | null = null): Parameters<typeof judge>[0] => ({
  status,
  body: '{"results":[{"result":"quarantined","reason":"amount"}]}',
  retryAfter,
});
const pause = (status: number, attempts: number, retryAfter: string | null = null): number =>
  Number(judge(answer(status, retryAfter), attempts, at).dueAt) - at.getTime();

test('202 ends a message, and its results stay readable', () => {
  const verdict = judge(answer(202), 0, at);
  assert.equal(verdict.state, 'done');
  assert.equal(verdict.answer, '202 quarantined (amount)');
});

test('no answer, 429 and 5xx are tried again with growing pauses up to five minutes', () => {
  for (const status of [0, 429, 500, 503]) assert.equal(judge(answer(status), 0, at).state, 'waiting');
  assert.deepEqual(
    [0, 1, 2, 3].map((attempts) => pause(503, attempts)),
    [1000, 2000, 4000, 8000],
  );
  assert.equal(pause(503, 50), 300_000);
});

test('Retry-After is kept to', () => {
  assert.equal(pause(429, 0, '7'), 7000);
  assert.equal(pause(429, 4, '7'), 16_000);
  assert.equal(pause(429, 0, 'soon'), 1000);
});

test('what the platform will not have is not tried again', () => {
  for (const status of [400, 401, 403, 409, 413, 415])
    assert.equal(judge(answer(status), 0, at).state, 'refused');
});
