/** A bank's profile: seen by its own people, tried on a sample, changed by two administrators, and then read by. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { banks } from '../../src/commands/demo/organisations.ts';
import { personWith } from '../../src/commands/demo/world.ts';
import { standardProfile } from '../../src/models/bank-profile/standard-profile.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { paths } from '../../src/paths.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

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
  const wrong = await first.post(page, { text: JSON.stringify({ ...profile, serialPattern: '(' }) }, page);
  assert.equal(wrong.status, 422);
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
