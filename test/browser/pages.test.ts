/** Every page of the platform in Chromium: answers, keeps the content policy, is accessible, fits two screens, works by keyboard. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addDays } from '#kernel/dates.ts';
import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../support/chromium.ts';
import { act } from '../support/main-job.ts';
import { checkOf } from '../support/page-check.ts';
import { entryOfLeg, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let browser: TestBrowser;
/** A project far on its way, one with a payment that differs, and one that waits for its approval. */
let late: { id: string; draft: string };
let wrong: { id: string; draft: string };
let waiting: string;
const flow = { serialNo: 'P202611210001', bookingDate: '' };
before(async () => {
  web = await openTestWeb();
  browser = await openBrowser(web);
  const [first, second, third] = [
    await web.project('PARTIALLY_REDEEMED'),
    await web.project('ISSUED'),
    await web.project('COUNTERSIGNED'),
  ];
  late = { id: first.id, draft: first.draftId ?? '' };
  wrong = { id: second.id, draft: second.draftId ?? '' };
  waiting = third.id;
  flow.bookingDate = web.world.today;
});
after(async () => {
  await browser.close();
  await web.close();
});

/** The browser reports an answer with an error by itself; this one was asked for. */
const withoutStatus = (faults: readonly string[], status: number): string[] =>
  faults.filter((one) => !one.includes(`status of ${status}`));

/** Opens the pages one after the other; all faults are told together. */
async function assertPages(page: Page, list: readonly string[]): Promise<void> {
  const check = checkOf(page);
  const faults: string[] = [];
  for (const path of list) faults.push(...(await check.visit(path)));
  assert.deepEqual(faults, []);
}

test('sign-in, and the page for what does not exist', async () => {
  await assertPages(await browser.anonymous(), ['/sign-in']);
  const check = checkOf(await browser.as('aud-1'));
  assert.deepEqual(await check.visit('/nothing-here', 404), []);
});

test('an action is confirmed and its receipt shown; the mismatch that follows has its pages', async () => {
  const payer = await browser.as('pfd-1');
  const check = checkOf(payer);
  const confirm = `/actions/reconciliation.register/${wrong.draft}~F1`;
  assert.deepEqual(await check.visit(confirm), []);
  await act(payer, confirm, flow);
  assert.deepEqual(await check.inspect(), []);
  const refused: string[] = [];
  payer.on('response', (answer) => {
    if (!answer.ok()) refused.push(answer.url());
  });
  const height = await payer.locator('[data-live=height]').innerText();
  const entry = entryOfLeg(await web.world.draft(wrong.draft), 'F1', flow, { amountFen: '4000000' });
  await web.push('bank-qs', [entry]);
  await web.settled();
  await payer.locator('[data-live=height]').filter({ hasNotText: height }).waitFor();
  assert.deepEqual(refused, [], 'the receipt stays current without sending anything again');
  const { models } = web.platform;
  const found = await models.flow.findOne({ serialNo: flow.serialNo }).lean();
  const alert = await models.alert.findOne({ draftId: wrong.draft }).lean();
  await assertPages(payer, [
    `/reconciliation?pile=mismatch`,
    `/reconciliation/flows/${encodeURIComponent(found?._id ?? '')}`,
    `/alerts/${encodeURIComponent(alert?._id ?? '')}`,
    `/drafts/${wrong.draft}`,
  ]);
});

test('an alert about the platform itself, and the evidence of a file', async () => {
  const alert = await web.platform.services.systemAlerts.raise({
    rule: 'E02',
    level: 'yellow',
    subject: 'bank-qs',
    text: '30 分钟没有心跳',
  });
  const project = await web.platform.models.project.findById(late.id).lean();
  const [file] = project?.record.progress.flatMap((one) => one.documents) ?? [];
  await assertPages(await browser.as('plo-1'), [
    '/alerts',
    `/alerts/system/${alert}`,
    `/files/${file?.sha256 ?? ''}/verify`,
    '/actions/fund.create/new',
  ]);
});

test('the leading office: approvals, alerts, tracing, search and funds', async () => {
  await assertPages(await browser.as('plo-2'), [
    '/',
    '/approvals',
    `/approvals/${waiting}`,
    '/reconciliation',
    '/reconciliation?pile=matched',
    '/alerts',
    '/actions/alert.report/new',
    '/trace',
    `/trace?draft=${wrong.draft}`,
    `/trace?project=${late.id}`,
    `/search?q=${late.id}`,
    '/search?q=%E9%81%93',
    '/funds',
    '/funds/fund-industry',
  ]);
});

test('the county: projects with every tab, application, disbursement', async () => {
  const page = await browser.as('cph-522634-1');
  const tabs = ['overview', 'budget', 'plan', 'files', 'opinions', 'draft', 'path', 'history'];
  await assertPages(page, [
    '/projects',
    ...tabs.map((tab) => `/projects/${late.id}?tab=${tab}`),
    '/applications',
    '/disbursement',
  ]);
  const check = checkOf(page);
  await page.goto('/applications/new');
  assert.deepEqual(await check.inspect(), []);
  const unit = await browser.as('imp-522634-1');
  await assertPages(unit, ['/', '/disbursement', `/projects/${wrong.id}/progress/1`]);
});

test('an application: what is wrong with it, and its review', async () => {
  const page = await browser.as('cph-522634-1');
  const check = checkOf(page);
  await page.goto('/applications/new');
  const choices = {
    townshipCode: '522634104',
    category: 'road',
    call: 'fund-industry~call-2026',
    unitOrgId: 'imp-522634',
  };
  for (const [name, value] of Object.entries(choices)) await page.selectOption(`[name=${name}]`, value);
  await page.click('button[value=review]');
  await page.locator('#problems').waitFor();
  assert.deepEqual(withoutStatus(await check.inspect(), 422), []);
  const texts = {
    name: '大塘镇通组路',
    amount: '1000000',
    summary: '硬化三公里',
    budgetItem: '工程款',
    budgetAmount: '1000000',
    milestoneName: '路面硬化',
    milestoneDate: addDays(web.world.today, 60),
    milestoneAmount: '1000000',
  };
  for (const [name, value] of Object.entries(texts)) await page.fill(`[name=${name}]`, value);
  await page.setInputFiles('[name=file]', {
    name: '可研报告.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('通村公路可行性研究'),
  });
  await page.click('button[value=save]');
  await page.click('button[value=review]');
  await page.locator('form[action$="/submit"]').waitFor();
  assert.deepEqual(await check.inspect(), []);
});

test('on a telephone the menu opens by keyboard', async () => {
  const page = await browser.as('aud-1', { width: 390 });
  const entry = page.locator('.rail a[href="/trace"]');
  assert.equal(await entry.isVisible(), false);
  await page.getByLabel('菜单', { exact: true }).and(page.locator('input')).press('Space');
  await entry.waitFor({ state: 'visible' });
  await entry.press('Enter');
  await page.waitForURL('**/trace');
});

test('drafts, the chain and one’s own account', async () => {
  const { models } = web.platform;
  const transaction = await models.transaction.findOne().sort({ block: -1 }).lean();
  await assertPages(await browser.as('aud-1'), [
    '/drafts',
    `/drafts/${late.draft}`,
    `/drafts/${late.draft}/slip`,
    '/chain',
    `/chain/blocks/${transaction?.block ?? 0}`,
    `/chain/transactions/${transaction?._id ?? ''}`,
    '/inbox',
    '/help',
    '/account/security',
    '/account/password',
    '/account/confirm',
  ]);
});

test('administrators: members, banks, operations', async () => {
  await web.push('bank-qs', [{ serialNo: 'UNREADABLE-1', amountFen: 'much' }], 'unread-1');
  await assertPages(await browser.as('sysadmin'), [
    '/',
    '/members',
    '/members/organisations/plo',
    '/members/people',
    '/members/people/plo-2',
    '/members/new',
    '/members/accounts',
    '/members/rights',
    '/banks',
    '/banks/bank-qs',
    '/operations',
    `/operations/messages/${encodeURIComponent('bank-qs~unread-1')}`,
    '/chain',
  ]);
  await web.platform.services.banks.issueKey('bank-qs', 'sysadmin', { overlapHours: 24 });
  await assertPages(await browser.as('secadmin'), ['/', '/members/people/plo-2', '/banks', '/banks/bank-qs']);
  await assertPages(await browser.as('logadmin'), ['/', '/members', '/operations']);
});
