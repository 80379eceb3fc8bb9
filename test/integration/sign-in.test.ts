/** Signing in: who gets in, who does not, and what ends a session. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { demoPassword } from '../../src/commands/demo/people.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

test('somebody who is not signed in is sent to the sign-in page', async () => {
  const response = await web.anonymous().get('/projects');
  assert.equal(response.status, 303);
  assert.equal(response.headers.location, '/sign-in?next=%2Fprojects');
});

test('a right password opens the home page with name, post and organisation', async () => {
  const person = await web.as('pfd-1');
  const page = await person.get('/');
  assert.equal(page.status, 200);
  assert.match(page.text, /省财政厅/);
  assert.match(page.text, /经办岗/);
});

test('a wrong password and an unknown name are refused with the same words', async () => {
  const [wrong, unknown] = [
    await web.anonymous().post('/sign-in', { username: 'pfd-2', password: 'not the password' }),
    await web.anonymous().post('/sign-in', { username: 'nobody', password: 'not the password' }),
  ];
  assert.deepEqual([wrong.status, unknown.status], [401, 401]);
  for (const response of [wrong, unknown]) assert.match(response.text, /用户名或密码不对/);
});

test('five wrong passwords lock the account, even for the right one', async () => {
  for (let tries = 0; tries < 5; tries += 1)
    await web.anonymous().post('/sign-in', { username: 'aud-1', password: 'wrong' });
  const response = await web.anonymous().post('/sign-in', { username: 'aud-1', password: demoPassword });
  assert.equal(response.status, 423);
  assert.match(response.text, /锁定/);
});

test('a form without its token is refused and writes nothing', async () => {
  const person = await web.as('plo-1');
  await person.get('/');
  const response = await person.post('/sign-out', { _csrf: 'forged' }, '/');
  assert.equal(response.status, 403);
  assert.equal((await person.get('/')).status, 200);
});

test('a disabled user loses access at the next request', async () => {
  const person = await web.as('lpf-2');
  assert.equal((await person.get('/')).status, 200);
  await web.platform.services.enrolment.disable('sysadmin', 'lpf-2', '调离岗位', 'disable-lpf-2');
  await web.settled();
  const response = await person.get('/');
  assert.equal(response.status, 303);
  assert.match(String(response.headers.location), /^\/sign-in/);
});

test('signing out ends the session on the server', async () => {
  const person = await web.as('plo-1');
  const response = await person.post('/sign-out', {}, '/');
  assert.equal(response.status, 303);
  assert.equal((await person.get('/')).status, 303);
});

test('every answer carries a request id and a policy that allows no inline script', async () => {
  const response = await web.anonymous().get('/sign-in');
  assert.match(String(response.headers['x-request-id']), /^[0-9a-f-]{36}$/);
  const policy = String(response.headers['content-security-policy']);
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-inline/);
});

test('while the read model is made anew nobody is signed out', async () => {
  const { connection, models } = web.platform;
  const browser = await web.as('pfd-2');
  const [checkpoints, users] = [connection.collection('checkpoints'), models.user.collection];
  const user = await users.findOne({ _id: 'pfd-2' } as never);
  assert.ok(user);
  await checkpoints.updateMany({}, { $set: { state: 'rebuilding', updatedAt: new Date() } });
  await users.deleteOne({ _id: 'pfd-2' } as never);
  assert.equal((await browser.get('/')).status, 503);
  await users.insertOne(user);
  await checkpoints.updateMany({}, { $set: { state: 'following' } });
  assert.equal((await browser.get('/')).status, 200);
});
