/** Joins as the administrators do them in pages: an organisation, a person in two hands, a bank whose secret is shown once, a fund by two departments. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Response } from 'supertest';
import { personWith } from '../../src/commands/demo/world.ts';
import { until } from '../support/start-run.ts';
import { entryOfLeg, openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

const textOf = (page: Response, id: string): string =>
  new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(page.text)?.[1] ?? '';
const newOrganisation = {
  name: '新设办公室',
  role: 'leading-office',
  division: '52',
  level: 'province',
  uscc: '',
};

async function organisation(id: string, change: object = {}): Promise<Response> {
  const admin = await web.as('sysadmin');
  return admin.post('/actions/member.registerOrganisation/new', { ...newOrganisation, id, ...change });
}

test('an issuing organisation is registered with the public half of its own key', async () => {
  const page = await organisation('new-plo');
  assert.equal(page.status, 200, page.text);
  const known = await web.platform.models.organisation.findById('new-plo').lean();
  assert.equal(known?.record.issuerPublicKey, await web.platform.services.issuer.ensureKey('new-plo'));
  const county = await organisation('new-cph', {
    role: 'county-command',
    division: '522634',
    level: 'county',
  });
  assert.equal(county.status, 200, county.text);
  const without = await web.platform.models.organisation.findById('new-cph').lean();
  assert.equal(without?.record.issuerPublicKey, null);
});

test('a person is registered by one administrator, activated by another, and must set a password of his own', async () => {
  const admin = await web.as('sysadmin');
  const form = {
    orgId: 'plo',
    role: 'leading-office',
    userId: 'newcomer',
    name: '新来的人',
    posts: 'handle',
  };
  const joined = await admin.post('/members/new', form);
  assert.equal(joined.status, 200, joined.text);
  const password = textOf(joined, 'one-time-password');
  assert.ok(password.length >= 16);
  const person = web.anonymous();
  await person.post('/sign-in', { username: 'newcomer', password });
  assert.equal((await person.get('/')).status, 303, 'not active yet');
  assert.equal(
    (await admin.post('/members/people/newcomer/activate', {}, '/members/people/newcomer')).status,
    403,
  );
  const second = await web.as('secadmin');
  const activated = await second.post('/members/people/newcomer/activate', {}, '/members/people/newcomer');
  assert.equal(activated.status, 200, activated.text);
  const now = web.anonymous();
  await now.post('/sign-in', { username: 'newcomer', password });
  const home = await now.get('/');
  assert.deepEqual([home.status, home.headers.location], [303, '/account/password']);
});

test('a disable ends a running session at its next request', async () => {
  const person = await web.as('lpf-1');
  assert.equal((await person.get('/')).status, 200);
  const second = await web.as('secadmin');
  const left = await second.post(
    '/members/people/lpf-1/disable',
    { reason: '调离' },
    '/members/people/lpf-1',
  );
  assert.equal(left.status, 303);
  assert.equal((await person.get('/')).headers.location?.startsWith('/sign-in'), true);
});

test('a role that the organisation has not, a taken name and a broken name come back with the form', async () => {
  const admin = await web.as('sysadmin');
  const form = { orgId: 'plo', role: 'auditor', userId: 'somebody', name: '某人' };
  const role = await admin.post('/members/new', form);
  const taken = await admin.post('/members/new', { ...form, role: 'leading-office', userId: 'plo-1' });
  const broken = await admin.post('/members/new', { ...form, role: 'leading-office', userId: '王' });
  for (const [page, text] of [
    [role, /没有这个角色/],
    [taken, /已被使用/],
    [broken, /用户名须为/],
  ] as const) {
    assert.equal(page.status, 422);
    assert.match(page.text, text);
  }
  assert.equal(await web.platform.models.user.findById('somebody').lean(), null);
});

test('a bank is admitted once its feed is active; its secret is shown this once', async () => {
  const bank = await organisation('bank-new', { name: '新银行', role: 'bank-investor' });
  assert.equal(bank.status, 200, bank.text);
  const admin = await web.as('sysadmin');
  assert.equal((await admin.post('/banks/bank-new/admit', {}, '/banks')).status, 409, 'no feed yet');
  assert.equal((await admin.post('/banks/bank-new/feed', {}, '/banks')).status, 303);
  const second = await web.as('secadmin');
  const feed = '/members/people/bank-new-feed';
  assert.equal((await second.post(`${feed}/activate`, {}, feed)).status, 200);
  assert.equal((await second.post('/banks/bank-new/admit', {}, '/banks')).status, 403);
  const admitted = await admin.post('/banks/bank-new/admit', { publicKey: '' }, '/banks');
  const secret = textOf(admitted, 'secret');
  assert.match(secret, /^whsec_/);
  const list = await admin.get('/banks');
  assert.match(list.text, /新银行/);
  assert.ok(!list.text.includes(secret));
  const broken = await admin.post('/banks/bank-new/keys', { publicKey: 'none' }, '/banks');
  assert.equal(broken.status, 422);
  const [key] = (await web.platform.services.banks.list()).find((one) => one._id === 'bank-new')?.keys ?? [];
  assert.equal((await admin.post(`/banks/bank-new/keys/${key?.keyId}/revoke`, {}, '/banks')).status, 303);
});

test('a fund is proposed by one department and confirmed by the other', async () => {
  const office = await web.as('plo-1');
  const proposed = await office.post('/actions/fund.create/new', {
    id: 'fund-new',
    name: '新基金',
    fiscalShare: '100',
    provinceWeight: '4',
    localWeight: '6',
    localLevel: 'city',
    provinceOrgId: 'pfd',
    vehicleOrgId: 'lpf',
  });
  assert.equal(proposed.status, 200, proposed.text);
  assert.match((await office.get('/funds')).text, /新基金[\s\S]*?待确认/);
  const finance = await web.as('pfd-2');
  const page = await finance.get('/funds/fund-new');
  assert.match(page.text, /\/actions\/fund\.confirm\/fund-new/);
  const confirmed = await finance.post('/actions/fund.confirm/fund-new', {});
  assert.equal(confirmed.status, 200, confirmed.text);
  assert.match((await finance.get('/funds/fund-new')).text, /生效/);
  assert.match((await finance.get('/funds')).text, /未设置/);
});

test('administrators see no funds, business people no directory', async () => {
  assert.equal((await (await web.as('sysadmin')).get('/funds')).status, 403);
  const office = await web.as('plo-1');
  for (const path of ['/members', '/members/people', '/members/rights', '/banks'])
    assert.equal((await office.get(path)).status, 403, path);
  const admin = await web.as('sysadmin');
  for (const path of ['', '/people', '/accounts', '/rights', '/new', '/organisations/plo', '/people/plo-1'])
    assert.equal((await admin.get(`/members${path}`)).status, 200, path);
  const auditor = await web.as('aud-1');
  assert.equal((await auditor.get('/members/rights')).status, 200);
  for (const one of [admin, office, auditor]) assert.equal((await one.get('/inbox')).status, 200);
});

test('the bell counts what concerns me, the alert that my organisation must answer among it, until it is read', async () => {
  const project = await web.project('ISSUED');
  const draft = await web.world.draft(project.draftId ?? '');
  const leg = draft.PlanPath.find((one) => one.payer.orgId === 'pfd');
  assert.ok(leg);
  const flow = { serialNo: 'BELL0001', bookingDate: web.world.today };
  await web.world.submit(personWith('pfd', 'handle'), {
    contract: 'reconciliation',
    fn: 'register',
    args: { draftId: draft.DraftID, legId: leg.legId, ...flow },
    key: 'bell-register',
  });
  await web.push(leg.payer.bankId, [entryOfLeg(draft, leg.legId, flow, { amountFen: '1' })]);
  await web.settled();
  const raised = await web.platform.models.alert.find({ draftId: draft.DraftID, open: true }).lean();
  const orgId = raised[0]?.responsibleOrgId ?? '';
  const person = await web.as(personWith(orgId, 'check').userId);
  const bell = async (): Promise<number> =>
    Number(/aria-label="消息 (\d+) 条未读"/.exec((await person.get('/')).text)?.[1]);
  await until('the notification', async () => (await bell()) >= 1);
  assert.equal((await person.get('/inbox')).status, 200);
  assert.ok((await bell()) >= 1, 'looking at tasks reads nothing');
  await person.post('/notifications/read', {}, '/notifications');
  assert.equal(await bell(), 0);
});
