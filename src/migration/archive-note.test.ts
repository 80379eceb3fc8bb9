import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readArchiveNote, writeArchiveNote } from './archive-note.ts';

test('a note is read back whole; without one the ledger is no archive; a damaged one is told', (t) => {
  const folder = mkdtempSync('/tmp/archive-');
  t.after(() => rmSync(folder, { recursive: true }));
  assert.equal(readArchiveNote(folder), null);
  const note = {
    channel: 'fupin',
    height: 12,
    hash: 'a'.repeat(64),
    digest: 'b'.repeat(64),
    movedAt: '2026-11-21T11:00:00.000Z',
  };
  writeArchiveNote(folder, note);
  assert.deepEqual(readArchiveNote(folder), note);
  writeFileSync(join(folder, 'ledger/archive.json'), '{"height":0}');
  assert.throws(() => readArchiveNote(folder));
});
