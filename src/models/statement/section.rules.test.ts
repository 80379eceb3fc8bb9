/** A statement is proven by its own sums, counts and balances, whichever of them it states. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowPart, SectionPart, StatementEntry } from './parse/part.ts';
import { addBalance, addRow, closeTally, newTally, type Tally } from './section.rules.ts';

const section: SectionPart = {
  kind: 'section',
  account: '520100001',
  name: '',
  currency: 'CNY',
  number: '',
  complete: true,
};
const row = (
  direction: 'DBIT' | 'CRDT',
  fen: bigint,
  balanceFen: bigint | null = null,
  change: Partial<StatementEntry> = {},
): RowPart => ({
  kind: 'row',
  row: 1,
  account: '',
  balanceFen,
  entry: {
    serialNo: 'T1',
    subIndex: 0,
    bookingDate: '2026-11-20',
    txTime: '',
    direction,
    status: 'BOOK',
    amountFen: fen.toString(),
    currency: 'CNY',
    other: { account: '', name: '', bankNo: '' },
    purpose: '',
    reference: '',
    reversal: false,
    originalSerialNo: null,
    ...change,
  },
});
function tally(rows: readonly RowPart[], opening: bigint | null, closing: bigint | null): Tally {
  const made = newTally(section, '520100001');
  if (opening !== null) addBalance(made, { kind: 'balance', which: 'opening', fen: opening, date: null });
  for (const one of rows) addRow(made, one);
  if (closing !== null)
    addBalance(made, { kind: 'balance', which: 'closing', fen: closing, date: '2026-11-21' });
  return made;
}
const failed = (one: Tally): string[] =>
  closeTally(one)
    .proofs.filter((proof) => !proof.ok)
    .map((proof) => proof.name);

test('opening and credits less debits is closing, to the fen and into the negative', () => {
  const rows = [row('DBIT', 9_007_199_254_740_993n), row('CRDT', 1n)];
  assert.deepEqual(failed(tally(rows, 0n, -9_007_199_254_740_992n)), []);
  assert.deepEqual(failed(tally(rows, 0n, -9_007_199_254_740_993n)), ['balance']);
});

test('a pending entry moves no balance, and counts in the totals', () => {
  const made = tally([row('CRDT', 5n, null, { status: 'PDNG' }), row('CRDT', 7n)], 0n, 7n);
  made.declared.push({ kind: 'totals', side: 'ALL', count: 2, fen: 12n });
  assert.deepEqual(failed(made), []);
});

test('parts of a batch are one entry', () => {
  const made = tally(
    [
      row('DBIT', 3n, null, { batch: true }),
      row('DBIT', 1n, null, { subIndex: 1 }),
      row('DBIT', 2n, null, { subIndex: 2 }),
    ],
    null,
    null,
  );
  made.declared.push({ kind: 'totals', side: 'DBIT', count: 1, fen: 3n });
  made.declared.push({ kind: 'totals', side: 'CRDT', count: 1, fen: null });
  assert.deepEqual(failed(made), ['creditCount']);
});

test('printed balances give opening and closing, oldest or newest first', () => {
  const oldest = [row('CRDT', 10n, 110n), row('DBIT', 30n, 80n), row('CRDT', 5n, 85n)];
  for (const rows of [oldest, oldest.toReversed()]) {
    const { openingFen, closingFen, proofs } = closeTally(tally(rows, null, null));
    assert.deepEqual([openingFen, closingFen], [100n, 85n]);
    assert.ok(proofs.length === 2 && proofs.every((one) => one.ok));
  }
  assert.ok(failed(tally([row('CRDT', 10n, 110n), row('DBIT', 30n, 81n)], null, null)).includes('running'));
});

test('the period runs from the first booking to the closing balance', () => {
  const { from, to } = closeTally(tally([row('CRDT', 1n)], 0n, 1n));
  assert.deepEqual([from, to], ['2026-11-20', '2026-11-21']);
});
