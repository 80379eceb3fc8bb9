/** A bank's profile: seen by its own people, tried on a sample, changed by two administrators, and then read by. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { banks } from '../../src/commands/demo/organisations.ts';
import { legOf, personWith } from '../../src/commands/demo/world.ts';
import { standardProfile } from '../../src/models/bank-profile/standard-profile.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { paths } from '../../src/paths.ts';
import { apiAs } from '../support/api-client.ts';
import { entryOfLeg, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

const page = paths.bankProfile(banks.investor);
const sample = 'Ref No,Booked,Side,Yuan,Counter account\nTT-00001,20261120,OUT,1.00,5238000000000001';

test("a bank's people see their own profile and try a sample; nothing is stored", async () => {
  const clerk = await web.as(personWith(banks.investor, 'handle', 'bank-investor').userId);
  const flows = await InboxFlowModel.countDocuments();
  const shown = await clerk.get(page);
  assert.match(shown.text, /通用格式/);
  const json = {
    serialNo: 'ab 0001',
    bookingDate: '2026-11-20',
    direction: 'DBIT',
    status: 'BOOK',
    amountFen: '1',
    currency: 'CNY',
  };
  const parties = { payer: { account: '5201-0000-01' }, payee: { account: '520200001' } };
  const run = await clerk.post(`${page}/dry-run`, { sample: JSON.stringify({ ...json, ...parties }) }, page);
  assert.equal(run.status, 200);
  for (const text of ['AB0001', '5201000001', '可以读取']) assert.ok(run.text.includes(text), text);
  const unknown = await clerk.post(`${page}/dry-run`, { sample }, page);
  assert.match(unknown.text, /没有找到流水号、日期与金额的表头/);
  assert.equal(await InboxFlowModel.countDocuments(), flows);
  assert.equal((await clerk.get(paths.bankProfile(banks.county))).status, 404);
  const county = await web.as(personWith('cpc-522634', 'handle').userId);
  assert.equal((await county.get(paths.bankProfiles)).status, 403);
});

test('one administrator proposes, another activates, and from then on the bank is read so', async () => {
  const [first, second] = [await web.as('sysadmin'), await web.as('secadmin')];
  const profile = structuredClone(standardProfile);
  profile.title = '另一格式';
  profile.columns.serialNo.push('Ref No');
  profile.columns.bookingDate.push('Booked');
  profile.columns.direction.push('Side');
  profile.columns.amount.push('Yuan');
  profile.columns.otherAccount.push('Counter account');
  profile.directionWords.DBIT.push('OUT');
  for (const serialPattern of ['(', '^(\\w+\\s?)*$', '^\\w*\\w*\\w*\\w*$', '^(a)\\1$']) {
    const wrong = await first.post(page, { text: JSON.stringify({ ...profile, serialPattern }) }, page);
    assert.equal(wrong.status, 422, serialPattern);
  }
  assert.equal((await first.post(page, { text: JSON.stringify(profile) }, page)).status, 303);
  assert.equal(
    (await web.platform.services.bankProfiles.of(banks.investor)).title,
    '通用格式',
    'a proposal changes nothing',
  );
  assert.equal((await first.post(`${page}/activate`, {}, page)).status, 403);
  assert.equal((await second.post(`${page}/activate`, {}, page)).status, 303);
  const run = await second.post(`${page}/dry-run`, { sample, account: '5201 0000 01' }, page);
  for (const text of ['另一格式', 'TT-00001', '可以读取']) assert.ok(run.text.includes(text), text);
  assert.equal((await second.post(`${page}/activate`, {}, page)).status, 409, 'once');
});

/** The bank gets a profile of its own, in two hands. */
async function activateOwn(): Promise<void> {
  const form = { title: '黔山银行格式', serialPattern: '^QS\\d{8}$', zoneOffset: '+07:00' };
  const first = await web.as('sysadmin');
  const propose = async (serialExample: string): Promise<number> => {
    const text = JSON.stringify({ ...standardProfile, ...form, serialExample });
    return (await first.post(page, { text }, page)).status;
  };
  assert.equal(await propose('X1'), 422, 'the example must fit');
  assert.equal(await propose('QS20260001'), 303);
  assert.equal((await (await web.as('secadmin')).post(`${page}/activate`, {}, page)).status, 303);
}

test("a bank's own profile reads what it pushes and what its payers register", async () => {
  await activateOwn();
  const { draftId } = await web.project('ISSUED');
  const draft = await web.world.draft(draftId ?? '');
  const serial = { serialNo: 'QS00000007', bookingDate: web.world.today };
  const words = { direction: '借', txTime: `${web.world.today} 10:00` };
  const answer = await web.push(banks.investor, [
    entryOfLeg(draft, 'B1', serial, words),
    entryOfLeg(draft, 'B1', { ...serial, serialNo: 'T00000007' }),
  ]);
  const { results } = answer.body as { results: { result: string; reason?: string; flowId: string }[] };
  assert.deepEqual(
    results.map((one) => one.result),
    ['accepted', 'quarantined'],
  );
  for (const part of ['QS\\d{8}', 'QS20260001']) assert.ok(results[1]?.reason?.includes(part), part);
  await web.settled();

  const leg = encodeURIComponent(`${draft.DraftID}~B1`);
  const { userId } = personWith(legOf(draft, 'B1').payer.orgId, 'handle');
  const payer = await web.as(userId);
  const form = `/actions/reconciliation.register/${leg}`;
  const wrong = await payer.post(form, { ...serial, serialNo: 'T00000007' });
  assert.equal(wrong.status, 422);
  for (const part of ['黔山银行格式', 'QS20260001']) assert.ok(wrong.text.includes(part), part);
  const api = await apiAs(web.app, userId);
  const refused = await api.post(`/legs/${leg}/registrations`, { ...serial, serialNo: 'T00000007' });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /"pointer":"\/serialNo".*QS20260001/);
  assert.equal((await payer.post(form, serial)).status, 200);
  await web.settled();
  const flow = await web.platform.models.flow.findById(results[0]?.flowId ?? '').lean();
  assert.deepEqual([flow?.state, flow?.legId], ['WAITING_PREDECESSOR', 'B1'], 'found by its registration');
  assert.equal(flow?.record.flow.txTime, `${web.world.today}T10:00:00+07:00`);
});

test('a correction in the words of the bank: a negative amount takes the payment back, on the ledger too', async () => {
  await activateOwn();
  const { draftId } = await web.project('ISSUED');
  const draft = await web.world.draft(draftId ?? '');
  const [paid, undone] = ['QS00000017', 'QS00000018'].map((serialNo) => ({
    ...{ serialNo, bookingDate: web.world.today },
  }));
  assert.ok(paid !== undefined && undone !== undefined);
  const payer = await web.as(personWith(legOf(draft, 'F1').payer.orgId, 'handle').userId);
  await payer.post(`/actions/reconciliation.register/${draft.DraftID}~F1`, paid);
  const stateOf = async (): Promise<string | undefined> => {
    await web.settled();
    return (await web.world.draft(draft.DraftID)).legs.find((one) => one.legId === 'F1')?.state;
  };
  await web.push(banks.investor, [entryOfLeg(draft, 'F1', paid)]);
  assert.equal(await stateOf(), 'MATCHED');
  const { amountFen } = legOf(draft, 'F1');
  const back = { amountFen: `-${amountFen}`, purpose: '冲正', originalSerialNo: paid.serialNo };
  const answer = await web.push(banks.investor, [
    entryOfLeg(draft, 'F1', undone, back),
    entryOfLeg(draft, 'F1', undone, { ...back, reversal: '?' }),
  ]);
  const { results } = answer.body as { results: { result: string; flowId: string }[] };
  assert.deepEqual(
    results.map((one) => one.result),
    ['accepted', 'quarantined'],
  );
  assert.match(results[0]?.flowId ?? '', /~CRDT~/);
  assert.equal(await stateOf(), 'RETURNED');
});
