/** Delivery from outside: retry, refusal, restart, a setup that comes or changes while the bank runs, and the page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { accounts, openTown } from './town.ts';
import type { Json, Town } from './town.ts';

const { finance, fund, county } = accounts;
const request = { payerAccount: finance, payeeAccount: fund, amountFen: '5000' };

async function quietTown(t: TestContext): Promise<Town> {
  const town = await openTown(t);
  // Heartbeats would take the answers that are meant for entries.
  await town.receiver.until(() => new Set(town.receiver.received.map(({ bankId }) => bankId)).size === 2);
  return town;
}

async function settled(town: Town, serialNo: unknown, state: string): Promise<Json[]> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { body } = await town.get(`transfers/${String(serialNo)}`);
    const pushes = body['pushes'] as Json[];
    if (pushes.every((push) => push['state'] === state)) return pushes;
    assert.ok(Date.now() < deadline, JSON.stringify(pushes));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('an entry that meets 503 is sent again as it was, under the same id', async (t) => {
  const town = await quietTown(t);
  town.receiver.replies.push({ status: 503 }, { status: 503, retryAfter: '1' });
  const { body } = await town.post('transfers', request);
  const pushes = await settled(town, body['serialNo'], 'done');
  assert.ok(pushes.every((push) => push['answer'] === '202 accepted' && Number(push['attempts']) === 2));
  const ids = town.receiver.flows.map(({ webhookId }) => webhookId);
  assert.equal(ids.length, 4);
  assert.equal(new Set(ids).size, 2);
});

test('an entry that is refused is not sent again until somebody asks', async (t) => {
  const town = await quietTown(t);
  town.receiver.replies.push({ status: 403 }, { status: 403 });
  const { body } = await town.post('transfers', request);
  const pushes = await settled(town, body['serialNo'], 'refused');
  assert.ok(pushes.every((push) => String(push['answer']).startsWith('403')));
  await town.post(`transfers/${String(body['serialNo'])}/push`);
  await settled(town, body['serialNo'], 'done');
});

test('what was acknowledged survives a restart: balances, switches and pushes that still wait', async (t) => {
  const town = await quietTown(t);
  await town.post('banks/bank-a/silence', { on: true });
  await town.post('banks/bank-b/silence', { on: true });
  const { body } = await town.post('transfers', request);
  const before = await town.balances();
  await town.restart();
  assert.deepEqual(await town.balances(), before);
  assert.equal(town.receiver.flows.length, 0);
  await town.post('banks/bank-a/silence', { on: false });
  await town.post('banks/bank-b/silence', { on: false });
  await settled(town, body['serialNo'], 'done');
});

test('a changed setup opens new accounts and leaves balances alone', async (t) => {
  const town = await openTown(t);
  await town.post('transfers', request);
  town.writeSetup((setup) => ({
    ...setup,
    accounts: [...setup.accounts, { ...setup.accounts[0]!, account: '77', name: '新单位', balanceFen: '9' }],
  }));
  const balances = await town.balances();
  assert.equal(balances['77'], '9');
  assert.equal(balances[fund], '5000');
});

test('a damaged setup is told, and the one before stays', async (t) => {
  const town = await openTown(t);
  town.writeSetup((setup) => ({ ...setup, banks: [] }));
  const { status } = await town.post('transfers', request);
  assert.equal(status, 200);
});

test('an account can be opened, once', async (t) => {
  const town = await openTown(t);
  const opening = { bankId: 'bank-a', account: '88', name: '新单位', bankNo: '', balanceFen: '100' };
  assert.equal((await town.post('accounts', opening)).status, 200);
  assert.equal((await town.post('accounts', opening)).status, 409);
  assert.equal((await town.post('accounts', { ...opening, account: '89', bankId: 'x' })).status, 404);
});

test('the page makes a transfer without a script and shows what to register', async (t) => {
  const town = await openTown(t);
  const fields = {
    payerAccount: finance,
    payeeAccount: fund,
    yuan: '1,234.5',
    bookingDate: '2026-11-20',
    misbehave: 'none',
  };
  const answer = await town.form('/transfers', fields);
  assert.equal(answer.status, 303);
  const page = await fetch(`${town.url()}${answer.headers.get('location') ?? ''}`);
  const text = await page.text();
  assert.match(text, /请付款单位到平台登记/);
  assert.match(text, /T202611200000001/);
  assert.match(text, /1,234\.50/);
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
});

test('a form that is refused keeps what was typed, escaped, and says why', async (t) => {
  const town = await openTown(t);
  const fields = {
    payerAccount: finance,
    payeeAccount: county,
    yuan: '12.345',
    purpose: '"><b>x',
    misbehave: 'none',
  };
  const answer = await town.form('/transfers', fields);
  const text = await answer.text();
  assert.equal(answer.status, 400);
  assert.match(text, /最多两位小数/);
  assert.match(text, /value="12\.345"/);
  assert.match(text, /value="&quot;&gt;&lt;b&gt;x"/);
  assert.equal((await town.get('transfers')).body.length, 0);
});

test('a form that another site sends is refused', async (t) => {
  const town = await openTown(t);
  const fields = { payerAccount: finance, payeeAccount: fund, yuan: '1', misbehave: 'none' };
  const answer = await town.form('/transfers', fields, { origin: 'http://elsewhere.example' });
  assert.equal(answer.status, 409);
  assert.equal((await town.get('transfers')).body.length, 0);
});

test('an address that does not exist is told as such', async (t) => {
  const town = await openTown(t);
  assert.equal((await fetch(`${town.url()}/nowhere`)).status, 404);
  assert.equal((await town.get('nowhere')).status, 404);
  assert.equal((await fetch(`${town.url()}/transfers/T1`)).status, 404);
});
