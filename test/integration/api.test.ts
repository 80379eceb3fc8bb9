/** The JSON API: who gets in, what is in scope, idempotent changes, and the document that describes it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import supertest from 'supertest';
import { apiAs } from '../support/api-client.ts';
import { entryOfLeg, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

interface Problem {
  code: string;
  status: number;
  requestId: string;
  errors: { pointer: string }[];
}
interface Receipt {
  transactionId: string;
  blockNumber: number;
  result: Record<string, unknown>;
}
const problemOf = (response: supertest.Response): Problem => {
  assert.match(String(response.headers['content-type']), /^application\/problem\+json/);
  return JSON.parse(response.text) as Problem;
};

test('without a token, with a false one and with a wrong password nothing is answered', async () => {
  const none = await supertest(web.app).get('/api/v1/me');
  const wrong = await supertest(web.app).get('/api/v1/me').auth('x'.repeat(43), { type: 'bearer' });
  const password = await supertest(web.app)
    .post('/api/v1/sessions')
    .send({ username: 'pfd-1', password: 'not the password' });
  assert.deepEqual([none.status, wrong.status, password.status], [401, 401, 401]);
  assert.equal(problemOf(none).code, 'NOT_SIGNED_IN');
  assert.equal(problemOf(password).code, 'SIGN_IN_REFUSED');
  assert.equal(none.headers['set-cookie'], undefined);
});

test('a token tells who one is, until one signs out', async () => {
  const client = await apiAs(web.app, 'cph-522634-1');
  const me = (await client.get('/me')).body as { orgId: string; mayDo: string[] };
  assert.equal(me.orgId, 'cph-522634');
  assert.ok(me.mayDo.includes('project.apply'));
  assert.ok(!me.mayDo.includes('project.decide'));
  assert.equal((await client.delete('/sessions', {})).status, 204);
  assert.equal((await client.get('/me')).status, 401);
});

test('a project outside the division is not there, in the list as by itself', async () => {
  const project = await web.project('SUBMITTED');
  const own = await apiAs(web.app, 'cph-522634-1');
  const other = await apiAs(web.app, 'cph-520526-1');
  assert.equal((await own.get(`/projects/${project.id}`)).status, 200);
  const refused = await other.get(`/projects/${project.id}`);
  assert.equal(refused.status, 404);
  assert.equal(problemOf(refused).code, 'NOT_FOUND');
  const listed = (await other.get('/projects')).body as { items: { id: string }[]; total: number };
  assert.ok(listed.items.every((one) => one.id !== project.id));
  const sys = await apiAs(web.app, 'sysadmin');
  assert.equal((await sys.get(`/projects/${project.id}`)).status, 404);
});

test('amounts are decimal strings, and a list tells total and block', async () => {
  const client = await apiAs(web.app, 'plo-1');
  const list = (await client.get('/projects?size=1&sort=-amount')).body as {
    items: { amountFen: string }[];
    total: number;
    asOfBlock: number;
  };
  assert.match(list.items[0]?.amountFen ?? '', /^[1-9]\d*$/);
  assert.ok(list.total >= 1 && list.asOfBlock > 0);
  const wrong = await client.get('/projects?size=0');
  assert.equal(wrong.status, 422);
  assert.deepEqual(
    problemOf(wrong).errors.map((one) => one.pointer),
    ['/size'],
  );
});

test('the same key and body give the first answer again; another body is refused', async () => {
  const project = await web.project('SUBMITTED');
  const client = await apiAs(web.app, 'cph-522634-2');
  const { contentHash } = (await client.get(`/projects/${project.id}`)).body as { contentHash: string };
  const body = { contentHash, opinion: '同意上报' };
  const first = await client.post(`/projects/${project.id}/check`, body, 'check-key-1');
  assert.equal(first.status, 201, first.text);
  const again = await client.post(`/projects/${project.id}/check`, body, 'check-key-1');
  assert.deepEqual(again.body, first.body);
  const other = await client.post(
    `/projects/${project.id}/check`,
    { ...body, opinion: '别的意见' },
    'check-key-1',
  );
  assert.equal(other.status, 409);
  assert.equal(problemOf(other).code, 'REQUEST_REUSED');
});

test('the ledger itself refuses another body when the kept answer is gone', async () => {
  const project = await web.project('SUBMITTED');
  const client = await apiAs(web.app, 'cph-522634-2');
  const { contentHash } = (await client.get(`/projects/${project.id}`)).body as { contentHash: string };
  const check = (opinion: string): supertest.Test =>
    client.post(`/projects/${project.id}/check`, { contentHash, opinion }, 'check-key-2');
  assert.equal((await check('同意')).status, 201);
  const kept = await web.platform.redis.keys('api-answer:*');
  await web.platform.redis.del(...kept);
  assert.equal(problemOf(await check('不同')).code, 'REQUEST_REUSED');
  assert.equal((await check('同意')).status, 201);
});

test('without a key, with a missing field and for another role nothing is written', async () => {
  const project = await web.project('SUBMITTED');
  const before = (await web.platform.ledger.info()).height;
  const client = await apiAs(web.app, 'cph-522634-2');
  const noKey = await supertest(web.app)
    .post(`/api/v1/projects/${project.id}/check`)
    .auth(client.token, { type: 'bearer' })
    .send({ contentHash: 'a'.repeat(64), opinion: '同意' });
  assert.deepEqual(
    problemOf(noKey).errors.map((one) => one.pointer),
    ['/Idempotency-Key'],
  );
  const empty = await client.post(`/projects/${project.id}/check`, {});
  assert.deepEqual(
    problemOf(empty).errors.map((one) => one.pointer),
    ['/contentHash', '/opinion'],
  );
  const office = await apiAs(web.app, 'plo-1');
  const role = await office.post(`/projects/${project.id}/check`, {
    contentHash: 'a'.repeat(64),
    opinion: '同意',
  });
  assert.equal(problemOf(role).code, 'ROLE_NOT_ALLOWED');
  assert.equal((await web.platform.ledger.info()).height, before);
});

test('approval signs once per key: the repeat names the same draft', async () => {
  const project = await web.project('REVIEWED');
  const client = await apiAs(web.app, 'plo-3');
  const { contentHash } = (await client.get(`/projects/${project.id}`)).body as { contentHash: string };
  const body = { contentHash, opinion: '同意立项' };
  const first = await client.post(`/projects/${project.id}/approve`, body, 'approve-key');
  assert.equal(first.status, 201, first.text);
  await web.platform.redis.del(...(await web.platform.redis.keys('api-answer:*')));
  const again = await client.post(`/projects/${project.id}/approve`, body, 'approve-key');
  assert.deepEqual((again.body as Receipt).result, (first.body as Receipt).result);
  const { draftId } = (await client.get(`/projects/${project.id}`)).body as { draftId: string };
  const path = (await client.get(`/drafts/${draftId}/path`)).body as { legs: unknown[] };
  assert.ok(path.legs.length >= 3);
});

test('a transaction is shown to all, what is in it only inside the scope', async () => {
  const project = await web.project('SUBMITTED');
  const { txId } = (await web.platform.models.project.findById(project.id).lean()) ?? { txId: '' };
  const see = async (userId: string): Promise<Record<string, unknown>> => {
    const answer = await (await apiAs(web.app, userId)).get(`/chain/transactions/${txId}`);
    assert.equal(answer.status, 200);
    return (answer.body as { transaction: Record<string, unknown> }).transaction;
  };
  assert.ok('args' in (await see('plo-1')));
  for (const userId of ['cph-520526-1', 'sysadmin']) assert.ok(!('args' in (await see(userId))), userId);
});

test('every path of the OpenAPI document answers something else than "no such page"', async () => {
  const document = (await supertest(web.app).get('/api/v1/openapi.json')).body as {
    openapi: string;
    paths: Record<string, Record<string, object>>;
  };
  assert.equal(document.openapi, '3.1.0');
  const client = await apiAs(web.app, 'plo-1');
  for (const [path, methods] of Object.entries(document.paths)) {
    const url = path.replace(/\{number\}/g, '0').replace(/\{\w+\}/g, 'nothing-there');
    for (const method of Object.keys(methods)) {
      if (path === '/events' || path === '/sessions') continue;
      const response =
        method === 'get' ? await client.get(url) : await client[method as 'post' | 'delete'](url, {});
      const answers = path.startsWith('/bank/') ? [401, 415] : [200, 201, 403, 404, 415, 422];
      assert.ok(answers.includes(response.status), `${method} ${path}: ${response.status}`);
      if (response.status === 404) assert.ok(path.includes('{'), `${method} ${path} is not there`);
    }
  }
  const unknown = await client.get('/no-such-thing');
  assert.equal(problemOf(unknown).code, 'NOT_FOUND');
});

test('an unknown address below /api is told as a problem, not as a page', async () => {
  const response = await supertest(web.app).get('/api/v2/anything');
  assert.equal(response.status, 404);
  assert.equal(problemOf(response).code, 'NOT_FOUND');
  const docs = await supertest(web.app).get('/api/docs');
  assert.equal(docs.status, 200);
  assert.doesNotMatch(docs.text, /<script>|style=|https?:/);
});

test('a file is anchored for a project in scope, and verified against the ledger', async () => {
  const project = await web.project('SUBMITTED');
  const own = await apiAs(web.app, 'cph-522634-1');
  const other = await apiAs(web.app, 'cph-520526-1');
  const upload = (token: string): supertest.Test =>
    supertest(web.app)
      .post('/api/v1/evidence')
      .auth(token, { type: 'bearer' })
      .field('ownerKind', 'project')
      .field('ownerId', project.id)
      .attach('file', Buffer.from('项目材料，正文。\n'), '材料.txt');
  assert.equal((await upload(other.token)).status, 404);
  const stored = await upload(own.token);
  assert.equal(stored.status, 201, stored.text);
  const { sha256 } = stored.body as { sha256: string };
  const id = encodeURIComponent(`${sha256}~project~${project.id}`);
  const verdict = (await own.get(`/evidence/${id}/verify`)).body as { verdict: string };
  assert.equal(verdict.verdict, 'intact');
  assert.equal((await other.get(`/evidence/${id}`)).status, 404);
});

test('a payment is registered, matched and traced through the API', async () => {
  const project = await web.project('ISSUED');
  const office = await apiAs(web.app, 'plo-1');
  const payer = await apiAs(web.app, 'pfd-1');
  const legs = (await payer.get(`/reconciliation?draftId=${project.draftId}&payerOrgId=pfd&size=50`))
    .body as { items: { id: string; legId: string }[] };
  const leg = legs.items[0];
  assert.ok(leg);
  const draft = await web.world.draft(project.draftId ?? '');
  const flow = { serialNo: 'API0001', bookingDate: web.world.today };
  const path = `/legs/${encodeURIComponent(leg.id)}/registrations`;
  const wrongBank = await payer.post(path, { ...flow, bank: 'bank-none' });
  assert.equal(wrongBank.status, 422);
  const registered = await payer.post(path, flow);
  assert.equal(registered.status, 201, registered.text);
  const [planned] = draft.PlanPath.filter((one) => one.legId === leg.legId);
  await web.push(planned?.payer.bankId ?? '', [entryOfLeg(draft, leg.legId, flow)]);
  await web.settled();
  const state = (await payer.get(`/reconciliation/${encodeURIComponent(leg.id)}`)).body as {
    state: string;
    checks: { ok: boolean }[];
  };
  assert.equal(state.state, 'MATCHED');
  assert.ok(state.checks.every((one) => one.ok));
  const trace = (await office.get('/trace?serial=API0001')).body as { edges: unknown[]; nodes: unknown[] };
  assert.ok(trace.edges.length >= 3 && trace.nodes.length >= 3);
  assert.equal((await office.get('/trace')).status, 422);
});

test('a person joins in two hands; the first password is told once', async () => {
  const sys = await apiAs(web.app, 'sysadmin');
  const body = {
    userId: 'api-newcomer',
    name: '接口新人',
    orgId: 'plo',
    role: 'leading-office',
    posts: ['handle'],
  };
  const joined = await sys.post('/members', body, 'join-key-1');
  assert.equal(joined.status, 201, joined.text);
  const { oneTimePassword: password } = joined.body as { oneTimePassword: string };
  const again = await sys.post('/members', body, 'join-key-1');
  assert.equal(again.status, 201);
  assert.ok(!again.text.includes('oneTimePassword'));
  const signIn = (): supertest.Test =>
    supertest(web.app).post('/api/v1/sessions').send({ username: 'api-newcomer', password });
  const early = (await signIn()).body as { token: string };
  const ask = (token: string): supertest.Test =>
    supertest(web.app).get('/api/v1/me').auth(token, { type: 'bearer' });
  assert.equal((await ask(early.token)).status, 401, 'not active yet');
  assert.equal(problemOf(await sys.post('/members/api-newcomer/activate', {})).code, 'ROLE_NOT_ALLOWED');
  const sec = await apiAs(web.app, 'secadmin');
  const activated = await sec.post('/members/api-newcomer/activate', {});
  assert.equal(activated.status, 201, activated.text);
  assert.equal(problemOf(await ask(early.token)).code, 'MUST_CHANGE_PASSWORD');
  const jobs = (await sys.get('/jobs')).body as { queues: { name: string }[] };
  assert.deepEqual(
    jobs.queues.map((one) => one.name),
    ['matching', 'read-model-check', 'notifications', 'sweeps'],
  );
});
