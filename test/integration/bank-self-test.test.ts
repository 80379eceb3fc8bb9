/** The self-test: an authenticated bank is told what the platform understands of a message, and nothing is stored. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import supertest from 'supertest';
import { banks } from '../../src/commands/demo/organisations.ts';
import { BankMessageModel, InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import type { EntryPreview } from '../../src/models/inbox/preview.service.ts';
import { freshEntry, knock, signed, type BankMessage } from '../support/bank-message.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let secret = '';
let keyId = '';
const bankId = banks.investor;
before(async () => {
  web = await openTestWeb();
  const key = await web.platform.services.banks.issueKey(bankId, 'sysadmin');
  await web.platform.services.banks.activateKey(bankId, key.keyId, 'secadmin');
  [secret, keyId] = [key.secret ?? '', key.keyId];
});
after(async () => web.close());

interface Told {
  keyId: string;
  algorithm: string;
  skewMs: number;
  address: string;
  wouldAnswer: number;
  entries: EntryPreview[];
}
const message = (content: unknown, id: string = randomUUID()): BankMessage =>
  signed({ bankId, secret, id, body: typeof content === 'string' ? content : JSON.stringify(content) });
async function ask(sent: BankMessage): Promise<Told> {
  const before = await Promise.all([BankMessageModel.countDocuments(), InboxFlowModel.countDocuments()]);
  const answer = await knock(web.app, sent, { path: 'self-test' });
  assert.equal(answer.status, 200, answer.text);
  const afterwards = await Promise.all([BankMessageModel.countDocuments(), InboxFlowModel.countDocuments()]);
  assert.deepEqual(afterwards, before);
  return answer.body as Told;
}

test('it tells the key, the clock and the address, and each entry in normal form', async () => {
  const account = await web.platform.models.bankAccount.findOne({ bankId, state: 'CONFIRMED' }).lean();
  const own = account?.account ?? '';
  const entry = freshEntry({
    serialNo: ' ab-12 ',
    amountFen: undefined,
    amountYuan: '400000.00',
    payer: { account: `${own.slice(0, 4)} ${own.slice(4)}`, name: '', bankNo: '' },
  });
  const told = await ask(message({ selfTest: true, entries: [entry] }));
  assert.deepEqual([told.keyId, told.algorithm, told.wouldAnswer], [keyId, 'hmac-sha256', 202]);
  assert.ok(Math.abs(told.skewMs) < 60_000);
  assert.match(told.address, /127\.0\.0\.1/);
  const [first] = told.entries;
  assert.deepEqual([first?.wouldBe, first?.ownAccountRegistered], ['accepted', true]);
  assert.deepEqual(
    [first?.understood?.serialNo, first?.understood?.amountFen, first?.understood?.account],
    ['AB-12', '40000000', own],
  );
});

test('it tells what would be refused, and why', async () => {
  const known = freshEntry();
  const id = randomUUID();
  await knock(web.app, message({ entries: [known] }, id));
  const entries = [
    known,
    { ...known, amountFen: '999' },
    freshEntry({ amountFen: '1.5' }),
    freshEntry(),
    freshEntry({ status: 'INFO' }),
  ];
  const told = await ask(message({ entries }));
  assert.deepEqual(
    told.entries.map((one) => one.wouldBe),
    ['duplicate', 'conflict', 'quarantined', 'accepted', 'quarantined'],
  );
  assert.match(told.entries[2]?.reason ?? '', /amount/);
  assert.equal(told.entries[3]?.ownAccountRegistered, false);
  const pair = freshEntry();
  const twice = await ask(message({ entries: [pair, pair, { ...pair, amountFen: '7' }] }));
  assert.deepEqual(
    twice.entries.map((one) => one.wouldBe),
    ['accepted', 'duplicate', 'conflict'],
  );
  const answers = [
    message({ entries: [freshEntry()] }, id),
    message({ bankId: 'another', entries: [known] }),
    message({ entries: Array.from({ length: 501 }, () => known) }),
    message('{not json'),
  ];
  const would = await Promise.all(answers.map(async (one) => (await ask(one)).wouldAnswer));
  assert.deepEqual(would, [409, 403, 413, 202]);
});

test('what the self-test foretells is what the push then answers', async () => {
  const pending = freshEntry({ status: 'PDNG' });
  await knock(web.app, message({ entries: [pending] }));
  const booked = { ...pending, status: 'BOOK' };
  const entries = [
    booked,
    booked,
    freshEntry(),
    freshEntry({ currency: '' }),
    { ...pending, amountFen: '5' },
  ];
  const foretold = (await ask(message({ entries }))).entries.map((one) => one.wouldBe);
  const pushed = await knock(web.app, message({ entries }));
  const { results } = pushed.body as { results: { result: string }[] };
  assert.deepEqual(
    foretold,
    results.map((one) => one.result),
  );
  await web.settled();
});

test('whoever is not authentic is told nothing', async () => {
  const { headers, body } = message({ entries: [freshEntry()] });
  const answer = await knock(
    web.app,
    { headers: { ...headers, 'webhook-signature': 'v1,AAAA' }, body },
    { path: 'self-test' },
  );
  assert.equal(answer.status, 401);
  assert.ok(!('entries' in (answer.body as object)));
});

test('a bank asks about its own flow by a signed empty message; another bank’s flow is not there', async () => {
  const pushed = await knock(web.app, message({ entries: [freshEntry()] }));
  const flowId = (pushed.body as { results: { flowId: string }[] }).results[0]?.flowId ?? '';
  await web.settled();
  const ask = async (by: { bankId: string; secret: string }, id: string): Promise<supertest.Response> => {
    const { headers } = signed({ ...by, body: '' });
    return supertest(web.app)
      .get(`/api/v1/bank/flows/${encodeURIComponent(id)}`)
      .set(headers);
  };
  const told = await ask({ bankId, secret }, flowId);
  assert.equal(told.status, 200);
  assert.deepEqual(
    [(told.body as { flowId: string }).flowId, (told.body as { state: string }).state],
    [flowId, 'done'],
  );
  const other = await web.platform.services.banks.issueKey(banks.county, 'sysadmin');
  await web.platform.services.banks.activateKey(banks.county, other.keyId, 'secadmin');
  assert.equal((await ask({ bankId: banks.county, secret: other.secret ?? '' }, flowId)).status, 404);
  assert.equal((await ask({ bankId, secret: other.secret ?? '' }, flowId)).status, 401);
});
