/** The main job in Chromium, with JavaScript and without: from application to redeemed draft, seen live by others. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../support/chromium.ts';
import { act, apply, approve, pay, payThrough, type People } from '../support/main-job.ts';
import { entryOfLeg, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let browser: TestBrowser;
before(async () => {
  web = await openTestWeb();
  browser = await openBrowser(web);
});
after(async () => {
  await browser.close();
  await web.close();
});

/** Each person keeps his page. */
function peopleWith(javaScript: boolean): People {
  const pages = new Map<string, Promise<Page>>();
  return (userId) => {
    const page = pages.get(userId) ?? browser.as(userId, { javaScript });
    pages.set(userId, page);
    return page;
  };
}

for (const javaScript of [true, false]) {
  test(`from application to redeemed draft, ${javaScript ? 'with' : 'without'} JavaScript`, async () => {
    const people = peopleWith(javaScript);
    const project = await apply(
      await people('cph-522634-1'),
      web.world.today,
      `大塘镇通组路${javaScript ? '一' : '二'}期`,
    );
    const draft = await approve(people, project);
    await payThrough(web, people, { project, draft });
    const auditor = await people('aud-1');
    await auditor.goto(`/drafts/${draft}`);
    const text = (await auditor.textContent('main')) ?? '';
    assert.match(text, /已兑付/);
    assert.match(text, /平台签名 SM2 · 已验 ✓/);
    assert.match(text, /人民币壹佰万元整/);
    assert.equal(await auditor.locator('#legs tbody tr').count(), 5);
    await auditor.goto(`/trace?draft=${draft}`);
    assert.equal(await auditor.locator('#edges tbody tr').count(), 5);
  });
}

test('a matched payment shows on another person’s open page without reload', async () => {
  const project = await web.project('ISSUED');
  const watcher = await browser.as('aud-1');
  await watcher.goto(`/drafts/${project.draftId ?? ''}`);
  await watcher.locator('[data-live-state]').waitFor({ state: 'visible' });
  await pay(web, await browser.as('pfd-1'), project.draftId ?? '', 'F1');
  await watcher.locator('#leg-F1', { hasText: '已对平' }).waitFor();
  assert.match((await watcher.textContent('#leg-F1')) ?? '', /✓ 金额/);
});

test('a wrong amount is told with both values to the payer, on the desk and as a red alert', async () => {
  const project = await web.project('ISSUED');
  const draftId = project.draftId ?? '';
  const payer = await browser.as('pfd-1');
  const flow = { serialNo: 'R202611209901', bookingDate: web.world.today };
  await act(payer, `/actions/reconciliation.register/${draftId}~F1`, flow);
  await web.push('bank-qs', [
    entryOfLeg(await web.world.draft(draftId), 'F1', flow, { amountFen: '4000000' }),
  ]);
  await web.settled();
  await payer.goto(`/drafts/${draftId}`);
  assert.match((await payer.textContent('#leg-F1')) ?? '', /400,000\.00 ≠ 40,000\.00/);
  const office = await browser.as('plo-2');
  await office.goto('/reconciliation?pile=mismatch');
  assert.match((await office.textContent('#rows')) ?? '', /R202611209901/);
  await office.goto('/alerts?level=red');
  assert.match((await office.textContent('#list')) ?? '', /金额不符/);
});

const other = { account: '520100000000099', name: '', bankNo: '' };
const wrong: [what: string, change: object, told: RegExp, rule: RegExp][] = [
  ['another payee account', { payee: other }, /✗ 收款账户 .*≠ 520100000000099/, /收款账户不符/],
  ['a booking after the deadline', { bookingDate: '2027-12-31' }, /✗ 期限 .*≠ 2027-12-31/, /逾期未拨或迟拨/],
];
for (const [what, change, told, rule] of wrong) {
  test(`${what} stops the draft and is told on its page and as a red alert`, async () => {
    const project = await web.project('ISSUED');
    const draftId = project.draftId ?? '';
    const bookingDate = (change as { bookingDate?: string }).bookingDate ?? web.world.today;
    const flow = { serialNo: `R20261120${project.id.slice(-4)}`, bookingDate };
    const payer = await browser.as('pfd-1');
    await act(payer, `/actions/reconciliation.register/${draftId}~F1`, flow);
    await web.push('bank-qs', [entryOfLeg(await web.world.draft(draftId), 'F1', flow, change)]);
    await web.settled();
    await payer.goto(`/drafts/${draftId}`);
    assert.match(((await payer.textContent('#leg-F1')) ?? '').replace(/\s+/g, ' '), told);
    assert.match((await payer.textContent('#alerts')) ?? '', rule);
    assert.match((await payer.textContent('#head')) ?? '', /已签发/);
  });
}

test('a payment pushed twice is there once and matched once', async () => {
  const project = await web.project('ISSUED');
  const draftId = project.draftId ?? '';
  const flow = { serialNo: 'R202611209950', bookingDate: web.world.today };
  const entry = entryOfLeg(await web.world.draft(draftId), 'F1', flow);
  await act(await browser.as('pfd-1'), `/actions/reconciliation.register/${draftId}~F1`, flow);
  for (let times = 0; times < 2; times += 1) await web.push('bank-qs', [entry]);
  await web.settled();
  const office = await browser.as('plo-2');
  await office.goto(`/drafts/${draftId}`);
  assert.match((await office.textContent('#received')) ?? '', /400,000\.00 \/ 10,000,000\.00/);
  await office.goto(`/reconciliation?pile=matched`);
  assert.equal(await office.locator('#rows tbody tr', { hasText: flow.serialNo }).count(), 1);
});
