/** Further pages in Chromium: one's account, notifications, townships, the plan's editor, what a new submission changed, files, help, the API's document. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contentHashOf } from '#kernel/canonical-json.ts';
import { openBrowser, type TestBrowser } from '../support/chromium.ts';
import { checkOf } from '../support/page-check.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let browser: TestBrowser;
/** An application that was returned once and submitted again, and one that waits for its plan. */
let again: string;
let waiting: string;
before(async () => {
  web = await openTestWeb();
  browser = await openBrowser(web);
  waiting = (await web.project('COUNTERSIGNED')).id;
  const first = await web.project('SUBMITTED');
  again = first.id;
  const act = async (userId: string, fn: string, args: object): Promise<unknown> =>
    web.platform.services.actions.act(userId, {
      contract: 'project',
      fn,
      args: { requestId: `browser-${fn}-1`, id: again, ...args },
    });
  const contentHash = contentHashOf(first.content);
  const fields = ['/budget', '/summary'];
  await act('cph-522634-2', 'return', { contentHash, opinion: '预算需细化。', returnTo: 'apply', fields });
  const content = { ...first.content, summary: '硬化三公里，增设边沟。' };
  await act('cph-522634-1', 'apply', { content, contentHash: contentHashOf(content) });
  await web.settled();
});
after(async () => {
  await browser.close();
  await web.close();
});

async function assertPages(userId: string, list: readonly string[]): Promise<void> {
  const check = checkOf(await browser.as(userId));
  const faults: string[] = [];
  for (const path of list) faults.push(...(await check.visit(path)));
  assert.deepEqual(faults, []);
}

test('the plan’s editor, and the parts to name when returning', async () => {
  await assertPages('plo-2', [`/approvals/${waiting}`, `/actions/project.return/${waiting}`]);
});

test('what a new submission changed', async () => {
  await assertPages('cph-522634-2', [`/approvals/${again}`, '/approvals']);
});

test('one’s account, notifications, tasks, townships and help', async () => {
  await assertPages('cph-522634-1', [
    '/account',
    '/account/security',
    '/notifications',
    '/inbox',
    '/townships',
    '/help',
  ]);
});

test('the file page with its player', async () => {
  const project = await web.project('REDEEMABLE');
  const doc = await web.platform.models.project.findById(project.id).lean();
  const [file] = doc?.record.progress.flatMap((one) => one.documents) ?? [];
  await assertPages('imp-522634-1', [`/files/${file?.sha256 ?? ''}/view`]);
});

test('the API’s document opens offline: every group of calls is listed, nothing is asked of another host', async () => {
  const page = await browser.anonymous();
  const [faults, hosts]: [string[], Set<string>] = [[], new Set()];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => hosts.add(new URL(request.url()).protocol + new URL(request.url()).host));
  const response = await page.goto('/api/docs');
  assert.equal(response?.status(), 200);
  await page.locator('.opblock').first().waitFor();
  assert.ok((await page.locator('.opblock').count()) > 40);
  assert.match((await page.textContent('body')) ?? '', /\/projects\/\{id\}\/return/);
  const own = new URL(page.url());
  assert.deepEqual(
    [...hosts].filter((host) => host !== own.protocol + own.host && !host.startsWith('data:')),
    [],
  );
  assert.deepEqual(faults, []);
});
