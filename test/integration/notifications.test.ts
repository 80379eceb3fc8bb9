/** Notifications: who is told of an event, once, only inside his scope, live; and marking them as read. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { demoPassword } from '../../src/commands/demo/people.ts';
import { tellEvents } from '../../src/jobs/notification.job.ts';
import {
  NotificationCursorModel,
  NotificationModel,
} from '../../src/models/notification/notification.schema.ts';
import { paths } from '../../src/paths.ts';
import { openStream } from '../support/live-stream.ts';
import { hiddenFields } from '../support/form-browser.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let server: Server;
before(async () => {
  web = await openTestWeb();
  server = createServer(web.app).listen(0, '127.0.0.1');
});
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await web.close();
});

/** Waits until every event of the ledger has been told. */
async function told(): Promise<void> {
  await web.settled();
  const shown = await web.platform.height.current();
  for (let tries = 0; tries < 1_000; tries += 1) {
    const cursor = await NotificationCursorModel.findById(web.platform.config.channel).lean();
    if ((cursor?.nextBlock ?? 0) >= shown) return;
    await delay(20);
  }
  throw new Error('the events were not told');
}

async function rowsOf(filter: object): Promise<string[]> {
  const rows = await NotificationModel.find(filter).sort({ at: 1, _id: 1 }).lean();
  return rows.map((one) => `${one.userId} ${one.type}`).sort();
}

test('each step of an application tells those who are next and the applicant, never the one who acted', async () => {
  const project = await web.project('COUNTERSIGNED');
  await told();
  assert.deepEqual(await rowsOf({ about: project.id }), [
    'cph-522634-1 project.checked',
    'cph-522634-1 project.countersigned',
    'cph-522634-2 project.applied',
    'lfb-5226-2 project.checked',
    'lfb-522634-2 project.checked',
    'plo-2 project.countersigned',
  ]);
});

test('a payment is told to payer and payee alone; a county learns nothing of another', async () => {
  const { draftId } = await web.project('ISSUED');
  const project = await web.project('RAISED');
  await told();
  const ofF1 = await rowsOf({ about: `${project.draftId ?? ''} F1`, type: 'leg.matched' });
  // Who completed the match, by registering, knows; when the bank's flow came last, the payer is told too.
  assert.deepEqual(
    ofF1.filter((one) => one !== 'pfd-1 leg.matched'),
    ['lpf-1 leg.matched'],
  );
  const issued = await rowsOf({ about: draftId, type: 'draft.issued' });
  assert.ok(issued.includes('imp-522634-1 draft.issued') && issued.includes('bank-qs-1 draft.issued'));
  assert.deepEqual(
    await rowsOf({ userId: /520526/, type: /^(project|draft|leg|milestone|redemption|alert)/ }),
    [],
  );
});

test('an event is told once, also when it is told again by several at once', async () => {
  await told();
  const before = await NotificationModel.countDocuments();
  const [row] = await NotificationModel.find({ type: 'draft.issued' }).limit(1).lean();
  const at = new Date('2026-01-01T00:00:00Z');
  await NotificationModel.updateOne({ _id: row?._id ?? '' }, { $set: { readAt: at } });
  await NotificationCursorModel.deleteMany({});
  const news = await Promise.all([1, 2, 3].map(async () => tellEvents(web.platform)));
  assert.deepEqual(news, [0, 0, 0]);
  assert.equal(await NotificationModel.countDocuments(), before);
  const kept = await NotificationModel.findById(row?._id ?? '').lean();
  assert.deepEqual(kept?.readAt, at);
  await NotificationModel.updateOne({ _id: row?._id ?? '' }, { $set: { readAt: null } });
});

test('every page says how many are unread; opening, marking one and marking all count down', async () => {
  await told();
  const browser = await web.as('pfd-1');
  const unread = async (path: string): Promise<number> =>
    Number(/消息 (\d+) 条未读/.exec((await browser.get(path)).text)?.[1]);
  const all = await NotificationModel.countDocuments({ userId: 'pfd-1' });
  assert.ok(all >= 3, `${all} notifications`);
  for (const path of [paths.home, paths.drafts, paths.help, paths.notifications])
    assert.equal(await unread(path), all, path);
  const rows = await NotificationModel.find({ userId: 'pfd-1' }).lean();
  const [first, second] = rows;
  const opened = await browser.get(paths.notification(first?._id ?? ''));
  assert.equal(opened.headers.location, first?.link);
  assert.equal((await browser.get(first?.link ?? '')).status, 200);
  assert.equal(await unread(paths.home), all - 1);
  await browser.post(`${paths.notification(second?._id ?? '')}/read`, {}, paths.notifications);
  assert.equal(await unread(paths.home), all - 2);
  const list = await browser.get(`${paths.notifications}?state=unread`);
  assert.match(list.text, new RegExp(`共 ${all - 2} 条`));
  await browser.post(`${paths.notifications}/read`, {}, paths.notifications);
  assert.equal(await unread(paths.home), 0);
  assert.match((await browser.get(`${paths.notifications}?state=unread`)).text, /没有消息/);
});

test("nobody opens or marks another's notification", async () => {
  const row = await NotificationModel.findOne({ userId: 'lpf-1', type: 'leg.matched' }).lean();
  const stranger = await web.as('cph-520526-1');
  assert.equal((await stranger.get(paths.notification(row?._id ?? ''))).status, 404);
  const marked = await stranger.post(`${paths.notification(row?._id ?? '')}/read`, {}, paths.notifications);
  assert.equal(marked.status, 404);
  assert.equal((await NotificationModel.findById(row?._id ?? '').lean())?.readAt, null);
  const { text } = await stranger.get(paths.notifications);
  assert.doesNotMatch(text, new RegExp(row?.about ?? ''));
});

test('a new notification arrives live, at those it is for', async () => {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const checker = await openStream(`${origin}${paths.live}`, {
    cookie: await cookieOf(origin, 'cph-522634-2'),
  });
  const other = await openStream(`${origin}${paths.live}`, {
    cookie: await cookieOf(origin, 'cph-520526-2'),
  });
  await web.project('SUBMITTED');
  await checker.until('notice');
  await told();
  await other.until('height');
  assert.ok(!other.topics.includes('notice'));
  checker.close();
  other.close();
});

test('operators see the queue', async () => {
  const { text } = await (await web.as('sysadmin')).get(paths.operations);
  assert.match(text, /消息通知/);
});

async function cookieOf(origin: string, userId: string): Promise<string> {
  const page = await fetch(`${origin}${paths.signIn}`);
  const first = page.headers.getSetCookie().map((one) => one.split(';')[0]);
  const body = new URLSearchParams({
    ...hiddenFields(await page.text()),
    username: userId,
    password: demoPassword,
  });
  const signedIn = await fetch(`${origin}${paths.signIn}`, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: { cookie: first.join('; ') },
  });
  const set = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]);
  return (set.length > 0 ? set : first).join('; ');
}
