/** Cursors that nobody uses are forgotten, those in use and those asked to stay are kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cursors } from './cursors.ts';

const ns = { db: 'd', name: 'c' };
const minutes = (count: number): number => Date.now() + count * 60_000;
const next = (): never => assert.fail('no batch is read here');

test('a cursor left alone for ten minutes is not found any more', () => {
  const cursors = new Cursors();
  const id = cursors.add(ns, next, false);
  cursors.expire(minutes(9));
  assert.equal(cursors.take(id, ns), next);
  cursors.expire(minutes(11));
  assert.throws(() => cursors.take(id, ns), { code: 43 });
  assert.equal(cursors.size, 0);
});

test('a cursor with noCursorTimeout stays until it is closed', () => {
  const cursors = new Cursors();
  const id = cursors.add(ns, next, true);
  cursors.expire(minutes(600));
  assert.equal(cursors.take(id, ns), next);
  assert.equal(cursors.remove(id), true);
});
