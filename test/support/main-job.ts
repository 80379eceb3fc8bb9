/** The main job as people click it: from application to redeemed draft. Works with and without JavaScript. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import type { Page } from 'playwright-core';
import type { Draft } from '#kernel/records/draft.ts';
import { addDays } from '#kernel/dates.ts';
import { demoPassword } from '../../src/commands/demo/people.ts';
import { entryOfLeg, type TestWeb } from './web.ts';

/** Opens a page as a person. */
export type People = (userId: string) => Promise<Page>;

let serials = 0;

/** The county writes an application of one milestone of 1,000,000.00 yuan and submits it. @returns the project number */
export async function apply(page: Page, today: string, name: string): Promise<string> {
  await page.goto('/applications/new');
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  await page.fill('[name=name]', name);
  await page.selectOption('[name=townshipCode]', '522634104');
  await page.selectOption('[name=category]', 'road');
  await page.selectOption('[name=call]', 'fund-industry~call-2026');
  await page.selectOption('[name=unitOrgId]', 'imp-522634');
  await page.fill('[name=amount]', '1,000,000.00');
  await page.fill('[name=budgetItem]', '工程款');
  await page.fill('[name=budgetAmount]', '999999.99');
  await page.fill('[name=milestoneName]', '路面硬化');
  await page.fill('[name=milestoneDate]', addDays(today, 60));
  await page.fill('[name=milestoneAmount]', '1000000');
  await page.click('button[value=review]');
  assert.match((await page.textContent('.alert-danger')) ?? '', /应相等/);
  assert.equal(await page.inputValue('[name=name]'), name);
  await page.fill('[name=budgetAmount]', '1000000');
  await page.setInputFiles('[name=file]', {
    name: '可研报告.txt',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('通村公路可行性研究'),
  });
  await page.click('button[value=save]');
  await page.setInputFiles('[name=file]', {
    name: '可研报告.txt',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(`通村公路可行性研究 ${id}`),
  });
  await page.click('form[action$="/files"] button');
  await page.click('button[value=review]');
  await page.click('form[action$="/submit"] button');
  await assertReceipt(page);
  return id;
}

/** An action's confirm page: fields filled, confirmed, receipt seen. */
export async function act(
  page: Page,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<void> {
  await page.goto(path);
  await confirmWhenAsked(page);
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`main [name=${name}]`);
    if ((await page.locator(`main select[name=${name}]`).count()) > 0) await field.selectOption(value);
    else await field.fill(value);
  }
  await page.click('main form button[type=submit]');
  await assertReceipt(page);
}

/** County check, countersign, plan, approval. @returns the draft's number */
export async function approve(people: People, id: string): Promise<string> {
  await act(await people('cph-522634-2'), `/actions/project.check/${id}`, { opinion: '材料齐全。' });
  await act(await people('lfb-5226-2'), `/actions/project.countersign/${id}`, { opinion: '同意会签。' });
  await act(await people('plo-2'), `/approvals/${id}`, { opinion: '提请审批。' });
  const decider = await people('plo-3');
  await act(decider, `/approvals/${id}`, { opinion: '同意，签发。' });
  await decider.click('main .btn-primary');
  await decider.waitForURL(/\/drafts\/SZHP-/);
  return new URL(decider.url()).pathname.split('/').at(-1) ?? '';
}

/** The payer transfers at the bank and registers the serial number; the bank pushes. */
export async function pay(web: TestWeb, page: Page, draftId: string, legId: string): Promise<void> {
  serials += 1;
  const draft: Draft = await web.world.draft(draftId);
  const flow = { serialNo: `B2026${String(serials).padStart(8, '0')}`, bookingDate: web.world.today };
  const leg = draft.PlanPath.find((one) => one.legId === legId);
  await act(page, `/actions/reconciliation.register/${draftId}~${legId}`, flow);
  const response = await web.push(leg?.payer.bankId ?? '', [entryOfLeg(draft, legId, flow)]);
  assert.equal(response.status, 202);
  await web.settled();
}

/** Contributions, pay-down, milestone, redemption, payment. */
export async function payThrough(
  web: TestWeb,
  people: People,
  ids: { project: string; draft: string },
): Promise<void> {
  await pay(web, await people('pfd-1'), ids.draft, 'F1');
  await pay(web, await people('lfb-5226-1'), ids.draft, 'F2');
  await pay(web, await people('bank-qs-1'), ids.draft, 'B1');
  await pay(web, await people('lpf-1'), ids.draft, 'D1');
  const unit = await people('imp-522634-1');
  await unit.goto(`/projects/${ids.project}/progress/1`);
  await unit.fill('[name=percent]', '100');
  await unit.setInputFiles('[name=file]', {
    name: '完工照片.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from(`完工 ${ids.project}`),
  });
  await unit.click('main form button[type=submit]');
  await assertReceipt(unit);
  await act(await people('cph-522634-2'), `/actions/project.checkProgress/${ids.project}`, {
    accept: 'yes',
    opinion: '现场核验属实。',
  });
  await act(unit, `/actions/draft.requestRedemption/${ids.draft}`);
  await act(await people('cph-522634-2'), `/actions/draft.checkRedemption/${ids.draft}`, {
    opinion: '同意。',
  });
  await act(await people('cpc-522634-2'), `/actions/draft.checkRedemption/${ids.draft}`, {
    opinion: '同意支付。',
  });
  await pay(web, await people('cpc-522634-1'), ids.draft, 'M1');
}

async function confirmWhenAsked(page: Page): Promise<void> {
  if (!page.url().includes('/account/confirm')) return;
  await page.fill('[name=password]', demoPassword);
  await page.click('main form button[type=submit]');
}

async function assertReceipt(page: Page): Promise<void> {
  const status = page.locator('main [role=status]');
  await status
    .first()
    .waitFor()
    .catch(() => undefined);
  const text = (await page.textContent('main')) ?? '';
  assert.match(text, /已写入账本/, `no receipt at ${page.url()}: ${text.replace(/\s+/g, ' ').slice(0, 300)}`);
}
