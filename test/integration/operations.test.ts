/** The operators' page: what waits, what failed, what could not be read, and the hands that mend it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sweepIntervals } from '../../src/jobs/sweep.names.ts';
import { label } from '../../src/messages/index.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { CheckRunModel } from '../../src/models/read-model/check-run.schema.ts';
import { until } from '../support/start-run.ts';
import { entryOf, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
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

test('an entry that cannot be read is shown with its bytes, and dismissed once', async () => {
  const pushed = await web.push('bank-qs', [{ serialNo: 'UNREADABLE-1', amountFen: 'much' }], 'unread-1');
  assert.equal(pushed.status, 202, pushed.text);
  const admin = await web.as('sysadmin');
  const page = await admin.get('/operations');
  assert.equal(page.status, 200);
  assert.match(page.text, /隔离区/);
  const raw = await admin.get(`/operations/messages/${encodeURIComponent('bank-qs~unread-1')}`);
  assert.match(raw.text, /UNREADABLE-1/);
  const fields = { id: 'bank-qs~unread-1~0' };
  const dismiss = '/operations/quarantine/dismiss';
  assert.equal((await admin.post(dismiss, fields, '/operations')).status, 303);
  assert.equal((await admin.post(dismiss, fields, '/operations')).status, 404, 'only once');
});

test('a message is replayed: what was stored before comes back as a duplicate', async () => {
  await web.push('bank-qs', [entry('REPLAY-1'), { serialNo: 'BROKEN' }], 'replay-1');
  const admin = await web.as('sysadmin');
  const done = await admin.post('/operations/quarantine/replay', { id: 'bank-qs~replay-1' }, '/operations');
  assert.equal(done.status, 303);
  assert.match((await admin.get('/operations')).text, /已重放：duplicate 1、quarantined 1/);
});

test('a flow that was set aside is opened again and carried to the ledger', async () => {
  await web.push('bank-qs', [entry('RETRY-1')], 'retry-1');
  await web.settled();
  await InboxFlowModel.updateOne(
    { serialNo: 'RETRY-1' },
    { $set: { state: 'failed', 'deliveries.0.state': 'new' } },
  );
  const admin = await web.as('sysadmin');
  assert.match((await admin.get('/operations')).text, /RETRY-1/);
  const flow = await InboxFlowModel.findOne({ serialNo: 'RETRY-1' }).lean();
  const again = await admin.post('/operations/flows/retry', { id: flow?._id ?? '' }, '/operations');
  assert.equal(again.status, 303);
  await web.settled();
  assert.equal((await InboxFlowModel.findOne({ serialNo: 'RETRY-1' }).lean())?.state, 'done');
});

test('the log administrator looks and does not touch; nobody else sees the page', async () => {
  const log = await web.as('logadmin');
  assert.equal((await log.get('/operations')).status, 200);
  assert.equal((await log.post('/operations/flows/retry', { id: 'x' }, '/')).status, 403);
  for (const userId of ['secadmin', 'plo-1'])
    assert.equal((await (await web.as(userId)).get('/operations')).status, 403, userId);
});

test('an operator runs the check of the read model as a job and sees its result', async () => {
  const admin = await web.as('sysadmin');
  const { checks } = web.platform.queues;
  const before = await CheckRunModel.findById('whole').lean();
  assert.equal(before, null);
  for (let times = 0; times < 2; times += 1)
    assert.equal((await admin.post('/operations/check', {}, '/operations')).status, 303);
  await until('a result', async () => (await CheckRunModel.findById('whole').lean()) !== null);
  await until('the end of the job', async () => (await checks.getJobCounts('completed')).completed !== 0);
  const page = await admin.get('/operations');
  assert.match(page.text, /全量核对/);
  assert.match(page.text, /一致/);
  assert.match(page.text, /读模型核对/);
});

test('every job of the platform is on the page, with its last run; a failed one with its reason, and is retried', async () => {
  const admin = await web.as('sysadmin');
  const { matching } = web.platform.queues;
  const job = await matching.add('message', { flowKeys: [] }, { attempts: 1 });
  await until('the failure', () => job.isFailed());
  const page = await admin.get('/operations');
  for (const name of Object.keys(sweepIntervals)) assert.match(page.text, new RegExp(label(`sweep.${name}`)));
  const reason = (await matching.getJob(job.id ?? ''))?.failedReason ?? '';
  assert.ok(reason.length > 10 && page.text.includes(reason.slice(0, 8).replaceAll('"', '&quot;')));
  const fields = { queue: 'matching', id: job.id ?? '' };
  assert.equal((await admin.post('/operations/jobs/retry', fields, '/operations')).status, 303);
  await until('the second failure', async () => (await matching.getJob(job.id ?? ''))?.attemptsMade === 2);
});
