/** Data scope (R6): what belongs to one county is not there for the people of another, in whatever way they ask. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { demoPassword } from '../../src/commands/demo/people.ts';
import { payment } from '../../chaincode/test/drafts.ts';
import { demoProjects } from '../../src/commands/demo/projects.ts';
import { legOf, register } from '../../src/commands/demo/world.ts';
import { apiAs } from '../support/api-client.ts';
import { openStream } from '../support/live-stream.ts';
import { hiddenFields } from '../support/form-browser.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

/** People of the other county and of its prefecture, one per role; all look for what is the walk's county's. */
const outsiders = [
  'cph-520526-1',
  'cph-520526-2',
  'lfb-520526-1',
  'lfb-5205-1',
  'cpc-520526-1',
  'imp-520526-1',
];
const insider = 'cph-522634-1';
const id = encodeURIComponent;

/** One object of each kind in the walk's county. */
interface Objects {
  readonly projectId: string;
  readonly projectName: string;
  readonly draftId: string;
  readonly legKey: string;
  readonly flowKey: string;
  readonly serialNo: string;
  readonly alertId: string;
  readonly sha256: string;
  readonly evidenceId: string;
  readonly account: string;
}
let web: TestWeb;
let objects: Objects;
let server: Server;
before(async () => {
  web = await openTestWeb();
  objects = await makeObjects();
  server = createServer(web.app).listen(0, '127.0.0.1');
});
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await web.close();
});

async function makeObjects(): Promise<Objects> {
  const name = '仅本县可见的道路工程';
  const [base] = demoProjects(web.world.today);
  const content = { ...base!.content, name };
  const project = await web.project('REDEEMABLE', { content });
  const draftId = project.draftId ?? '';
  const alertId = `report-${randomUUID()}`;
  await web.platform.services.actions.act(insider, {
    contract: 'alert',
    fn: 'report',
    args: {
      ...{ requestId: randomUUID(), id: alertId, namedOrgIds: [], text: '仅本县可见的问题', documents: [] },
      subject: { projectId: project.id, draftId, legId: null, flowKey: null, serialNo: null },
    },
  });
  await web.settled();
  const { models } = web.platform;
  const flow = await models.flow.findOne({ draftId, legId: 'F2' }).lean();
  const leg = await models.leg.findOne({ draftId, legId: 'M1' }).lean();
  const evidence = await models.evidence.findOne({ ownerId: `${project.id}~1` }).lean();
  assert.ok(flow !== null && leg !== null && evidence !== null);
  return {
    ...{ projectId: project.id, projectName: name, draftId, alertId },
    ...{ legKey: leg._id, account: leg.payerAccount, flowKey: flow._id, serialNo: flow.serialNo },
    ...{ sha256: evidence.sha256, evidenceId: evidence._id },
  };
}

/** Addresses of single objects. */
function pagesOf(it: Objects): string[] {
  return [
    `/projects/${it.projectId}`,
    `/drafts/${it.draftId}`,
    `/drafts/${it.draftId}/slip`,
    `/approvals/${it.projectId}`,
    `/reconciliation/flows/${id(it.flowKey)}`,
    `/alerts/${it.alertId}`,
    `/files/${it.sha256}`,
    `/files/${it.sha256}/verify`,
    `/trace?draft=${it.draftId}`,
    `/trace?project=${it.projectId}`,
    `/trace?serial=${it.serialNo}`,
    `/charts/trace.svg?draft=${it.draftId}`,
  ];
}

/** Forms about an object: the insider may be refused for his role or the state, but is told so. */
function formsOf(it: Objects): string[] {
  return [
    `/actions/project.check/${it.projectId}`,
    `/actions/draft.freeze/${it.draftId}`,
    `/actions/reconciliation.register/${id(it.legKey)}`,
    `/actions/alert.explain/${it.alertId}`,
    `/projects/${it.projectId}/progress/1`,
  ];
}

/** Whatever would give the objects away. */
function tracesOf(it: Objects): string[] {
  return [it.projectId, it.projectName, it.draftId, it.serialNo, it.alertId, it.sha256, it.account];
}
const given = (text: string): string[] => tracesOf(objects).filter((one) => text.includes(one));

for (const outsider of outsiders) {
  test(`${outsider}: each object is not there`, async () => {
    const browser = await web.as(outsider);
    for (const path of [...pagesOf(objects), ...formsOf(objects)]) {
      const answer = await browser.get(path);
      assert.equal(answer.status, 404, path);
    }
    const posted = await browser.post(
      `/actions/project.check/${objects.projectId}`,
      { opinion: '同意' },
      '/help',
    );
    assert.equal(posted.status, 404);
  });

  test(`${outsider}: no list, figure or search shows it`, async () => {
    const browser = await web.as(outsider);
    const lists = ['/', '/projects', '/drafts', '/disbursement', '/reconciliation', '/alerts', '/approvals'];
    const more = ['/applications', '/inbox', '/trace', `/drafts?projectId=${objects.projectId}`];
    for (const path of [...lists, ...more]) {
      const page = await browser.get(path);
      // A list is refused only where the role has no such list at all.
      assert.ok([200, 403].includes(page.status), `${path} ${page.status}`);
      assert.deepEqual(given(page.text.replaceAll(`projectId=${objects.projectId}`, '')), [], path);
    }
    for (const query of tracesOf(objects)) {
      const page = await browser.get(`/search?q=${id(query)}`);
      assert.equal(page.status, 200, `${query} leads nowhere`);
      assert.doesNotMatch(page.text, new RegExp(`href="[^"]*/(${objects.projectId}|${objects.draftId})`));
    }
  });
}

test('the people of the county itself find all of it', async () => {
  const browser = await web.as(insider);
  for (const path of pagesOf(objects)) assert.equal((await browser.get(path)).status, 200, path);
  for (const path of formsOf(objects)) assert.notEqual((await browser.get(path)).status, 404, path);
  assert.match((await browser.get('/projects')).text, new RegExp(objects.projectId));
  assert.equal((await browser.get(`/search?q=${objects.draftId}`)).status, 303);
});

test('a transaction is proven to everybody, its content shown to its own county alone', async () => {
  const found = await web.platform.models.activity.findOne({ projectId: objects.projectId }).lean();
  assert.ok(found !== null);
  const path = `/chain/transactions/${found.txId}`;
  const [own, other] = [await web.as(insider), await web.as('cph-520526-1')];
  assert.notDeepEqual(given((await own.get(path)).text), []);
  const page = await other.get(path);
  assert.equal(page.status, 200);
  assert.deepEqual(given(page.text), []);
});

test('of a transaction that two counties share each sees its own part', async () => {
  const { actions } = web.platform.services;
  const elsewhere = demoProjects(web.world.today).find(({ county }) => county === '520526');
  assert.ok(elsewhere);
  const { content } = elsewhere;
  const drafts = [
    await web.project('ISSUED'),
    await web.project('ISSUED', { county: '520526', content, id: 'XM-520526-2026-9001' }),
  ];
  const entries = [];
  for (const { draftId } of drafts) {
    const draft = await web.world.draft(draftId ?? '');
    const leg = legOf(draft, 'F1');
    const made = {
      serialNo: `SHARED-${draft.DraftID}`,
      bankId: leg.payer.bankId,
      bookingDate: web.world.today,
    };
    await register(web.world, draft, 'F1', made);
    entries.push({ requestId: randomUUID(), flow: payment(leg, made.serialNo, made.bookingDate) });
  }
  const call = { contract: 'reconciliation', fn: 'ingestAll', args: { entries } };
  const [{ flow } = { flow: null }] = entries;
  const { transactionId } = await actions.submit(`${flow?.bankId}-feed`, call);
  await web.settled();
  const [own = '', foreign = ''] = drafts.map(({ draftId }) => draftId ?? '');
  const page = async (userId: string): Promise<string> =>
    (await (await web.as(userId)).get(`/chain/transactions/${transactionId}`)).text;
  for (const [userId, mine, others] of [
    [insider, own, foreign],
    ['cph-520526-1', foreign, own],
  ] as const) {
    const county = await page(userId);
    assert.match(county, new RegExp(`FLOWSTATE ~ .*SHARED-${mine}`), userId);
    assert.doesNotMatch(county, new RegExp(others), userId);
    assert.match(county, /只列出您数据范围内的部分/);
  }
  const whole = await page('aud-1');
  for (const draftId of [own, foreign]) assert.match(whole, new RegExp(`DRAFT ~ ${draftId}`));
  assert.doesNotMatch(whole, /只列出您数据范围内的部分/);
});

test('the API answers the same: 404 for each object, nothing in lists', async () => {
  const own = await apiAs(web.app, insider);
  const single = [
    `/projects/${objects.projectId}`,
    `/drafts/${objects.draftId}`,
    `/drafts/${objects.draftId}/path`,
    `/reconciliation/${id(objects.legKey)}`,
    `/flows/${id(objects.flowKey)}`,
    `/alerts/${objects.alertId}`,
    `/evidence/${id(objects.evidenceId)}`,
    `/trace?draft=${objects.draftId}`,
  ];
  for (const path of single) assert.equal((await own.get(path)).status, 200, path);
  for (const outsider of outsiders) {
    const other = await apiAs(web.app, outsider);
    for (const path of single) assert.equal((await other.get(path)).status, 404, `${outsider} ${path}`);
    for (const path of ['/projects', '/drafts', '/reconciliation', '/flows', '/alerts', '/evidence']) {
      const list = await other.get(path);
      assert.equal(list.status, 200, path);
      assert.deepEqual(given(list.text), [], `${outsider} ${path}`);
    }
  }
});

test('live events name only what is in scope, for pages and for the API', async () => {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = await apiAs(web.app, 'cph-520526-1');
  const streams = [
    await openStream(`${base}/events`, { cookie: await cookieOf(base, 'cph-520526-1') }),
    await openStream(`${base}/api/v1/events`, { authorization: `Bearer ${client.token}` }),
  ];
  const own = await openStream(`${base}/events`, { cookie: await cookieOf(base, insider) });
  const foreign = await web.project('CHECKED');
  const theirs = demoProjects(web.world.today).find((one) => one.county === '520526');
  assert.ok(theirs !== undefined);
  const { content, county } = theirs;
  const nearby = await web.project('SUBMITTED', { county, content, id: 'XM-520526-2026-9901' });
  await own.until(`project:${foreign.id}`);
  for (const stream of streams) {
    await stream.until(`project:${nearby.id}`);
    assert.ok(!stream.topics.includes(`project:${foreign.id}`), 'a foreign project is not named');
    stream.close();
  }
  own.close();
});

/** Signs in over a real connection, since a stream needs one. */
async function cookieOf(base: string, username: string): Promise<string> {
  const page = await fetch(`${base}/sign-in`);
  const [first = ''] = page.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  const fields = { ...hiddenFields(await page.text()), username, password: demoPassword };
  const signed = await fetch(`${base}/sign-in`, {
    ...{ method: 'POST', redirect: 'manual', headers: { cookie: first } },
    body: new URLSearchParams(fields),
  });
  assert.equal(signed.status, 303);
  return signed.headers.getSetCookie()[0]?.split(';')[0] ?? first;
}
