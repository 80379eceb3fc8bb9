/** The picture of money: of a draft that was cancelled before anything was paid it shows what had been planned. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { personWith } from '../../src/commands/demo/world.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(() => web.close());

test('the trace that a cancelled draft links to is there, with nothing proven', async () => {
  const { draftId } = await web.project('ISSUED');
  assert.ok(draftId);
  for (const post of ['check', 'decide'] as const) {
    const call = { contract: 'draft', fn: 'cancel', args: { DraftID: draftId, reason: '项目终止。' } };
    await web.world.submit(personWith('plo', post), { ...call, key: `cancel-${post}-${draftId}` });
  }
  await web.settled();
  const auditor = await web.as('aud-1');
  const draft = await auditor.get(`/drafts/${draftId}`);
  assert.match(draft.text, /\/trace\?/);
  const trace = await auditor.get(`/trace?key=${draftId}`);
  assert.equal(trace.status, 200);
  assert.match(trace.text, /黔扶产业基金有限合伙公司/);
  assert.equal((await auditor.get('/trace?key=SZHP-520000-20200101-00000001-1')).status, 404);
});
