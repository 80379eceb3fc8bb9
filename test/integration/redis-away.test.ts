/** Redis stopped where it is, and killed: no request hangs, pushes are kept, pages and API say 503, and all is well again afterwards. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import supertest from 'supertest';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { apiAs } from '../support/api-client.ts';
import { until } from '../support/start-run.ts';
import type { Browser } from '../support/form-browser.ts';
import { entryOf, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let browser: Browser;
before(async () => {
  web = await openTestWeb();
  browser = await web.as('plo-1');
});
after(async () => web.close());

const entry = (serialNo: string): object =>
  entryOf({
    serialNo,
    bookingDate: web.world.today,
    payerAccount: '10001000100010001',
    payeeAccount: '20002000200020002',
    amountFen: '100',
  });

/** What one request may take while Redis is away, ms: several times what it takes on an idle machine, far below what a hanging request takes. */
const patience = 20_000;
async function inTime<T>(what: string, answer: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), patience);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function requestsWhileAway(name: string, token: string): Promise<void> {
  const pushed = await Promise.all(
    [1, 2, 3].map((no) => inTime('a push', web.push('bank-qs', [entry(`${name}-${no}`)]))),
  );
  assert.deepEqual(
    pushed.map((one) => one.status),
    [202, 202, 202],
  );
  assert.equal(await InboxFlowModel.countDocuments({ serialNo: new RegExp(`^${name}-`) }), 3, 'durable');
  for (const path of ['/', '/drafts', '/sign-in']) {
    const page = await inTime(path, browser.get(path));
    assert.equal(page.status, 503, path);
    assert.equal(page.headers['retry-after'], '5');
    assert.match(page.text, /<h1[^>]*>[^<]*暂时不可用/);
  }
  const api = supertest(web.app).get('/api/v1/me').auth(token, { type: 'bearer' });
  const told = await inTime('the API', api);
  assert.equal(told.status, 503);
  assert.equal((JSON.parse(told.text) as { code: string }).code, 'UNAVAILABLE');
  const ready = await inTime('readyz', supertest(web.app).get('/readyz'));
  assert.deepEqual([ready.status, (ready.body as { queue: boolean }).queue], [503, false]);
  assert.equal((await inTime('healthz', supertest(web.app).get('/healthz'))).status, 200);
  assert.equal((await inTime('metrics', supertest(web.app).get('/metrics'))).status, 200);
}

async function wellAgain(name: string): Promise<void> {
  await until('the guard', () => !web.platform.redisGuard.isAway);
  await until('the flows on the ledger', async () => {
    const waiting = await InboxFlowModel.countDocuments({ serialNo: new RegExp(`^${name}-`), state: 'done' });
    return waiting === 3;
  });
}

test('a Redis that is stopped where it is', async () => {
  const { token } = await apiAs(web.app, 'plo-1');
  web.redis.pause();
  try {
    await requestsWhileAway('STOPPED', token);
  } finally {
    web.redis.resume();
  }
  await wellAgain('STOPPED');
  await until('the page', async () => (await browser.get('/')).status === 200);
});

test('a Redis that is killed and comes back empty', async () => {
  const { token } = await apiAs(web.app, 'plo-1');
  await web.redis.kill();
  try {
    await requestsWhileAway('KILLED', token);
  } finally {
    await web.redis.again();
  }
  await wellAgain('KILLED');
  await until('a new session', async () => {
    const again = await web.as('plo-1').catch(() => null);
    return again !== null && (await again.get('/')).status === 200;
  });
});
