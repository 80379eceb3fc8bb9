/** Statements, balance tables and bank profiles over the JSON API: the same rights and scope as on the pages, listed in the document. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import supertest from 'supertest';
import { sweepStatements } from '../../src/jobs/statement.job.ts';
import { banks } from '../../src/commands/demo/organisations.ts';
import { legOf, pay, personWith } from '../../src/commands/demo/world.ts';
import { standardProfile } from '../../src/models/bank-profile/standard-profile.ts';
import { apiAs, type ApiClient } from '../support/api-client.ts';
import { camt } from '../support/statement-files.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let clerk: ApiClient;
let checker: ApiClient;
before(async () => {
  web = await openTestWeb();
  clerk = await apiAs(web.app, personWith(banks.investor, 'handle', 'bank-investor').userId);
  checker = await apiAs(web.app, personWith(banks.investor, 'check', 'bank-investor').userId);
});
after(async () => web.close());

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly counts: Record<string, number>;
  readonly sections: readonly { readonly account: string; readonly closingFen: string }[];
}
interface Listed {
  readonly items: readonly { readonly id: string }[];
  readonly total: number;
}
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names the answer that is expected
const bodyOf = <T>(response: supertest.Response): T => JSON.parse(response.text) as T;

function bring(client: ApiClient, text: string, account = ''): supertest.Test {
  return supertest(web.app)
    .post('/api/v1/statements')
    .auth(client.token, { type: 'bearer' })
    .field('account', account)
    .attach('file', Buffer.from(text), 'day.xml');
}

test('brought, seen row by row, confirmed by a second person, and then the day has a balance table', async () => {
  const { draftId } = await web.project('ISSUED');
  const draft = await web.world.draft(draftId ?? '');
  const leg = legOf(draft, 'F1');
  await pay(web.world, draft, 'F1');
  await web.settled();
  const flow = await web.platform.models.flow.findOne({ draftId: draft.DraftID, legId: 'F1' }).lean();
  const yuan = `${leg.amountFen.slice(0, -2)}.${leg.amountFen.slice(-2)}`;
  const { account } = leg.payer;
  const sample = {
    ...{ account, opening: yuan, closing: '2.50', date: web.world.today },
    entries: [
      { serialNo: flow?.serialNo ?? '', direction: 'DBIT', yuan, other: leg.payee.account },
      { serialNo: 'FORGOTTEN-1', direction: 'CRDT', yuan: '2.50', other: '62220000000001' },
    ],
  } as const;
  const brought = await bring(clerk, camt('053', 8, sample));
  assert.equal(brought.status, 201, brought.text);
  const { id, state, counts, sections } = bodyOf<Shown>(brought);
  assert.deepEqual([state, counts.known, counts.new], ['ready', 1, 1]);
  assert.equal(sections[0]?.closingFen, '250', 'amounts are decimal strings of fen');

  const path = `/statements/${encodeURIComponent(id)}`;
  const fresh = bodyOf<Listed>(await clerk.get(`${path}/rows?state=new`));
  assert.equal(fresh.total, 1);
  assert.ok(!('entry' in (fresh.items[0] ?? {})));
  const early = await clerk.post(`${path}/confirm`, {});
  assert.equal(early.status, 403, 'who brought it does not confirm it');
  const done = await checker.post(`${path}/confirm`, {});
  assert.equal(done.status, 201, done.text);
  assert.equal((await checker.post(`${path}/confirm`, {})).status, 409, 'once');
  await web.settled();
  assert.equal(bodyOf<Shown>(await clerk.get(path)).state, 'imported');
  const [forgotten, ...more] = bodyOf<Listed>(await clerk.get('/flows?serialNo=FORGOTTEN-1')).items;
  assert.equal(more.length, 0);
  const found = await clerk.get(`/flows/${encodeURIComponent(forgotten?.id ?? '')}`);
  const { source } = bodyOf<{ source: Record<string, unknown> }>(found);
  assert.deepEqual([source.kind, source.statementId], ['statement', id]);

  const table = await (await apiAs(web.app, 'pfd-1')).get(`/balances/${account}?date=${web.world.today}`);
  assert.equal(table.status, 200, table.text);
  const { days, balance } = bodyOf<{ days: string[]; balance: { table: Record<string, unknown> } }>(table);
  assert.deepEqual(days, [web.world.today]);
  assert.equal(balance.table.bankFen, '250');
  const none = await clerk.get(`/balances/${account}?date=2020-01-01`);
  assert.equal(none.status, 404, 'no statement ends on that day');
});

test('a statement that comes while the read model is made anew waits, and is read afterwards', async () => {
  const { connection, services, models } = web.platform;
  const checkpoints = connection.collection('checkpoints');
  const account = (await models.bankAccount.findOne({ orgId: 'pfd' }).lean())?.account ?? '';
  const entries = [
    { serialNo: 'WAITED-1', direction: 'CRDT', yuan: '1.00', other: '62220000000001' },
  ] as const;
  const text = camt('053', 8, { account, opening: '0.00', closing: '1.00', date: web.world.today, entries });
  await checkpoints.updateMany({}, { $set: { state: 'rebuilding', updatedAt: new Date() } });
  const brought = bodyOf<Shown>(await bring(clerk, text));
  assert.equal(brought.state, 'received', 'not refused for accounts that are not there yet');
  await sweepStatements(services.statements);
  await checkpoints.updateMany({}, { $set: { state: 'following' } });
  await sweepStatements(services.statements);
  const path = `/statements/${encodeURIComponent(brought.id)}`;
  assert.equal(bodyOf<Shown>(await clerk.get(path)).state, 'ready');
});

test('statements and tables of other accounts are not there; roles without flows are refused', async () => {
  const [{ id } = { id: '' }] = bodyOf<Listed>(await clerk.get('/statements')).items;
  const account = (await web.platform.models.bankAccount.findOne({ orgId: 'pfd' }).lean())?.account ?? '';
  const county = await apiAs(web.app, personWith('cpc-520526', 'handle').userId);
  assert.equal(bodyOf<Listed>(await county.get('/statements')).total, 0);
  for (const path of [`/statements/${id}`, `/statements/${id}/rows`, `/balances/${account}`])
    assert.equal((await county.get(path)).status, 404, path);
  assert.equal((await county.post(`/statements/${id}/confirm`, {})).status, 404);
  const admin = await apiAs(web.app, 'sysadmin');
  for (const path of ['/statements', `/statements/${id}`, `/balances/${account}`])
    assert.equal((await admin.get(path)).status, 403, path);
  const auditor = await apiAs(web.app, 'aud-1');
  assert.equal((await auditor.get(`/statements/${id}`)).status, 200);
  const refused = await bring(auditor, '<a/>', account);
  assert.equal(refused.status, 403, 'whoever only looks brings nothing');
});

test('a profile is proposed by one administrator, activated by another, and tried on a sample', async () => {
  const path = `/bank-profiles/${banks.investor}`;
  const [first, second] = [await apiAs(web.app, 'sysadmin'), await apiAs(web.app, 'secadmin')];
  const profile = { ...standardProfile, title: '另一格式', serialPattern: '^[0-9A-Z]{4,64}$' };
  assert.equal((await second.post(path, profile)).status, 403);
  assert.equal((await first.post(path, { ...profile, serialPattern: '(' })).status, 422);
  assert.equal((await first.post(path, profile)).status, 201);
  assert.equal((await first.post(`${path}/activate`, {})).status, 403);
  assert.equal((await second.post(`${path}/activate`, {})).status, 201);
  const shown = bodyOf<{ isOwn: boolean; profile: { title: string } }>(await clerk.get(path));
  assert.deepEqual([shown.isOwn, shown.profile.title], [true, '另一格式']);
  const sample = JSON.stringify({ serialNo: 'T-1' });
  const tried = bodyOf<{ result: { rows: { reason: string; found: string }[] } }>(
    await clerk.post(`${path}/dry-run`, { sample }),
  );
  assert.match(tried.result.rows[0]?.found ?? '', /\^\[0-9A-Z\]/);
  const seen = bodyOf<Listed>(await clerk.get('/bank-profiles')).items.map((one) => one.id);
  assert.deepEqual(seen, [banks.investor], 'a bank sees its own');
  assert.equal((await clerk.get(`/bank-profiles/${banks.county}`)).status, 404);
  assert.equal((await (await apiAs(web.app, 'cph-522634-1')).get('/bank-profiles')).status, 403);
});

test('registrations are listed inside the scope', async () => {
  const { draftId } = await web.project('RAISED');
  const payer = await apiAs(web.app, 'pfd-1');
  const own = bodyOf<Listed>(await payer.get(`/registrations?state=MATCHED&draftId=${draftId}`));
  assert.ok(own.total > 0);
  const elsewhere = bodyOf<Listed>(await (await apiAs(web.app, 'cph-520526-1')).get('/registrations'));
  assert.equal(elsewhere.total, 0);
});

test('every call stands in the document', async () => {
  const { paths } = bodyOf<{ paths: Record<string, Record<string, object>> }>(
    await supertest(web.app).get('/api/v1/openapi.json'),
  );
  const listed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  const wanted = [
    ...['get /statements', 'post /statements', 'get /statements/{id}', 'get /statements/{id}/rows'],
    ...['post /statements/{id}/confirm', 'get /balances/{account}', 'get /registrations'],
    ...['get /bank-profiles', 'get /bank-profiles/{id}', 'post /bank-profiles/{id}'],
    ...['post /bank-profiles/{id}/activate', 'post /bank-profiles/{id}/dry-run'],
    ...['post /bank/statements', 'get /bank/statements/{statementId}'],
  ];
  assert.deepEqual(
    wanted.filter((one) => !listed.includes(one)),
    [],
  );
});
