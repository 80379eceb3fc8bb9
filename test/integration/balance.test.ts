/** The balance reconciliation over real statements, registrations and flows: on screen, as a workbook, and only for who may see the account. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { addDays } from '#kernel/dates.ts';
import type { Draft, Leg } from '#kernel/records/draft.ts';
import { banks } from '../../src/commands/demo/organisations.ts';
import { legOf, pay, personWith, register } from '../../src/commands/demo/world.ts';
import { BalanceService } from '../../src/models/balance/balance.service.ts';
import { readXlsx } from '../../src/models/statement/parse/xlsx.reader.ts';
import { paths } from '../../src/paths.ts';
import { camt, type SampleEntry, type SampleStatement } from '../support/statement-files.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let leg: Leg;
let paidSerial = '';
before(async () => {
  web = await openTestWeb();
  const [paid, waiting] = [await issued(), await issued()];
  leg = legOf(paid, 'F1');
  await pay(web.world, paid, 'F1');
  // Registered, and the bank has heard nothing of it.
  await register(web.world, waiting, 'F1', {
    serialNo: 'NEVER-BOOKED',
    bankId: banks.investor,
    bookingDate: web.world.today,
  });
  await web.settled();
  const flow = await web.platform.models.flow.findOne({ draftId: paid.DraftID, legId: 'F1' }).lean();
  paidSerial = flow?.serialNo ?? '';
});
after(async () => web.close());

async function issued(): Promise<Draft> {
  const { draftId } = await web.project('ISSUED');
  return web.world.draft(draftId ?? '');
}

const yuan = (fen: bigint): string => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;
const fenOf = (text: string): bigint => BigInt(text.replace('.', ''));

/** Takes a statement of the day in: two persons of the bank. Returns its closing balance. */
async function imported(date: string, opening: bigint, entries: readonly SampleEntry[]): Promise<bigint> {
  const change = entries.reduce(
    (sum, one) => sum + (one.direction === 'CRDT' ? 1n : -1n) * fenOf(one.yuan),
    0n,
  );
  const closing = opening + change;
  const sample: SampleStatement = {
    account: leg.payer.account,
    opening: yuan(opening),
    closing: yuan(closing),
    date,
    entries,
  };
  const { statements } = web.platform.services;
  const brought = {
    bankId: banks.investor,
    orgId: banks.investor,
    source: 'bank-api',
    userId: 'feed',
    fileName: '',
    account: '',
  } as const;
  const bytes = [Buffer.from(camt('053', 8, sample))] as unknown as AsyncIterable<Uint8Array>;
  const { _id } = await statements.receive(brought, bytes);
  await statements.work(_id);
  await web.settled();
  return closing;
}

test('a day: matched, a fee, money nobody announced, and a payment the bank has not booked', async () => {
  const [amount, today] = [BigInt(leg.amountFen), web.world.today];
  const closing = await imported(today, 10_000_000_000n, [
    { serialNo: paidSerial, direction: 'DBIT', yuan: yuan(amount), other: leg.payee.account },
    { serialNo: 'FEE-1', direction: 'DBIT', yuan: '2.50', other: '' },
    {
      serialNo: 'UNKNOWN-1',
      direction: 'CRDT',
      yuan: '7.00',
      other: '5238000000000009',
      otherName: '=某单位',
    },
  ]);
  const finance = await web.as(personWith('pfd', 'handle').userId);
  const address = `?account=${leg.payer.account}&date=${today}`;
  const page = await finance.get(`${paths.balance}${address}`);
  assert.equal(page.status, 200);
  const grouped = (fen: bigint): string => yuan(fen).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const book = 10_000_000_000n - amount - amount;
  const adjusted = book + 700n - 250n;
  assert.equal(adjusted, closing - amount);
  for (const text of [
    grouped(closing),
    grouped(book),
    grouped(adjusted),
    'NEVER-BOOKED',
    'FEE-1',
    'UNKNOWN-1',
    '调节后两边相等',
  ])
    assert.ok(page.text.includes(text), text);
  const bookFile = await finance.get(`${paths.balanceBook}${address}`).responseType('blob');
  const cells = await cellsOf(bookFile.body as Buffer);
  const adjustedRow = cells.find((row) => row[0] === '调节后存款余额');
  const plain = (fen: bigint): string => yuan(fen).replace(/\.?0+$/, '');
  assert.deepEqual(adjustedRow, ['调节后存款余额', plain(adjusted), '调节后存款余额', plain(adjusted)]);
  assert.ok(cells.some((row) => row[0]?.includes('UNKNOWN-1 =某单位')));
});

async function cellsOf(bytes: Buffer): Promise<string[][]> {
  const folder = await mkdtemp('/tmp/balance-');
  try {
    await writeFile(join(folder, 'a.xlsx'), bytes);
    const rows: string[][] = [];
    for await (const row of readXlsx(join(folder, 'a.xlsx'))) rows.push(row.cells.map((cell) => cell.text));
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('the receiver has the payment in its book before its own bank tells of it', async () => {
  const [account] = await web.platform.models.bankAccount.find({ account: leg.payee.account }).lean();
  assert.ok(account);
  const balances = new BalanceService(web.platform.models);
  assert.equal(await balances.of(account, web.world.today), null, 'without a statement there is no table');
});

test('statements join day by day; one that does not join is told', async () => {
  const [account] = await web.platform.models.bankAccount.find({ account: leg.payer.account }).lean();
  assert.ok(account);
  const balances = new BalanceService(web.platform.models);
  const today = await balances.of(account, web.world.today);
  const next = addDays(web.world.today, 1);
  const entry: SampleEntry = {
    serialNo: 'NEXT-1',
    direction: 'DBIT',
    yuan: '1.00',
    other: '',
    bookingDate: next,
  };
  const closing = await imported(next, today?.table.bankFen ?? 0n, [entry]);
  const joined = await balances.of(account, next);
  assert.deepEqual([joined?.chain.length, joined?.isBroken, joined?.table.differenceFen], [2, false, 0n]);
  assert.equal(joined?.since, web.world.today);
  const later = addDays(web.world.today, 3);
  await imported(later, closing + 5n, [{ ...entry, serialNo: 'LATER-1', bookingDate: later }]);
  const broken = await balances.of(account, later);
  assert.deepEqual([broken?.chain.length, broken?.isBroken, broken?.table.differenceFen], [1, true, 0n]);
  assert.deepEqual(await balances.days(leg.payer.account), [later, next, web.world.today]);
});

test('a matched flow that the statement lacks stands as paid by the book and not by the bank', async () => {
  const draft = await issued();
  await pay(web.world, draft, 'F1');
  await web.settled();
  const [account] = await web.platform.models.bankAccount.find({ account: leg.payer.account }).lean();
  assert.ok(account);
  const found = await new BalanceService(web.platform.models).of(account, web.world.today);
  const flow = await web.platform.models.flow.findOne({ draftId: draft.DraftID, legId: 'F1' }).lean();
  assert.ok(found?.table.bookDebits.entries.some((one) => one.flowKey === flow?._id));
  assert.equal(found?.table.differenceFen, 0n);
});

test('nobody sees the balance of an account outside the scope', async () => {
  const county = await web.as(personWith('cpc-520526', 'handle').userId);
  assert.equal((await county.get(`${paths.balance}?account=${leg.payer.account}`)).status, 404);
  assert.equal(
    (await county.get(`${paths.balanceBook}?account=${leg.payer.account}&date=${web.world.today}`)).status,
    404,
  );
  const administrator = await web.as('secadmin');
  assert.equal((await administrator.get(paths.balance)).status, 403);
});
