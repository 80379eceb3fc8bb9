/** The JSON API where money moves and where operators work: the password anew, places of refused arguments, jobs and system alerts. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import supertest from 'supertest';
import { demoPassword } from '../../src/commands/demo/people.ts';
import { apiTables } from '../../src/controllers/api/index.ts';
import { CheckRunModel } from '../../src/models/read-model/check-run.schema.ts';
import { apiAs } from '../support/api-client.ts';
import { until } from '../support/start-run.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

interface Problem {
  code: string;
  errors: { pointer: string; message: string }[];
}
const problemOf = (response: supertest.Response): Problem => JSON.parse(response.text) as Problem;

test('what the contract finds wrong in an argument is told by place', async () => {
  const project = await web.project('ISSUED');
  const payer = await apiAs(web.app, 'pfd-1');
  const path = `/legs/${encodeURIComponent(`${project.draftId}~F1`)}/registrations`;
  const refused = await payer.delete(path, { reason: '没有登记过' });
  assert.equal(refused.status, 422, refused.text);
  const { code, errors } = problemOf(refused);
  assert.equal(code, 'INVALID_ARGUMENT');
  assert.deepEqual(errors.map((one) => one.pointer).sort(), ['/bookingDate', '/serialNo']);
  assert.ok(errors.every((one) => one.message.length > 3));
});

test('ten minutes after the password a token moves no money, until the password is given again', async () => {
  const project = await web.project('ISSUED');
  const payer = await apiAs(web.app, 'pfd-1');
  const path = `/legs/${encodeURIComponent(`${project.draftId}~F1`)}/registrations`;
  const flow = { serialNo: 'API-FRESH-1', bookingDate: web.world.today };
  const key = `api-token:${createHash('sha256').update(payer.token).digest('hex')}`;
  const stale = JSON.stringify({ username: 'pfd-1', confirmedAtMs: Date.now() - 10 * 60_000 });
  await web.platform.redis.set(key, stale, 'KEEPTTL');
  assert.equal((await payer.get('/me')).status, 200, 'reading goes on');
  const refused = await payer.post(path, flow, 'fresh-key-1');
  assert.equal(refused.status, 403, refused.text);
  assert.equal(problemOf(refused).code, 'REAUTHENTICATE');
  const confirm = (password: string): supertest.Test =>
    supertest(web.app)
      .post('/api/v1/sessions/confirm')
      .auth(payer.token, { type: 'bearer' })
      .send({ password });
  assert.equal((await confirm('not the password')).status, 401);
  assert.equal((await payer.post(path, flow, 'fresh-key-1')).status, 403);
  assert.equal((await confirm(demoPassword)).status, 204);
  assert.ok((await web.platform.redis.ttl(key)) > 0, 'the token ends when it would have ended');
  assert.equal((await payer.post(path, flow, 'fresh-key-1')).status, 201);
  await web.platform.redis.set(key, stale, 'KEEPTTL');
  const again = await payer.post(path, flow, 'fresh-key-1');
  assert.deepEqual([again.status, again.headers['idempotent-replayed']], [201, 'true']);
});

test('every step that asks for the password on a page asks for it in the API', () => {
  const asking = apiTables.changes
    .filter((one) => one.money === true)
    .map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(asking.sort(), [
    'delete /legs/{id}/registrations',
    'post /drafts/{id}/redemptions',
    'post /flows/{id}/matches',
    'post /legs/{id}/registrations',
    'post /matches/{id}/confirm',
    'post /matches/{id}/refuse',
    'post /projects/{id}/approve',
  ]);
});

test('an operator runs the check and reads the jobs; nobody else does', async () => {
  const admin = await apiAs(web.app, 'sysadmin');
  for (const userId of ['logadmin', 'plo-1'])
    assert.equal((await (await apiAs(web.app, userId)).post('/jobs/check', {})).status, 403, userId);
  assert.equal((await admin.post('/jobs/check', {})).status, 201);
  await until('a result', async () => (await CheckRunModel.findById('whole').lean()) !== null);
  const jobs = (await admin.get('/jobs')).body as { checks: { id: string; count: number }[] };
  assert.deepEqual(
    jobs.checks.filter((one) => one.id === 'whole').map((one) => one.count),
    [0],
  );
});

test('an alert about the platform is listed to its unit and to those who judge, and led on by them', async () => {
  const id = await web.platform.services.systemAlerts.raise({
    ...{ rule: 'E02', level: 'yellow', subject: 'api', responsibleOrgId: 'bank-qs' },
  });
  const bank = await apiAs(web.app, 'bank-qs-1');
  const other = await apiAs(web.app, 'pfd-1');
  const listed = async (client: typeof bank): Promise<string[]> =>
    ((await client.get('/system-alerts')).body as { items: { id: string }[] }).items.map((one) => one.id);
  assert.ok((await listed(bank)).includes(id));
  assert.ok(!(await listed(other)).includes(id));
  const path = `/system-alerts/${id}/steps`;
  assert.equal((await other.post(path, { step: 'explain', text: '无关' })).status, 404);
  assert.equal((await bank.post(path, { step: 'explain', text: '线路已恢复' })).status, 201);
  const refused = await bank.post(path, { step: 'review', text: '自行复核' });
  assert.deepEqual([refused.status, problemOf(refused).code], [403, 'NAMED_UNIT']);
  const office = await apiAs(web.app, 'plo-2');
  assert.equal((await office.post(path, { step: 'review', text: '属实' })).status, 201);
});
