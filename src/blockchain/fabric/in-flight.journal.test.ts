import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InFlightJournal, type SavedTransaction } from './in-flight.journal.ts';

const saved = (transactionId: string): SavedTransaction => ({
  transactionId,
  callKey: `call of ${transactionId}`,
  bytes: Buffer.from(`bytes of ${transactionId}`),
});

test('what was saved and not settled is there after a crash, a torn line is not', async (t) => {
  const folder = await mkdtemp('/tmp/journal-');
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'in', 'web.journal');
  const first = await InFlightJournal.open(file);
  assert.deepEqual(first.unsettled, []);
  await Promise.all(['a', 'b', 'c'].map((id) => first.save(saved(id))));
  first.settle('b');
  first.settle('b');
  // Not closed: the process was killed here, in the middle of a write.
  await first.save(saved('d'));
  await appendFile(file, '{"id":"e","call":"x","by');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const second = await InFlightJournal.open(file);
  assert.deepEqual(second.unsettled, ['a', 'c', 'd'].map(saved));
  for (const { transactionId } of second.unsettled) second.settle(transactionId);
  await second.close();
  const third = await InFlightJournal.open(file);
  assert.deepEqual(third.unsettled, []);
  assert.equal(await readFile(file, 'utf8'), '');
  await third.close();
  await first.close();
});
