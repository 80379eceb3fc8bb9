/** The reconciliation of balances: every row and item counts once, and the table closes exactly when the statement does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { balanceTable, type BankRow, type BookItem } from './balance.rules.ts';

const row = (change: Partial<BankRow>): BankRow => ({
  id: 's~1',
  flowKey: 'k',
  serialNo: 'S1',
  bookingDate: '2026-11-20',
  side: 'DBIT',
  fen: 100n,
  otherName: '',
  purpose: '',
  ...change,
});
const item = (change: Partial<BookItem>): BookItem => ({
  kind: 'flow',
  flowKey: 'k',
  serialNo: 'S1',
  bookingDate: '2026-11-20',
  side: 'DBIT',
  fen: 100n,
  draftId: 'D',
  legId: 'L',
  otherName: '',
  ...change,
});
const noReceipts = new Map<string, string>();

test('the four piles of a day, as an accountant writes them', () => {
  const rows = [
    row({ id: '1' }),
    row({ id: '2', flowKey: null, serialNo: 'FEE', fen: 2n }),
    row({ id: '3', flowKey: 'r', serialNo: 'C1', side: 'CRDT', fen: 50n }),
    row({ id: '4', flowKey: 'x', serialNo: 'C2', side: 'CRDT', fen: 7n }),
  ];
  const items = [
    item({}),
    item({ kind: 'registration', flowKey: '', serialNo: 'LATE', fen: 30n }),
    item({ kind: 'incoming', flowKey: 'p', side: 'CRDT', fen: 50n }),
    item({ kind: 'incoming', flowKey: 'q', legId: 'M', side: 'CRDT', fen: 11n }),
  ];
  const table = balanceTable({
    openingFen: 1000n,
    closingFen: 1000n - 100n - 2n + 50n + 7n,
    rows,
    items,
    receipts: new Map([['r', 'D~L']]),
  });
  assert.deepEqual(
    [table.bankDebits.fen, table.bankCredits.fen, table.bookDebits.fen, table.bookCredits.fen],
    [2n, 7n, 30n, 11n],
  );
  assert.deepEqual([table.bookFen, table.bankFen], [931n, 955n]);
  assert.deepEqual([table.adjustedBookFen, table.adjustedBankFen, table.differenceFen], [936n, 936n, 0n]);
  assert.equal(table.pairs, 2);
});

test('a registered payment of another amount stands on both sides', () => {
  const table = balanceTable({
    openingFen: 0n,
    closingFen: -99n,
    rows: [row({ fen: 99n })],
    items: [item({ kind: 'registration', flowKey: '' })],
    receipts: noReceipts,
  });
  assert.deepEqual([table.bankDebits.fen, table.bookDebits.fen, table.differenceFen], [99n, 100n, 0n]);
});

test('a statement that came before its flow was ingested agrees with the registered serial', () => {
  const facts = { openingFen: 0n, closingFen: -100n, rows: [row({})], receipts: noReceipts };
  const table = balanceTable({ ...facts, items: [item({ kind: 'registration', flowKey: '' })] });
  assert.deepEqual([table.pairs, table.bankDebits.fen, table.bookDebits.fen], [1, 0n, 0n]);
});

test('whatever the rows and items: the difference is the one of the statement itself, and nothing counts twice', () => {
  const side = fc.constantFrom('DBIT' as const, 'CRDT' as const);
  const common = {
    side,
    fen: fc.bigInt(1n, 4n),
    flowKey: fc.constantFrom('a', 'b', 'c'),
    serialNo: fc.constantFrom('S', 'T'),
  };
  const rows = fc.array(
    fc.record({ ...common, flowKey: fc.constantFrom('a', 'b', 'c', null) }).map((one) => row(one)),
    { maxLength: 12 },
  );
  const items = fc.array(
    fc
      .record({
        ...common,
        kind: fc.constantFrom('flow' as const, 'registration' as const, 'incoming' as const),
      })
      .map((one) => item(one)),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(rows, items, fc.bigInt(-5n, 5n), (bank, book, fault) => {
      const sum = bank.reduce((total, one) => total + (one.side === 'CRDT' ? one.fen : -one.fen), 0n);
      const facts = {
        openingFen: 10n,
        closingFen: 10n + sum + fault,
        rows: bank,
        items: book,
        receipts: noReceipts,
      };
      const table = balanceTable(facts);
      assert.equal(table.differenceFen, -fault);
      const left = table.bankCredits.entries.length + table.bankDebits.entries.length;
      const open = table.bookCredits.entries.length + table.bookDebits.entries.length;
      assert.equal(left + table.pairs, bank.length);
      assert.equal(open + table.pairs, book.length);
    }),
    { numRuns: 500 },
  );
});
