/** Statements from a bank's own system: signed over the whole file, taken in at once, and nothing kept of what is not authentic. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import supertest from 'supertest';
import { banks } from '../../src/commands/demo/organisations.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { StatementModel } from '../../src/models/statement/statement.schema.ts';
import { fromElsewhere, openAttackedDoor, type AttackedDoor } from '../support/attacked-door.ts';
import { hmacOf } from '../support/bank-message.ts';
import { requestBytes, sendRaw } from '../support/raw-http.ts';
import { camt, csv, workbook, type SampleStatement } from '../support/statement-files.ts';

const path = '/api/v1/bank/statements';
let door: AttackedDoor;
let account = '';
before(async () => {
  door = await openAttackedDoor();
  const found = await door.web.platform.models.bankAccount
    .findOne({ orgId: 'pfd', state: 'CONFIRMED' })
    .lean();
  account = found?.account ?? '';
});
after(async () => door.close());

interface Sending {
  readonly type?: string;
  readonly id?: string;
  readonly bankId?: string;
  readonly headers?: Record<string, string>;
}
function headersOf(
  bytes: Buffer,
  { type = 'application/xml', id = randomUUID(), bankId = banks.investor }: Sending,
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), bytes]);
  return {
    'bank-id': bankId,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': hmacOf(door.secretOf(bankId), content),
    'content-type': type,
    ...fromElsewhere(),
  };
}
async function send(bytes: Buffer, sending: Sending = {}): Promise<supertest.Response> {
  return supertest(door.web.app)
    .post(path)
    .set({ ...headersOf(bytes, sending), ...sending.headers })
    .send(bytes);
}
const files = (): Promise<string[]> =>
  readdir(join(door.web.platform.config.dataDir, 'statements')).catch(() => []);
interface Told {
  readonly statementId: string;
  readonly state: string;
  readonly counts: Record<string, number>;
  readonly refusedRows: readonly { row: number; reason: string }[];
  readonly accounts: readonly { closingFen: string; proofs: readonly { ok: boolean }[] }[];
}
const told = (response: supertest.Response): Told => response.body as Told;

const sample = (serialNo: string, change: Partial<SampleStatement> = {}): SampleStatement => ({
  account,
  opening: '100.00',
  closing: '99.99',
  date: '2026-11-20',
  entries: [{ serialNo, direction: 'DBIT', yuan: '0.01', other: '5238000000000001' }],
  ...change,
});

test('camt.053, camt.054, CSV and a workbook are taken in without a person', async () => {
  const rows = [
    ['账号', account, '期初余额', '100.00', '期末余额', '99.99'],
    ['交易流水号', '交易日期', '借贷标志', '金额', '对方账号'],
    ['API-XLSX', '20261120', '借', { number: '0.01' }, '5238000000000001'],
  ];
  const sendings: [Buffer, Sending][] = [
    [Buffer.from(camt('053', 8, sample('API-053'))), {}],
    [Buffer.from(camt('054', 4, sample('API-054'))), { type: 'text/xml' }],
    [Buffer.from(csv(sample('API-CSV'))), { type: 'text/csv; charset=utf-8' }],
    [await workbook(rows), { type: 'application/octet-stream' }],
  ];
  for (const [bytes, sending] of sendings) {
    const response = await send(bytes, sending);
    assert.equal(response.status, 202, response.text);
    assert.equal(told(response).state, 'imported', response.text);
    assert.equal(told(response).counts.new, 1);
  }
  await door.web.settled();
  assert.equal(await InboxFlowModel.countDocuments({ serialNo: /^API-/, state: 'done' }), 4);
});

test('the same file again is the same statement, and the bank may ask what became of it', async () => {
  const bytes = Buffer.from(camt('053', 8, sample('API-053')));
  const [first, second] = [told(await send(bytes)), told(await send(bytes))];
  assert.equal(second.statementId, first.statementId);
  assert.deepEqual([second.state, second.accounts[0]?.closingFen], ['imported', '9999']);
  const ask = (bankId: string): supertest.Test =>
    supertest(door.web.app)
      .get(`${path}/${first.statementId}`)
      .set(headersOf(Buffer.alloc(0), { bankId }));
  assert.equal(told(await ask(banks.investor)).state, 'imported');
  assert.equal((await ask(banks.county)).status, 404, 'another bank sees nothing');
});

test('a file with one bad row is refused whole, row by row, and takes nothing', async () => {
  const wrong = sample('API-BAD', { closing: '5.00' });
  const unproven = told(await send(Buffer.from(camt('053', 8, wrong))));
  assert.equal(unproven.state, 'refused');
  assert.ok(unproven.accounts[0]?.proofs.some((proof) => !proof.ok));
  const entries = ['API-BAD', 'API-BAD2'].map((serialNo, at) => ({
    ...sample(serialNo).entries[0],
    yuan: `0.0${at}`,
  }));
  const bad = told(
    await send(Buffer.from(camt('053', 8, { ...wrong, entries: entries as SampleStatement['entries'] }))),
  );
  assert.deepEqual(
    [bad.state, bad.refusedRows[0]?.row, bad.refusedRows[0]?.reason],
    ['refused', 1, 'amount'],
  );
  assert.equal(await InboxFlowModel.countDocuments({ serialNo: /^API-BAD/ }), 0);
});

test('what is not authentic, too large or of another type is refused, and no byte of it is kept', async () => {
  const bytes = Buffer.from(camt('053', 8, sample('API-FORGED')));
  const [before, statements] = [await files(), await StatementModel.countDocuments()];
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(200) ^ 1, 200);
  const id = randomUUID();
  const cases: [string, Promise<supertest.Response>, number][] = [
    ['one bit flipped', supertest(door.web.app).post(path).set(headersOf(bytes, {})).send(flipped), 401],
    ["another bank's key", send(bytes, { headers: { 'bank-id': banks.county } }), 401],
    ['an unknown bank', send(bytes, { headers: { 'bank-id': 'nobody' } }), 401],
    ['JSON', send(bytes, { type: 'application/json' }), 415],
    ['compressed', send(bytes, { headers: { 'content-encoding': 'gzip' } }), 415],
    ['nothing', send(Buffer.alloc(0)), 422],
  ];
  for (const [what, response, status] of cases) assert.equal((await response).status, status, what);
  const announced = { ...headersOf(bytes, {}), 'content-length': String(70 * 1024 * 1024) };
  const large = await sendRaw(door.port, requestBytes(`POST ${path} HTTP/1.1`, announced, ''));
  assert.equal(large.status, 413);
  assert.deepEqual(await files(), before);
  assert.equal(await StatementModel.countDocuments(), statements);
  assert.equal((await send(bytes, { id })).status, 202);
  assert.equal(
    (await send(Buffer.concat([bytes, Buffer.from('\n')]), { id })).status,
    409,
    'same id, other file',
  );
});
