/** docs/reconciliation.md is what the tests say, every case has a test, and every test that is named exists. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  declaredCases,
  documentPath,
  missingCases,
  renderDocument,
} from '../support/reconciliation/document.ts';

const cases = declaredCases();

test('every case of reconciliation has a test', () => {
  assert.deepEqual(missingCases(cases), []);
});

test('every test that proves a case stands in its file under its name', () => {
  const lost = cases.filter(({ file, test: name, id, title }) => {
    const text = readFileSync(file, 'utf8').replaceAll("\\'", "'");
    return !(text.includes(name) || (name === `${id} ${title}` && text.includes(title)));
  });
  assert.deepEqual(lost, []);
});

test('docs/reconciliation.md is what npm run docs:reconciliation writes', () => {
  assert.equal(readFileSync(documentPath, 'utf8'), renderDocument(cases));
});
