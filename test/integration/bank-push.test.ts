/** The push interface: what a bank is answered, what is kept, and that nothing acknowledged is lost or counted twice. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import supertest from 'supertest';
import { banks } from '../../src/commands/demo/organisations.ts';
import { pay, personWith } from '../../src/commands/demo/world.ts';
import { InboxFlowModel, QuarantineModel } from '../../src/models/inbox/inbox.schema.ts';
import { entryOf, entryOfLeg, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

let serials = 0;
const bank = banks.investor;
function entry(change: object = {}): object {
  serials += 1;
  const flow = {
    serialNo: `P20261120${String(serials).padStart(6, '0')}`,
    bookingDate: '2026-11-20',
    payerAccount: '520100000000001',
    payeeAccount: '520100000000002',
    amountFen: '100',
  };
  return entryOf(flow, change);
}
const resultsOf = (response: supertest.Response): string[] =>
  (response.body as { results: { result: string }[] }).results.map((one) => one.result);

test('a new entry is accepted, the same message again is a duplicate, and one flow is stored', async () => {
  const [one, id] = [entry(), randomUUID()];
  const [first, second] = [await web.push(bank, [one], id), await web.push(bank, [one], id)];
  assert.deepEqual([first.status, second.status], [202, 202]);
  assert.deepEqual([resultsOf(first), resultsOf(second)], [['accepted'], ['duplicate']]);
  const flowId = (first.body as { results: { flowId: string }[] }).results[0]?.flowId ?? '';
  assert.equal(await InboxFlowModel.countDocuments({ _id: flowId }), 1);
});

test('fifty equal entries at once give one flow', async () => {
  const one = entry();
  const answers = await Promise.all(Array.from({ length: 50 }, () => web.push(bank, [one])));
  assert.ok(answers.every((answer) => answer.status === 202));
  const results = answers.flatMap(resultsOf);
  assert.equal(results.filter((result) => result === 'accepted').length, 1);
  assert.equal(results.filter((result) => result === 'duplicate').length, 49);
});

test('the same message id with another body is refused with 409', async () => {
  const id = randomUUID();
  await web.push(bank, [entry()], id);
  const response = await web.push(bank, [entry()], id);
  assert.equal(response.status, 409);
  assert.equal((response.body as { code: string }).code, 'MESSAGE_ID_REUSED');
});

test('other content on a known key is a conflict, is kept and raises a red alert; the rest of the batch stands', async () => {
  const one = entry() as { serialNo: string };
  await web.push(bank, [one]);
  await web.settled();
  const response = await web.push(bank, [{ ...one, amountFen: '999' }, entry()]);
  assert.deepEqual(resultsOf(response), ['conflict', 'accepted']);
  await web.settled();
  const alert = await web.platform.models.alert.findOne({ rule: 'A07', serialNo: one.serialNo }).lean();
  assert.equal(alert?.level, 'red');
});

test('an entry that cannot be read is set aside with its reason, an unreadable message whole', async () => {
  const response = await web.push(bank, [entry({ amountFen: '1.5' }), entry()]);
  assert.deepEqual(resultsOf(response), ['quarantined', 'accepted']);
  const kept = await QuarantineModel.findOne({ index: 0, state: 'open' }).sort({ at: -1 }).lean();
  assert.match(kept?.reason ?? '', /amount/);
});

test('whoever is not authentic gets one and the same 401, and nothing is stored', async () => {
  const before = await InboxFlowModel.countDocuments();
  const unsigned = await supertest(web.app)
    .post('/api/v1/bank/flows')
    .set('content-type', 'application/json')
    .send('{}');
  const unknown = await web.push('bank-nobody', [entry()]);
  assert.deepEqual([unsigned.status, unknown.status], [401, 401]);
  assert.equal((unsigned.body as { detail: string }).detail, (unknown.body as { detail: string }).detail);
  assert.equal(await InboxFlowModel.countDocuments(), before);
});

test('another charset is refused with 415 and too large a body with 413', async () => {
  const post = (type: string, body: string): supertest.Test =>
    supertest(web.app).post('/api/v1/bank/flows').set({ 'bank-id': bank, 'content-type': type }).send(body);
  assert.equal((await post('application/json; charset=gbk', '{}')).status, 415);
  assert.equal((await post('application/json', `"${'x'.repeat(1024 * 1024 + 10)}"`)).status, 413);
});

test('a revoked key no longer opens the door', async () => {
  const { services } = web.platform;
  const issued = await services.banks.issueKey(banks.county, 'sysadmin');
  const [county] = await services.banks.list().then((all) => all.filter((one) => one._id === banks.county));
  for (const key of county?.keys ?? [])
    if (key.keyId !== issued.keyId) await services.banks.revokeKey(banks.county, key.keyId, 'secadmin');
  const response = await web.push(banks.county, [entry()]);
  assert.equal(response.status, 401);
});

test('flow before registration, registration before flow: both end matched', async () => {
  const project = await web.project('ISSUED');
  const draft = await web.world.draft(project.draftId ?? '');
  await pay(web.world, draft, 'F1');
  const F2 = { serialNo: 'Q2026112000001', bookingDate: web.world.today };
  await web.world.submit(
    personWith(draft.PlanPath.find((leg) => leg.legId === 'F2')?.payer.orgId ?? '', 'handle'),
    {
      contract: 'reconciliation',
      fn: 'register',
      args: { draftId: draft.DraftID, legId: 'F2', ...F2 },
      key: 'register-before',
    },
  );
  await web.push(bank, [entryOfLeg(draft, 'F2', F2)]);
  await web.settled();
  const legs = await web.platform.models.leg.find({ draftId: draft.DraftID, kind: 'F' }).lean();
  assert.deepEqual(
    legs.map((leg) => leg.state),
    ['MATCHED', 'MATCHED'],
  );
});

test('a wrong amount stops the draft and names both values', async () => {
  const project = await web.project('ISSUED');
  const draft = await web.world.draft(project.draftId ?? '');
  const flow = { serialNo: 'W2026112000001', bookingDate: web.world.today };
  await web.push(bank, [entryOfLeg(draft, 'F1', flow, { amountFen: '4000000' })]);
  await web.world.submit(personWith('pfd', 'handle'), {
    contract: 'reconciliation',
    fn: 'register',
    args: { draftId: draft.DraftID, legId: 'F1', ...flow },
    key: 'register-wrong',
  });
  await web.settled();
  const leg = await web.platform.models.leg.findById(`${draft.DraftID}~F1`).lean();
  assert.equal(leg?.state, 'MISMATCH');
  const amount = leg.checks.find((check) => check.name === 'amount');
  assert.deepEqual([amount?.ok, amount?.expected, amount?.found], [false, '40000000', '4000000']);
  const alert = await web.platform.models.alert.findOne({ rule: 'A01', draftId: draft.DraftID }).lean();
  assert.equal(alert?.level, 'red');
});

test('a lost hint to the queue loses nothing: the sweep finds the flow', async () => {
  await web.platform.queues.matching.pause();
  const response = await web.push(bank, [entry()]);
  await web.platform.queues.matching.obliterate({ force: true });
  await web.platform.queues.matching.resume();
  assert.deepEqual(resultsOf(response), ['accepted']);
  await web.settled();
  const flowId = (response.body as { results: { flowId: string }[] }).results[0]?.flowId;
  assert.equal((await InboxFlowModel.findById(flowId).lean())?.state, 'done');
});
