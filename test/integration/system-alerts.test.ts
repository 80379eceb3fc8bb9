/** Alerts about the platform itself: each cause raises one, the responsible unit and the due day are named, and who ends it is another unit. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import supertest from 'supertest';
import { banks } from '../../src/commands/demo/organisations.ts';
import type { Platform } from '../../src/compose.ts';
import {
  bankClocks,
  expiringCertificates,
  failedFlows,
  projectionLag,
  silentBanks,
  stalledLedger,
} from '../../src/jobs/watch.job.ts';
import { dueOf } from '../../src/models/alert/due.rules.ts';
import { BankClockModel, BankModel } from '../../src/models/bank/bank.schema.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { KeyModel } from '../../src/models/key/key.storage.ts';
import { nativeCollection } from '../../src/models/read-model/write-batch.ts';
import { SystemAlertModel, type SystemAlert } from '../../src/models/system-alert/system-alert.schema.ts';
import { entryOf, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

const bank = banks.investor;
const entry = (serialNo: string): object =>
  entryOf({
    serialNo,
    bookingDate: web.world.today,
    payerAccount: '10001000100010001',
    payeeAccount: '20002000200020002',
    amountFen: '100',
  });

/** The one open alert of a rule on a subject; fails when there are more. */
async function only(rule: SystemAlert['rule'], subject: string): Promise<SystemAlert | null> {
  const found = await SystemAlertModel.find({ rule, subject, open: true }).lean<SystemAlert[]>();
  assert.ok(found.length <= 1, `${found.length} open alerts ${rule} on ${subject}`);
  return found[0] ?? null;
}

/** Repeats a cause and asserts that it gave one alert, counted, with its unit and day. */
async function raisedOnce(
  cause: () => Promise<unknown>,
  expected: Pick<SystemAlert, 'rule' | 'subject' | 'level' | 'responsibleOrgId'>,
): Promise<SystemAlert> {
  const { rule, subject } = expected;
  assert.equal(await only(rule, subject), null, 'not before its cause');
  for (let times = 0; times < 3; times += 1) await cause();
  const alert = await only(rule, subject);
  assert.ok(alert, `${rule} was not raised`);
  const { level, responsibleOrgId, raisedAt, dueOn, seen } = alert;
  assert.deepEqual({ rule, subject, level, responsibleOrgId }, expected);
  assert.ok(seen >= 3, `${rule} was seen ${seen} times`);
  assert.equal(dueOn, dueOf(level, raisedAt.toISOString(), []).dueOn);
  return alert;
}

/** The platform as it will be after some time. */
const later = (ms: number): Platform => ({ ...web.platform, now: () => new Date(Date.now() + ms) });

function forged(bankId: string): supertest.Test {
  return supertest(web.app)
    .post('/api/v1/bank/flows')
    .set({
      'bank-id': bankId,
      'webhook-id': randomUUID(),
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
      'content-type': 'application/json',
    })
    .send('{"entries":[]}');
}

test('E03: the third refused signature within an hour raises a red alert; a name nobody has raises none', async () => {
  assert.deepEqual([(await forged(bank)).status, (await forged(bank)).status], [401, 401]);
  await raisedOnce(async () => assert.equal((await forged(bank)).status, 401), {
    ...{ rule: 'E03', subject: bank, level: 'red', responsibleOrgId: bank },
  });
  for (let times = 0; times < 3; times += 1) assert.equal((await forged('bank-nobody')).status, 401);
  assert.equal(await only('E03', 'bank-nobody'), null);
});

test('E07: a message id that comes again with other content raises one yellow alert', async () => {
  const id = randomUUID();
  assert.equal((await web.push(bank, [entry('E07-FIRST')], id)).status, 202);
  let serial = 0;
  const again = async (): Promise<void> => {
    serial += 1;
    assert.equal((await web.push(bank, [entry(`E07-OTHER-${serial}`)], id)).status, 409);
  };
  await raisedOnce(again, {
    ...{ rule: 'E07', subject: `${bank}~${id}`, level: 'yellow', responsibleOrgId: bank },
  });
});

test('E02: a bank that was heard and is silent', async () => {
  await BankModel.updateOne({ _id: banks.county }, { $set: { lastHeartbeatAt: new Date() } });
  await silentBanks(web.platform);
  await raisedOnce(() => silentBanks(later(web.platform.config.heartbeatMinutes * 60_000 + 1_000)), {
    ...{ rule: 'E02', subject: banks.county, level: 'yellow', responsibleOrgId: banks.county },
  });
});

test('E11: a bank’s clock that is off is told once, and closed by itself when it is well again', async () => {
  const subject = banks.county;
  const clock = async (skewMs: (hour: number) => number): Promise<void> => {
    const samples = Array.from({ length: 24 }, (_, hour) => ({
      ...{ at: new Date(Date.now() - (24 - hour) * 3_600_000), skewMs: skewMs(hour) },
    }));
    await BankClockModel.updateOne({ _id: subject }, { $set: { samples } }, { upsert: true });
  };
  const sweep = (): Promise<number> => bankClocks(web.platform);
  await clock(() => 400);
  assert.equal(await sweep(), 0);
  await clock(() => 75_000);
  const alert = await raisedOnce(sweep, {
    ...{ rule: 'E11', subject, level: 'yellow', responsibleOrgId: subject },
  });
  const shown = await (await web.as('secadmin')).get(`/alerts/system/${alert._id}`);
  for (const word of ['银行时钟偏差', '+75.0 s']) assert.ok(shown.text.includes(word), word);
  await clock(() => 50_000);
  await sweep();
  assert.notEqual(await only('E11', subject), null, 'near the bound it stays open');
  await clock(() => -300);
  await sweep();
  assert.equal(await only('E11', subject), null);
  const closed = await SystemAlertModel.findById(alert._id).lean();
  assert.deepEqual([closed?.state, closed?.life.at(-1)?.by], ['CLOSED', 'platform']);
  await clock((hour) => hour * 2_000);
  await raisedOnce(sweep, { ...{ rule: 'E11', subject, level: 'reminder', responsibleOrgId: subject } });
  await clock(() => 0);
  await sweep();
  assert.equal(await only('E11', subject), null);
});

const operator = { responsibleOrgId: 'operator' } as const;

test('E05: flows wait and the ledger makes no block; E08: a flow that was set aside', async () => {
  await web.push(bank, [entry('E05-1')]);
  await web.settled();
  const { channel } = web.platform.config;
  await stalledLedger(later(120_000));
  assert.equal(await only('E05', channel), null, 'nothing waits');
  const waiting = { state: 'open', nextAttemptAt: new Date(Date.now() + 86_400_000) };
  await InboxFlowModel.updateOne({ serialNo: 'E05-1' }, { $set: waiting });
  await raisedOnce(() => stalledLedger(later(120_000)), {
    ...{ rule: 'E05', subject: channel, level: 'red', ...operator },
  });
  const flow = await InboxFlowModel.findOneAndUpdate(
    { serialNo: 'E05-1' },
    { $set: { state: 'failed', lastError: 'refused' } },
  ).lean();
  await raisedOnce(() => failedFlows(web.platform), {
    ...{ rule: 'E08', subject: flow?._id ?? '', level: 'red', ...operator },
  });
});

test('E06: a certificate that ends soon; E09: blocks that the read model does not show', async () => {
  await KeyModel.updateOne({ _id: 'imp-522634-1' }, { $set: { notAfter: new Date().toISOString() } });
  await raisedOnce(() => expiringCertificates(web.platform), {
    ...{ rule: 'E06', subject: 'imp-522634-1', level: 'reminder', ...operator },
  });
  const { channel } = web.platform.config;
  await projectionLag(later(3_600_000));
  assert.equal(await only('E09', channel), null, 'everything is shown');
  const height = { ...web.platform.height, current: () => Promise.resolve(1) };
  await raisedOnce(() => projectionLag({ ...later(3_600_000), height }), {
    ...{ rule: 'E09', subject: channel, level: 'yellow', ...operator },
  });
});

test('E01: a document that differs from the blocks is told once, by its place and without its values', async () => {
  const { services, connection, config } = web.platform;
  const project = await web.project('SUBMITTED');
  const rows = nativeCollection(connection, 'project');
  const set = async (name: string): Promise<unknown> =>
    rows.updateOne({ _id: project.id }, { $set: { 'record.content.name': name } });
  const before = await rows.findOne({ _id: project.id });
  assert.deepEqual((await services.readModelCheck.whole()).differences, 0);
  await set('改过的名称');
  const alert = await raisedOnce(() => services.readModelCheck.whole(), {
    ...{ rule: 'E01', subject: config.channel, level: 'red', ...operator },
  });
  assert.match(alert.text, new RegExp(`altered project ${project.id} record\\.content\\.name`));
  assert.doesNotMatch(alert.text, /改过的名称/);
  await set((before?.['record'] as { content: { name: string } }).content.name);
  assert.deepEqual((await services.readModelCheck.whole()).differences, 0);
  const [whole] = (await services.readModelCheck.last()).filter((run) => run._id === 'whole');
  assert.equal(whole?.count, 0);
});

test('the unit that must answer explains, another unit reviews and closes, each another person', async () => {
  const id = await web.platform.services.systemAlerts.raise({
    ...{ rule: 'E02', level: 'yellow', subject: 'life', responsibleOrgId: bank },
  });
  const path = `/alerts/system/${id}`;
  const step = async (userId: string, name: string, change: object = {}): Promise<number> =>
    (await (await web.as(userId)).post(path, { step: name, text: '线路已恢复', ...change })).status;
  assert.equal((await (await web.as('pfd-1')).get(path)).status, 404, 'not there for another unit');
  assert.match((await (await web.as('bank-qs-1')).get('/alerts')).text, new RegExp(id));
  assert.equal(await step('sysadmin', 'explain'), 403, 'only the unit itself explains');
  assert.equal(await step('bank-qs-1', 'explain'), 303);
  assert.equal(await step('bank-qs-1', 'close'), 409, 'not before the review');
  assert.equal(await step('bank-qs-2', 'review'), 403, 'the unit named does not judge itself');
  assert.equal(await step('plo-2', 'review'), 303);
  assert.equal(await step('bank-qs-2', 'close'), 403, 'the unit named cannot close');
  assert.equal(await step('plo-2', 'close'), 403, 'the reviewer does not close');
  assert.equal(await step('logadmin', 'close'), 403, 'an onlooker changes nothing');
  assert.equal(await step('plo-3', 'close'), 303);
  const again = await web.platform.services.systemAlerts.raise({
    ...{ rule: 'E02', level: 'yellow', subject: 'life', responsibleOrgId: bank },
  });
  const next = await SystemAlertModel.findById(again).lean();
  assert.deepEqual([again === id, next?.earlierId, next?.state], [false, id, 'RAISED']);
  assert.equal(await step('plo-2', 'close'), 409, 'ended');
});

test('whoever judges may name another unit, which then answers', async () => {
  const id = await web.platform.services.systemAlerts.raise({
    ...{ rule: 'E05', level: 'red', subject: 'assigned' },
  });
  const path = `/alerts/system/${id}`;
  const plo = await web.as('plo-1');
  assert.match((await plo.get(path)).text, /name="responsibleOrgId"/);
  assert.equal(
    (await plo.post(path, { step: 'assign', text: '请银行说明', responsibleOrgId: bank })).status,
    303,
  );
  const assigned = await SystemAlertModel.findById(id).lean();
  assert.deepEqual([assigned?.responsibleOrgId, assigned?.state], [bank, 'ASSIGNED']);
});
