/** A pasted sample is read by the functions that read messages and statements, and shows raw beside normal form. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standardProfile } from '../bank-profile/standard-profile.ts';
import { readEntry } from '../inbox/wire.rules.ts';
import { dryRun, type DryRow } from './dry-run.ts';

const place = { bankId: 'bank-a', account: '520100000001', profile: standardProfile, own: null };
const normal = (row: DryRow | undefined, name: string): string[] =>
  (row?.fields ?? []).filter((one) => one.name === name).map((one) => `${one.raw} → ${one.normal}`);

const entry = {
  serialNo: 't 2026-1',
  bookingDate: '2026-11-20',
  direction: 'DBIT',
  status: 'BOOK',
  amountYuan: '400000.00',
  currency: 'CNY',
  payer: { account: '5201-0000-0001' },
  payee: { account: '５２０２００００２', name: '某某（集团） 公司' },
};

test('a push entry, alone or in its message', async () => {
  for (const sample of [entry, [entry], { batchNo: '1', entries: [entry] }]) {
    const { format, fault, rows } = await dryRun(JSON.stringify(sample), place);
    assert.deepEqual([format, fault], ['json', null]);
    assert.deepEqual(normal(rows[0], 'serial'), ['t 2026-1 → T2026-1']);
    assert.deepEqual(normal(rows[0], 'account'), ['5201-0000-0001 → 520100000001']);
    assert.deepEqual(normal(rows[0], 'otherName'), ['某某（集团） 公司 → 某某(集团)公司']);
    assert.deepEqual(normal(rows[0], 'amount'), ['400000.00 → 40000000']);
    const read = readEntry(entry, 'bank-a', '0'.repeat(64));
    assert.equal(rows[0]?.flowKey, read.ok ? read.flowKey : '', 'the key that the inbox would give');
  }
});

test('CSV lines, with the reason of what would be refused', async () => {
  const sample =
    '流水号,交易日期,借贷标志,金额,对方账号\nA-0001,20261120,贷,1.00,5202000001\nA-0002,20261120,贷,-1.00,5202000001\n6.2E+18,20261120,贷,1.00,5202000001';
  const { rows } = await dryRun(sample, place);
  assert.deepEqual(
    rows.map((row) => row.reason),
    ['', '', 'serialForm'],
  );
  assert.deepEqual(normal(rows[1], 'direction'), ['DBIT → DBIT']);
  assert.deepEqual(normal(rows[1], 'reversal'), ['true → true']);
});

test('what cannot be read is told, never thrown', async () => {
  const faults = await Promise.all(
    ['{"a":', 'a,b\n1,2', '<!DOCTYPE a>', '<a/>'].map(
      async (sample) => (await dryRun(sample, place)).fault?.reason,
    ),
  );
  assert.deepEqual(faults, ['json', 'noHead', 'doctype', 'notCamt']);
  const { rows } = await dryRun('{}', place);
  assert.equal(rows[0]?.reason, 'form');
});
