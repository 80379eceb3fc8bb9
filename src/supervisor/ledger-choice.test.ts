import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { keepLedger, setLedgerChoice } from './ledger-choice.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync('/tmp/ledger-choice-');
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('the ledger of the first start is kept, beside other choices', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'choices.json'), '{"documentStore":"built-in"}');
  keepLedger(path, 'embedded');
  keepLedger(path, 'embedded');
  const choices: unknown = JSON.parse(readFileSync(join(path, 'choices.json'), 'utf8'));
  assert.deepEqual(choices, { documentStore: 'built-in', ledger: 'embedded' });
});

test('another ledger on the same data is refused with both names', (t) => {
  const path = folder(t);
  keepLedger(path, 'embedded');
  assert.throws(() => keepLedger(path, 'fabric'), /LEDGER holds "fabric".*belongs to the ledger "embedded"/);
});

test('after a move the data belong to the other ledger, and other choices stay', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'choices.json'), '{"documentStore":"built-in"}');
  keepLedger(path, 'embedded');
  setLedgerChoice(path, 'fabric');
  keepLedger(path, 'fabric');
  assert.throws(() => keepLedger(path, 'embedded'), /belongs to the ledger "fabric"/);
  const choices: unknown = JSON.parse(readFileSync(join(path, 'choices.json'), 'utf8'));
  assert.deepEqual(choices, { documentStore: 'built-in', ledger: 'fabric' });
});

test('a damaged record is told and left as it is', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'choices.json'), '{');
  assert.throws(() => keepLedger(path, 'embedded'), /choices\.json is damaged/);
  assert.equal(readFileSync(join(path, 'choices.json'), 'utf8'), '{');
});
