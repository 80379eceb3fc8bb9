/** Tests of help: every status a page can show of these kinds is explained, and who does what is the table of rights. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tones } from '../../views/tones.ts';
import { rights } from '../member/rights.rules.ts';
import { explainedKinds, meaningOf, toldActions, whoDoesWhat } from './help.rules.ts';

test('every status of the explained kinds has a meaning', () => {
  const statuses = Object.keys(tones).filter((one) =>
    explainedKinds.some((kind) => one.startsWith(`${kind}.`)),
  );
  assert.ok(statuses.length > 40);
  assert.deepEqual(
    statuses.filter((one) => meaningOf(one) === null),
    [],
  );
  assert.equal(meaningOf('draft.NOTHING'), null);
});

test('who does what is read off the rights', () => {
  assert.deepEqual(
    whoDoesWhat().map((one) => one.ways),
    toldActions.map((action) => rights[action]),
  );
});
