/** The pages of statements, balance tables, profiles, keys, manual matches, lists and batches in Chromium, with and without JavaScript. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Draft } from '#kernel/records/draft.ts';
import { banks } from '../../src/commands/demo/organisations.ts';
import { legOf, personWith } from '../../src/commands/demo/world.ts';
import { paths } from '../../src/paths.ts';
import { openBrowser, type TestBrowser } from '../support/chromium.ts';
import { checkOf, fitsBothScreens } from '../support/page-check.ts';
import { camt, csv, workbook, type SampleStatement } from '../support/statement-files.ts';
import { entryOfLeg, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let browser: TestBrowser;
let one: Draft;
let two: Draft;
const clerkId = personWith(banks.investor, 'handle', 'bank-investor').userId;
const checkerId = personWith(banks.investor, 'check', 'bank-investor').userId;
before(async () => {
  web = await openTestWeb();
  browser = await openBrowser(web);
  const [first, second] = [await web.project('ISSUED'), await web.project('ISSUED')];
  one = await web.world.draft(first.draftId ?? '');
  two = await web.world.draft(second.draftId ?? '');
});
after(async () => {
  await browser.close();
  await web.close();
});

const yuanOf = (fen: string): string => `${fen.slice(0, -2)}.${fen.slice(-2)}`;
const payerOf = (draft: Draft, legId: string, post: 'handle' | 'check'): string =>
  personWith(legOf(draft, legId).payer.orgId, post).userId;

interface File {
  readonly name: string;
  readonly bytes: string | Buffer;
}

/** Brings a file on the page of statements and comes to its preview. */
async function bring(page: Page, { name, bytes }: File, account = ''): Promise<void> {
  await page.goto(paths.statements);
  await page.fill('[name=account]', account);
  const file = { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
  await page.setInputFiles('[name=file]', file);
  await page.click('form[enctype] .btn-primary');
  await page.waitForURL(/\/statements\/[^/]+$/);
}

/** A day of the payer of F1 with one payment; the balances follow from it. */
function dayOf(serialNo: string, fen: string): SampleStatement {
  const { payer, payee } = legOf(one, 'F1');
  const entry = { serialNo, direction: 'DBIT', yuan: yuanOf(fen), other: payee.account } as const;
  const ends = { opening: yuanOf(fen), closing: '0.00' };
  return { account: payer.account, date: web.world.today, entries: [entry], ...ends };
}

/** Confirms what a form asks. */
async function confirm(page: Page, path: string, fields: Readonly<Record<string, string>>): Promise<void> {
  await page.goto(path);
  for (const [name, value] of Object.entries(fields)) await page.fill(`main [name=${name}]`, value);
  await page.click('main form .btn-primary');
  await page
    .getByText(/交易|区块/)
    .first()
    .waitFor();
}

test('statements: CSV with JavaScript; a refused file; the preview and the list', async () => {
  const page = await browser.as(clerkId);
  const check = checkOf(page);
  await bring(page, { name: 'day.csv', bytes: csv(dayOf('CSV-1', '1000')) });
  assert.match((await page.textContent('main')) ?? '', /待复核确认/);
  assert.deepEqual(await check.inspect(), []);
  const broken = camt('053', 8, { ...dayOf('BAD-1', '1000'), closing: '5.00' });
  await bring(page, { name: 'bad.xml', bytes: broken });
  assert.match((await page.textContent('.alert-danger')) ?? '', /合计或余额/);
  assert.deepEqual(await check.inspect(), []);
  assert.deepEqual(await check.visit(paths.statements), []);
});

test('statements: XLSX brought and confirmed by two persons without JavaScript, on a telephone', async () => {
  const { payer, payee } = legOf(one, 'F1');
  const rows = [
    ['交易流水号', '交易日期', '借方发生额', '贷方发生额', '对方账号'],
    ['XLSX-1', web.world.today.replaceAll('-', ''), '12.34', '', payee.account],
  ];
  const page = await browser.as(clerkId, { javaScript: false, width: 390 });
  await bring(page, { name: 'day.xlsx', bytes: await workbook(rows) }, payer.account);
  assert.deepEqual(await fitsBothScreens(page), []);
  const checker = await browser.as(checkerId, { javaScript: false, width: 390 });
  await checker.goto(page.url());
  await checker.click('form[action$="/confirm"] button');
  await checker.locator('main .badge, main .status').filter({ hasText: '已入账' }).first().waitFor();
  assert.deepEqual(await fitsBothScreens(checker), []);
  await web.settled();
  assert.equal(await web.platform.models.flow.countDocuments({ serialNo: 'XLSX-1' }), 1);
});

test('statements: camt finds what the push forgot; the balance table on screen, in print and as a workbook', async () => {
  const leg = legOf(one, 'F1');
  const payer = await browser.as(payerOf(one, 'F1', 'handle'));
  const serial = { serialNo: 'CAMT-1', bookingDate: web.world.today };
  await confirm(payer, `/actions/reconciliation.register/${one.DraftID}~F1`, serial);
  const clerk = await browser.as(clerkId);
  await bring(clerk, { name: 'day.xml', bytes: camt('053', 8, dayOf(serial.serialNo, leg.amountFen)) });
  const checker = await browser.as(checkerId);
  await checker.goto(clerk.url());
  await checker.click('form[action$="/confirm"] button');
  await checker.getByText('已确认，整份入账。').waitFor();
  assert.deepEqual(await checkOf(checker).inspect(), []);
  await web.settled();
  const matched = await web.platform.models.leg.findById(`${one.DraftID}~F1`).lean();
  assert.equal(matched?.state, 'MATCHED');

  const check = checkOf(payer);
  assert.deepEqual(await check.visit(`${paths.balance}?account=${leg.payer.account}`), []);
  const [download] = await Promise.all([payer.waitForEvent('download'), payer.click('a[href*=".xlsx"]')]);
  assert.match(download.suggestedFilename(), /^balance-\d+-.*\.xlsx$/);
  assert.equal((await readFile(await download.path())).subarray(0, 2).toString(), 'PK');
  await payer.emulateMedia({ media: 'print' });
  assert.equal(await payer.locator('form.filters').isVisible(), false);
  assert.equal(await payer.locator('.balance-signatures').isVisible(), true);
  assert.deepEqual(await fitsBothScreens(payer), []);
  await payer.emulateMedia({ media: 'screen' });
  const plain = await browser.as(payerOf(one, 'F1', 'handle'), { javaScript: false, width: 390 });
  await plain.goto(`${paths.balance}?account=${leg.payer.account}`);
  assert.deepEqual(await fitsBothScreens(plain), []);
});

test('bank profiles: a sample is tried, with and without JavaScript', async () => {
  const entry = { serialNo: 'a 1', bookingDate: web.world.today, direction: 'DBIT', status: 'BOOK' };
  const sides = { payer: { account: '5201-0000-0001' }, payee: { account: '520200000002' } };
  const sample = JSON.stringify({ ...entry, ...sides, amountYuan: '1.00', currency: 'CNY' });
  for (const javaScript of [true, false]) {
    const page = await browser.as(clerkId, { javaScript });
    await page.goto(paths.bankProfile(banks.investor));
    await page.fill('[name=sample]', sample);
    await page.click('form[action*="dry-run"] button');
    await page.locator('#result').getByText('可以读取').waitFor();
    assert.deepEqual(await (javaScript ? checkOf(page).inspect() : fitsBothScreens(page)), []);
  }
  assert.deepEqual(await checkOf(await browser.as('secadmin')).visit(paths.bankProfiles), []);
});

test('keys: issued by one administrator, whose page shows the secret once, activated by another', async () => {
  const first = await browser.as('sysadmin');
  await first.goto(paths.bank(banks.county));
  await first.click('form[action$="/keys"] .btn-primary');
  await first.getByText(/whsec_/).waitFor();
  assert.deepEqual(await checkOf(first).inspect(), []);
  const second = await browser.as('secadmin', { javaScript: false });
  await second.goto(paths.bank(banks.county));
  await second.click('form[action$="/activate"] button');
  await second.locator('form[action$="/activate"]').waitFor({ state: 'detached' });
  assert.deepEqual(await fitsBothScreens(second), []);
});

test('a manual match: evidence and proposal by one person, confirmed by another, without JavaScript too', async () => {
  const real = { serialNo: 'MANUAL-1', bookingDate: web.world.today };
  await web.push(legOf(two, 'F1').payer.bankId, [entryOfLeg(two, 'F1', real)]);
  await web.settled();
  const flow = await web.platform.models.flow.findOne({ serialNo: real.serialNo }).lean();
  const form = `/actions/reconciliation.proposeMatch/${encodeURIComponent(flow?._id ?? '')}`;
  const page = await browser.as(payerOf(two, 'F1', 'handle'), { javaScript: false });
  await page.goto(form);
  await page.setInputFiles('[name=file]', {
    ...{ name: '回单.txt', mimeType: 'text/plain', buffer: Buffer.from('银行回单') },
  });
  await page.click('form[action$="/files"] button');
  await page.getByText('文件已存证').waitFor();
  assert.notEqual(await page.inputValue('[name=evidence]'), '');
  assert.deepEqual(await checkOf(await opened(form)).inspect(), []);
  await page.fill('[name=reason]', '登记时抄错流水号');
  await page.click('main form .btn-primary');
  await page
    .getByText(/交易|区块/)
    .first()
    .waitFor();
  const match = await web.platform.models.match.findOne({ flowKey: flow?._id ?? '' }).lean();
  const checker = await browser.as(payerOf(two, 'F1', 'check'));
  await confirm(checker, `/actions/reconciliation.confirmMatch/${encodeURIComponent(match?._id ?? '')}`, {
    opinion: '与回单一致',
  });
  await web.settled();
  assert.deepEqual(await checkOf(checker).visit(paths.flow(flow?._id ?? '')), []);
  assert.match((await checker.textContent('main')) ?? '', /人工匹配/);
});

/** A page as the payer of F1 sees it. */
async function opened(path: string): Promise<Page> {
  const page = await browser.as(payerOf(two, 'F1', 'handle'));
  await page.goto(path);
  return page;
}

test('an allocation list over two drafts, and the line of a batch with its parts', async () => {
  const serial = { serialNo: 'LIST-1', bookingDate: web.world.today };
  const page = await browser.as(payerOf(one, 'F2', 'handle'));
  const form = `/actions/reconciliation.registerList/${one.DraftID}~F2`;
  assert.deepEqual(await checkOf(page).visit(form), []);
  const list = [one, two].map((draft) => `${draft.DraftID}/F2 ${yuanOf(legOf(draft, 'F2').amountFen)}`);
  await confirm(page, form, { ...serial, parts: list.join('\n') });
  const total = [one, two].reduce((sum, draft) => sum + BigInt(legOf(draft, 'F2').amountFen), 0n);
  const { bankId } = legOf(one, 'F2').payer;
  await web.push(bankId, [entryOfLeg(one, 'F2', serial, { amountFen: String(total) })]);
  const batch = { serialNo: 'BATCH-1', bookingDate: web.world.today };
  const parts = [1, 2].map((subIndex) => entryOfLeg(one, 'F2', batch, { subIndex, amountFen: '100' }));
  await web.push(bankId, [entryOfLeg(one, 'F2', batch, { batch: true, amountFen: '200' }), ...parts]);
  await web.settled();
  const check = checkOf(page);
  for (const [serialNo, words] of [
    ['LIST-1', two.DraftID],
    ['BATCH-1', 'BATCH-1 #2'],
  ] as const) {
    const flow = await web.platform.models.flow.findOne({ serialNo, subIndex: 0 }).lean();
    assert.deepEqual(await check.visit(paths.flow(flow?._id ?? '')), []);
    assert.ok((await page.textContent('main'))?.includes(words), words);
  }
});
