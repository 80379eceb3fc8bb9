import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Draft } from '#kernel/records/draft.ts';
import { draftRecord } from '../../../test/support/ledger-records.ts';
import { touchedLegs } from './touched-legs.rules.ts';

const before = draftRecord('d1');

/** The draft as JSON gives it anew, with a change. */
function after(change: (draft: Draft) => Partial<Draft> = () => ({})): Draft {
  const copy = JSON.parse(JSON.stringify(before)) as Draft;
  return { ...copy, ...change(copy) };
}

function ids(made: Draft): string[] | null {
  const touched = touchedLegs(before, made);
  return touched === null ? null : [...touched].sort();
}

test('a draft that is the same touches no leg, nor does a step on the way', () => {
  assert.deepEqual(ids(after()), []);
  assert.deepEqual(ids(after(() => ({ Status: 'RAISING', circulation: 'CIRCULATING' }))), []);
});

test('a leg that moves on is touched; when it is matched, those that waited for it are, too', () => {
  const first = before.PlanPath.find((leg) => leg.dependsOn.length === 0);
  const id = first?.legId ?? '';
  const waiting = before.PlanPath.filter((leg) => leg.dependsOn.includes(id)).map((leg) => leg.legId);
  const moved = (state: 'REGISTERED' | 'MATCHED') => (draft: Draft) => ({
    legs: draft.PlanPath.map(({ legId }) => {
      const known = draft.legs.find((leg) => leg.legId === legId);
      assert.ok(known !== undefined);
      return legId === id ? { ...known, state } : known;
    }),
  });
  assert.deepEqual(ids(after(moved('REGISTERED'))), [id]);
  assert.deepEqual(ids(after(moved('MATCHED'))), [id, ...waiting].sort());
});

test('what stands on every leg touches them all: the plan, a freeze, a recall', () => {
  for (const Status of ['FROZEN', 'RECALLED', 'TERMINATED', 'SETTLED'] as const)
    assert.equal(ids(after(() => ({ Status }))), null);
  assert.equal(ids(after((draft) => ({ PlanPath: draft.PlanPath.slice(1) }))), null);
  assert.equal(
    ids(after((draft) => ({ PlanPath: draft.PlanPath.map((leg) => ({ ...leg, deadline: '2030-01-01' })) }))),
    null,
  );
});
