/** Statements through the pages: what the push forgot is found and matched, what it had and the statement has not is told, and nothing is taken by halves. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Draft, Leg } from '#kernel/records/draft.ts';
import { banks } from '../../src/commands/demo/organisations.ts';
import { legOf, personWith, register } from '../../src/commands/demo/world.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import {
  StatementModel,
  StatementRowModel,
  type Statement,
} from '../../src/models/statement/statement.schema.ts';
import { SystemAlertModel } from '../../src/models/system-alert/system-alert.schema.ts';
import { paths } from '../../src/paths.ts';
import { camt, csv, type SampleEntry, type SampleStatement } from '../support/statement-files.ts';
import { entryOfLeg, openTestWeb, type TestWeb } from '../support/web.ts';

type Browser = Awaited<ReturnType<TestWeb['as']>>;

let web: TestWeb;
let draft: Draft;
let leg: Leg;
let clerk: Browser;
let checker: Browser;
before(async () => {
  web = await openTestWeb();
  const { draftId } = await web.project('ISSUED');
  draft = await web.world.draft(draftId ?? '');
  leg = legOf(draft, 'F1');
  clerk = await web.as(personWith(banks.investor, 'handle', 'bank-investor').userId);
  checker = await web.as(personWith(banks.investor, 'check', 'bank-investor').userId);
});
after(async () => web.close());

const yuan = (fen: string): string => `${fen.slice(0, -2)}.${fen.slice(-2)}`;
const paid = (serialNo: string, change: Partial<SampleEntry> = {}): SampleEntry => ({
  serialNo,
  direction: 'DBIT',
  yuan: yuan(leg.amountFen),
  other: leg.payee.account,
  otherName: leg.payee.name,
  ...change,
});
const fee: SampleEntry = { serialNo: 'FEE-0001', direction: 'DBIT', yuan: '2.50', other: '', memo: '手续费' };

/** A statement of the leg's payer whose balances agree with its entries. */
function statementOf(
  entries: readonly SampleEntry[],
  change: Partial<SampleStatement> = {},
): SampleStatement {
  const fenOf = (text: string): bigint => BigInt(text.replace('.', ''));
  const sum = entries.reduce(
    (total, one) => total + (one.direction === 'CRDT' ? 1n : -1n) * fenOf(one.yuan),
    0n,
  );
  const opening = 10_000_000_000n;
  return {
    account: leg.payer.account,
    opening: yuan(opening.toString()),
    closing: yuan((opening + sum).toString()),
    date: web.world.today,
    entries,
    ...change,
  };
}

async function bring(
  who: Browser,
  text: string,
  name = 'day.xml',
  fields: Record<string, string> = {},
): Promise<Statement> {
  const response = await who.upload(paths.statements, fields, { name, text }, paths.statements);
  assert.equal(response.status, 303, response.text.slice(0, 2000));
  const id = decodeURIComponent(String(response.headers.location).split('/').at(-1) ?? '');
  return load(id);
}

async function load(id: string): Promise<Statement> {
  const found = await StatementModel.findById(id).lean<Statement>();
  assert.ok(found);
  return found;
}

test('the push forgot a registered payment: the statement brings it, a second person confirms, the leg is matched', async () => {
  const serialNo = 'S20261120000001';
  await register(web.world, draft, 'F1', { serialNo, bankId: banks.investor, bookingDate: web.world.today });
  const pushed = entryOfLeg(draft, 'F1', { serialNo: 'P-PUSHED-1', bookingDate: web.world.today });
  const lost = entryOfLeg(draft, 'F1', { serialNo: 'P-PUSHED-2', bookingDate: web.world.today });
  await web.push(banks.investor, [pushed, lost]);
  await web.settled();
  const text = camt('053', 8, statementOf([paid(serialNo), paid('P-PUSHED-1'), fee]));
  const statement = await bring(clerk, text);
  assert.equal(statement.state, 'ready', JSON.stringify(statement.fault));
  assert.deepEqual(statement.counts, { new: 1, known: 1, status: 0, conflict: 0, own: 1, refused: 0 });
  assert.deepEqual(statement.sections[0]?.missing, [
    [banks.investor, leg.payer.account, 'DBIT', web.world.today, 'P-PUSHED-2', '0'].join('~'),
  ]);
  assert.equal(await InboxFlowModel.countDocuments({ serialNo }), 0, 'a preview takes nothing');
  const page = await clerk.get(paths.statement(statement._id));
  for (const word of ['推送遗漏，新增', 'P-PUSHED-2', '同一人', '2.50'])
    assert.ok(page.text.includes(word) || word === '同一人', word);
  const own = await clerk.post(`${paths.statement(statement._id)}/confirm`, {}, paths.statements);
  assert.equal(own.status, 403, 'who brought it does not confirm it');
  const confirmed = await checker.post(
    `${paths.statement(statement._id)}/confirm`,
    {},
    paths.statement(statement._id),
  );
  assert.equal(confirmed.status, 303);
  await web.settled();
  assert.equal((await load(statement._id)).state, 'imported');
  const matched = await web.platform.models.leg.findById(`${draft.DraftID}~F1`).lean();
  assert.equal(matched?.state, 'MATCHED');
  const kept = await InboxFlowModel.findOne({ serialNo }).lean();
  assert.match(kept?.deliveries[0]?.messageId ?? '', /^statement~/);
  const flow = await web.platform.models.flow.findOne({ serialNo }).lean();
  assert.equal(flow?.record.flow.rawHash, statement.sha256, 'the file is the raw message');
  await assertSources(flow._id);
  const desk = (await clerk.get(paths.reconciliation)).text;
  assert.match(desk, /黔山银行[\s\S]*推送遗漏（30 日）[\s\S]*>1 笔</, 'the desk counts what the push forgot');
  const alert = await SystemAlertModel.findOne({ rule: 'E10', subject: /P-PUSHED-2/ }).lean();
  assert.equal(alert?.level, 'red');
});

test('the same statement again, as another file and in another format, changes nothing', async () => {
  const rows = [paid('S20261120000001'), paid('P-PUSHED-1')];
  const { height } = await web.platform.ledger.info();
  const flows = await InboxFlowModel.find().sort({ _id: 1 }).lean();
  for (const text of [camt('053', 2, statementOf(rows)), csv(statementOf(rows))]) {
    const statement = await bring(clerk, text, 'again.csv');
    assert.deepEqual(statement.counts, { new: 0, known: 2, status: 0, conflict: 0, own: 0, refused: 0 });
    const confirmed = await checker.post(
      `${paths.statement(statement._id)}/confirm`,
      {},
      paths.statement(statement._id),
    );
    assert.equal(confirmed.status, 303);
  }
  await web.settled();
  assert.equal((await web.platform.ledger.info()).height, height);
  assert.deepEqual(await InboxFlowModel.find().sort({ _id: 1 }).lean(), flows);
});

test('other content on a pushed key is a conflict: told before, kept and alerted after', async () => {
  const statement = await bring(clerk, camt('053', 6, statementOf([paid('P-PUSHED-1', { yuan: '1.00' })])));
  assert.equal(statement.counts.conflict, 1);
  await checker.post(`${paths.statement(statement._id)}/confirm`, {}, paths.statement(statement._id));
  await web.settled();
  const alert = await web.platform.models.alert.findOne({ rule: 'A07', serialNo: 'P-PUSHED-1' }).lean();
  assert.equal(alert?.level, 'red');
});

const refusals: [string, () => string, string][] = [
  [
    'one row that cannot be read',
    () => camt('053', 8, statementOf([paid('N-000001'), paid('N-000002', { yuan: '1.001' })])),
    'amount',
  ],
  ['the same key twice', () => camt('053', 8, statementOf([paid('N-000001'), paid('N-000001')])), 'twice'],
  [
    'an account that is not registered',
    () => camt('053', 8, statementOf([paid('N-000001')], { account: '99999999' })),
    'accountUnknown',
  ],
  ['a spoilt serial', () => csv(statementOf([paid('6.2E+18')])), 'serialForm'],
];
for (const [what, text, reason] of refusals) {
  test(`all or nothing: ${what} refuses the whole`, async () => {
    const statement = await bring(clerk, text(), 'x');
    assert.equal(statement.state, 'refused');
    const row = await StatementRowModel.findOne({ statementId: statement._id, state: 'refused' }).lean();
    assert.equal(row?.reason, reason);
    const page = await clerk.get(`${paths.statement(statement._id)}?state=refused`);
    assert.match(page.text, /整份未入账/);
    const tried = await checker.post(`${paths.statement(statement._id)}/confirm`, {}, paths.statements);
    assert.equal(tried.status, 409);
    assert.equal(await InboxFlowModel.countDocuments({ serialNo: /^N-/ }), 0);
  });
}

test('a balance that does not follow from the rows refuses the whole and shows both values', async () => {
  const statement = await bring(clerk, camt('053', 8, statementOf([paid('N-000003')], { closing: '1.00' })));
  assert.equal(statement.state, 'refused');
  const page = await clerk.get(paths.statement(statement._id));
  assert.match(page.text, /期初 \+ 贷方 − 借方 = 期末/);
  assert.match(page.text, /✗/);
});

test('XML bombs and foreign entities are refused, and nothing is read', async () => {
  for (const prolog of ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">']) {
    const statement = await bring(clerk, camt('053', 8, statementOf([paid('N-000004')], { prolog })));
    assert.deepEqual([statement.state, statement.fault?.reason], ['refused', 'doctype']);
    assert.equal(await StatementRowModel.countDocuments({ statementId: statement._id }), 0);
  }
});

test('a path in the file name leads nowhere, and a formula in a memo leaves as text', async () => {
  const rows = [paid('P-PUSHED-1', { otherName: '=HYPERLINK("http://x")', memo: '@SUM(A1)' })];
  const statement = await bring(clerk, camt('053', 8, statementOf(rows)), '../../../etc/passwd.xml');
  assert.ok(!/[/\\]/.test(statement.fileName), statement.fileName);
  const broken = await clerk.upload(
    paths.statements,
    {},
    { name: 'a\u0000.xml', text: 'x' },
    paths.statements,
  );
  assert.equal(broken.status, 422);
  const folder = join(web.platform.config.dataDir, 'statements');
  assert.ok((await readdir(folder)).every((name) => /^[0-9a-f]{64}$/.test(name)));
  const exported = await clerk.get(`${paths.statement(statement._id)}/rows.csv`);
  assert.equal(exported.status, 200);
  assert.match(exported.text, /"'=HYPERLINK\(""http:\/\/x""\)",'@SUM\(A1\)/);
});

test('an account owner compares and takes nothing in; strangers see nothing', async () => {
  const finance = await web.as(personWith('pfd', 'handle').userId);
  const text = camt('053', 8, statementOf([paid('OWN-00001')]));
  const missing = await finance.upload(
    paths.statements,
    { account: '' },
    { name: 'a.xml', text },
    paths.statements,
  );
  assert.equal(missing.status, 422);
  const statement = await bring(finance, text, 'own.xml', { account: leg.payer.account });
  assert.equal(statement.state, 'compared');
  assert.equal(statement.counts.new, 1);
  assert.equal(await InboxFlowModel.countDocuments({ serialNo: 'OWN-00001' }), 0);
  const tried = await checker.post(`${paths.statement(statement._id)}/confirm`, {}, paths.statements);
  assert.equal(tried.status, 403);
  const stranger = await web.as(personWith('cpc-520526', 'handle').userId);
  assert.equal((await stranger.get(paths.statement(statement._id))).status, 404);
  const administrator = await web.as('sysadmin');
  assert.equal((await administrator.get(paths.statements)).status, 403);
});

test('a reading that a crash broke off begins again, a delivery goes on, each row once', async () => {
  const entries = Array.from({ length: 520 }, (_, at) =>
    paid(`CR-${String(at).padStart(6, '0')}`, { yuan: '0.01' }),
  );
  const { statements } = web.platform.services;
  const brought = {
    bankId: banks.investor,
    orgId: banks.investor,
    source: 'bank',
    fileName: 'a',
    account: '',
  } as const;
  const bytes = Buffer.from(camt('053', 8, statementOf(entries)));
  const { _id } = await statements.receive({ ...brought, userId: 'one' }, [
    bytes,
  ] as unknown as AsyncIterable<Uint8Array>);
  await StatementRowModel.create({ _id: `${_id}~000001`, statementId: _id, row: 1, state: 'new', fen: 1n });
  await statements.work(_id);
  assert.equal((await load(_id)).counts.new, 520);
  await statements.confirm(_id, { userId: 'two', orgId: banks.investor });
  await statements.work(_id);
  // As if the process had died before it wrote down that the last rows were taken.
  await StatementRowModel.updateMany({ statementId: _id, row: { $gt: 500 } }, { $set: { result: null } });
  await StatementModel.updateOne({ _id }, { $set: { state: 'confirmed' } });
  await statements.work(_id);
  const done = await load(_id);
  assert.deepEqual([done.state, done.taken], ['imported', 520]);
  assert.equal(await InboxFlowModel.countDocuments({ serialNo: /^CR-/ }), 520);
  const flows = await InboxFlowModel.find({ serialNo: /^CR-/ }, { deliveries: 1 }).lean();
  assert.ok(flows.every((one) => one.deliveries.length === 1));
  await web.settled();
});

/** The pages of the flow, its draft and its trace say that a statement brought it, and who; the pushed one says so, too. */
async function assertSources(found: string): Promise<void> {
  const people = [
    personWith(banks.investor, 'handle', 'bank-investor'),
    personWith(banks.investor, 'check', 'bank-investor'),
  ];
  const told = new RegExp(`由对账单补入.*${people.map((one) => one.name).join('.*')}`);
  for (const path of [paths.flow(found), `/trace?draft=${draft.DraftID}&edge=${draft.DraftID}~F1`])
    assert.match((await clerk.get(path)).text, told, path);
  assert.match((await clerk.get(paths.draft(draft.DraftID))).text, told);
  const pushed = await InboxFlowModel.findOne({ serialNo: 'P-PUSHED-1' }).lean();
  assert.match((await clerk.get(paths.flow(pushed?._id ?? ''))).text, /银行推送：/);
}
