/** What is one's own through the API: home figures, search, notifications and sessions; nobody sees another's. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NotificationModel } from '../../src/models/notification/notification.schema.ts';
import { apiAs } from '../support/api-client.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

test('home, townships and search answer inside one’s own scope', async () => {
  const [county, other] = [await apiAs(web.app, 'cph-522634-1'), await apiAs(web.app, 'imp-522634-1')];
  const { id } = await web.project('ISSUED');
  const home = (await county.get('/home')).body as { todos: { key: string; count: number }[]; sums: object };
  assert.ok(home.todos.every((one) => one.count > 0));
  assert.match((home.sums as { planned: string }).planned, /^\d+$/);
  const places = (await county.get('/townships')).body as { items: { id: string }[] };
  assert.ok(places.items.length > 0 && places.items.every((one) => one.id.startsWith('522634')));
  const found = (await other.get(`/search?q=${id}`)).body as { exact: object };
  assert.deepEqual(found.exact, { kind: 'project', id, text: id });
  const elsewhere = await apiAs(web.app, 'cph-520526-1');
  assert.deepEqual(
    (({ exact, items }) => ({ exact, items }))((await elsewhere.get(`/search?q=${id}`)).body as never),
    { exact: null, items: [] },
  );
  assert.equal((await county.get('/search?q=')).status, 422);
});

test('notifications are one’s own: listed, read one by one and all at once', async () => {
  const [mine, others] = [await apiAs(web.app, 'plo-1'), await apiAs(web.app, 'pfd-1')];
  await NotificationModel.create(
    ['a', 'b'].map((one) => ({
      ...{ _id: `tx~${one}~plo-1`, userId: 'plo-1', type: 'project.closed', about: one, link: `/x/${one}` },
      ...{ block: 1, at: new Date(0), readAt: null },
    })),
  );
  const unread = async (): Promise<string[]> => {
    const { items } = (await mine.get('/notifications?state=unread&type=project.closed')).body as {
      items: { about: string }[];
    };
    return items.map((one) => one.about).sort();
  };
  assert.deepEqual(await unread(), ['a', 'b']);
  assert.equal((await others.post('/notifications/tx~a~plo-1/read', {})).status, 404);
  const read = await mine.post('/notifications/tx~a~plo-1/read', {});
  assert.deepEqual([read.status, (read.body as { result: object }).result], [201, { link: '/x/a' }]);
  assert.deepEqual(await unread(), ['b']);
  await mine.post('/notifications/read', {});
  assert.deepEqual(await unread(), []);
});

test('one’s sessions in browsers are listed and ended', async () => {
  await web.as('aud-2');
  const auditor = await apiAs(web.app, 'aud-2');
  const [one] = ((await auditor.get('/account/sessions')).body as { items: { id: string }[] }).items;
  assert.ok(one);
  await auditor.delete(`/account/sessions/${one.id}`, {});
  const { total } = (await auditor.get('/account/sessions')).body as { total: number };
  assert.equal(total, 0);
});
