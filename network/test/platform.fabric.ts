/** The whole platform on a real network: the main job through services and bank pushes, in the browser, and the read model's proof. */
import assert from 'node:assert/strict';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { checkReadModel } from '../../src/models/read-model/check.ts';
import { openBrowser, type TestBrowser } from '../../test/support/chromium.ts';
import { apply, approve, payThrough, type People } from '../../test/support/main-job.ts';
import { openTestWeb, type TestWeb } from '../../test/support/web.ts';
import { openTestNetwork, type TestNetwork } from './test-network.ts';

let network: TestNetwork;
let web: TestWeb;
let browser: TestBrowser;
before(async () => {
  network = await openTestNetwork();
  const environment = {
    LEDGER: 'fabric',
    FABRIC_CONNECTION: network.connectionFile,
    // A person in the outage below is told after this.
    FABRIC_WAIT_SECONDS: '10',
  };
  const began = performance.now();
  web = await openTestWeb(environment);
  console.error(
    `network ${network.seconds.toFixed(1)} s, people and funds ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  browser = await openBrowser(web);
});
after(async () => {
  await browser.close();
  await web.close();
  await network.close();
});

/** Each person keeps his page. */
function everybody(): People {
  const pages = new Map<string, Promise<Page>>();
  return (userId) => {
    const page = pages.get(userId) ?? browser.as(userId);
    pages.set(userId, page);
    return page;
  };
}

test('from application to redeemed draft by clicks', async () => {
  const people = everybody();
  const project = await apply(await people('cph-522634-1'), web.world.today, '大塘镇通组路三期');
  const draft = await approve(people, project);
  await payThrough(web, people, { project, draft });
  const auditor = await people('aud-1');
  await auditor.goto(`/drafts/${draft}`);
  const text = (await auditor.textContent('main')) ?? '';
  assert.match(text, /已兑付/);
  assert.match(text, /平台签名 SM2 · 已验 ✓/);
  await auditor.goto(`/trace?draft=${draft}`);
  assert.equal(await auditor.locator('#edges tbody tr').count(), 5);
});

test('the chain pages show blocks, transactions and nodes of the network', async () => {
  const page = await browser.as('aud-1');
  await page.goto('/chain');
  const text = (await page.textContent('main')) ?? '';
  for (const name of ['orderer0', 'province-peer0', 'county-peer0', 'bank-peer0'])
    assert.ok(text.includes(name), `${name} is not in ${text.replace(/\s+/g, ' ').slice(0, 500)}`);
});

test('while the orderer is away the page says so; the same press afterwards is one transaction', async () => {
  const project = await web.project('SUBMITTED');
  const checker = await browser.as('cph-522634-2');
  await checker.goto(`/actions/project.check/${project.id}`);
  await checker.fill('main [name=opinion]', '材料齐全。');
  network.kill('orderer0');
  await checker.click('main form button[type=submit]');
  await checker
    .getByText(/请稍后再试|暂时不可用|稍后/)
    .first()
    .waitFor();
  const auditor = await browser.as('aud-1');
  await auditor.goto('/chain');
  assert.match(
    (await auditor.locator('#nodes tr', { hasText: 'orderer0' }).textContent()) ?? '',
    /无应答或故障/,
  );
  await network.heal();
  await checker.goBack();
  await checker.fill('main [name=opinion]', '材料齐全。');
  await checker.click('main form button[type=submit]');
  await checker.locator('main', { hasText: '已写入账本' }).waitFor();
  await web.settled();
  const found = await web.platform.models.project.findById(project.id).lean();
  assert.equal(found?.state, 'CHECKED');
});

test('what a transaction of the platform takes on the disk', async (t) => {
  const { height } = await web.platform.ledger.info();
  let transactions = 0;
  for (let number = 0; number < height; number += 1)
    transactions += (await web.platform.ledger.block(number))?.transactions.length ?? 0;
  assert.ok(transactions > 100);
  for (const name of ['orderer0', 'province-peer0']) {
    const bytes = bytesBelow(join(network.plan.folder, 'nodes', name));
    t.diagnostic(
      `${name}: ${Math.round(bytes / transactions)} bytes a transaction, ${transactions} in ${height} blocks`,
    );
  }
});

test('the read model derived from the blocks agrees with the one that is kept', async () => {
  await web.settled();
  const report = await checkReadModel(web.platform);
  assert.deepEqual(report.differences, []);
  assert.ok(report.documents > 50);
});

/** Blocks, state and indexes of a node; the write-ahead log of an orderer is of fixed size and left out. */
function bytesBelow(folder: string): number {
  const files = globSync('**/*', { cwd: folder, exclude: (path) => path === 'wal' });
  const sizes = files.map((path) => statSync(join(folder, path), { throwIfNoEntry: false }));
  return sizes.reduce((sum, one) => sum + (one?.isFile() ? one.blocks * 512 : 0), 0);
}
