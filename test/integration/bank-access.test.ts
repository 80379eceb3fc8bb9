/** From where and how often a bank may call, with which certificate, and what its clock does. */
import assert from 'node:assert/strict';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { banks } from '../../src/commands/demo/organisations.ts';
import { expiringCertificates } from '../../src/jobs/watch.job.ts';
import { createPushLimits } from '../../src/middleware/push-limits.ts';
import { BankClockModel, BankModel } from '../../src/models/bank/bank.schema.ts';
import { SystemAlertModel } from '../../src/models/system-alert/system-alert.schema.ts';
import { knock, signed } from '../support/bank-message.ts';
import { testAuthority } from '../support/client-certificates.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
const bankId = banks.county;
const key = { secret: '' };
before(async () => {
  web = await openTestWeb({ CLIENT_CERTIFICATE_HEADER: 'X-Client-Certificate' });
  const issued = await web.platform.services.banks.issueKey(bankId, 'sysadmin');
  await web.platform.services.banks.activateKey(bankId, issued.keyId, 'secadmin');
  key.secret = issued.secret ?? '';
});
after(async () => web.close());

let address = 0;
/** Every knock from an address of its own, so that failures of one test block no other. */
async function statusOf(more: Record<string, string> = {}): Promise<number> {
  address += 1;
  const from = { 'x-forwarded-for': `198.51.100.${address}`, ...more };
  return (await knock(web.app, signed({ bankId, ...key }), { more: from })).status;
}

function setAccess(change: object): Promise<void> {
  const access = { addresses: [], certificate: null, ratePerSecond: null, ...change };
  return web.platform.services.banks.setAccess(bankId, 'secadmin', access);
}

test('allow-list: the address behind the trusted proxy counts, never the left-most one', async () => {
  await setAccess({ addresses: ['203.0.113.0/24', '2001:db8::/32'] });
  const from = (forwarded: string): Promise<number> => statusOf({ 'x-forwarded-for': forwarded });
  assert.equal(await from('203.0.113.9'), 202);
  assert.equal(await from('2001:db8::7'), 202);
  assert.equal(await from('198.51.100.200'), 401);
  assert.equal(await from('203.0.113.9, 198.51.100.201'), 401, 'the client wrote the left-most');
  await setAccess({});
});

test('client certificate from the trusted proxy: of the bank’s authority, name and time, or 401', async () => {
  const [ours, others] = [await testAuthority('bank authority'), await testAuthority('bank authority')];
  await setAccess({ certificate: { caPem: ours.certificate, commonName: 'push.bank' } });
  const shows = async (certificate: string): Promise<number> =>
    statusOf({ 'x-client-certificate': encodeURIComponent(certificate) });
  const of = async (...given: Parameters<typeof ours.issue>): Promise<number> =>
    shows((await ours.issue(...given)).certificate);
  assert.equal(await statusOf(), 401, 'none');
  assert.equal(await of('push.bank'), 202);
  assert.equal(await of('push.bank.evil'), 401);
  assert.equal(await of('push.bank', { from: -5, until: -1 }), 401, 'ended');
  assert.equal(await of('push.bank', { from: 1, until: 5 }), 401, 'not yet');
  assert.equal(await shows((await others.issue('push.bank')).certificate), 401, 'same name, other authority');
  assert.equal(await shows('nonsense'), 401);
  await setAccess({});
});

test('a client certificate that ends soon is told, anew as the end comes nearer', async () => {
  for (const [days, urgency, level] of [
    [20, 30, 'reminder'],
    [10, 14, 'yellow'],
    [3, 7, 'red'],
  ] as const) {
    const certificateEndsAt = new Date(Date.now() + days * 86_400_000);
    await BankModel.updateOne({ _id: bankId }, { $set: { certificateEndsAt } });
    await expiringCertificates(web.platform);
    const alert = await SystemAlertModel.findOne({ rule: 'E06', subject: `${bankId}~${urgency}` }).lean();
    assert.equal(alert?.level, level);
  }
});

test('client certificate shown to the platform’s own TLS', async () => {
  const authority = await testAuthority('direct authority');
  const [server, client] = [await authority.issue('localhost'), await authority.issue('direct.bank')];
  await setAccess({ certificate: { caPem: authority.certificate, commonName: 'direct.bank' } });
  const { certificate: cert, key: privateKey } = server;
  const tls = createServer(
    { cert, key: privateKey, ca: authority.certificate, requestCert: true, rejectUnauthorized: false },
    web.app,
  );
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  const { port } = tls.address() as AddressInfo;
  const post = (shown: { cert?: string; key?: string }): Promise<number> => {
    const { headers, body } = signed({ bankId, secret: key.secret });
    const options = { method: 'POST', port, host: '127.0.0.1', rejectUnauthorized: false, agent: false };
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, ...shown, path: '/api/v1/bank/flows', headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      });
      sent.once('error', reject).end(body);
    });
  };
  assert.equal(await post({ cert: client.certificate, key: client.key }), 202);
  assert.equal(await post({}), 401);
  await new Promise((resolve) => tls.close(resolve));
  await setAccess({});
});

test('a bank’s own rate is kept', async () => {
  await setAccess({ ratePerSecond: 1 });
  const statuses = await Promise.all(Array.from({ length: 30 }, () => statusOf()));
  assert.ok(statuses.includes(202) && statuses.includes(429), statuses.join(' '));
  await setAccess({});
});

test('processes share one count of a bank’s messages, also when they take it in portions', async () => {
  const limits = { perSecond: 40, burst: 40 };
  const [one, other] = [
    createPushLimits(web.platform.redisGuard, limits),
    createPushLimits(web.platform.redisGuard, limits),
  ];
  const taken = [0, 0];
  const exhausted = async (): Promise<boolean> => {
    const waits = [await one.message('bank-shared', null), await other.message('bank-shared', null)];
    for (const [at, wait] of waits.entries()) if (wait === 0) taken[at] = (taken[at] ?? 0) + 1;
    return waits.every((wait) => wait > 0);
  };
  let tries = 0;
  while (!(await exhausted())) assert.ok((tries += 1) < 5_000, 'never refused');
  assert.ok(taken.every((count) => count > 0));
  assert.equal(await one.message('bank-unrelated', null), 0);
});

test('the bank’s clock is sampled from its messages, and the page warns when it is off', async () => {
  assert.ok(((await BankClockModel.findById(bankId).lean())?.samples.length ?? 0) > 0);
  const page = await (await web.as('sysadmin')).get(`/banks/${bankId}`);
  assert.doesNotMatch(page.text, /请银行校时/);
  const samples = Array.from({ length: 12 }, (_, at) => ({
    at: new Date(Date.now() - at * 300_000),
    skewMs: 90_000,
  }));
  await BankClockModel.updateOne({ _id: bankId }, { $set: { samples } });
  const warned = await (await web.as('sysadmin')).get(`/banks/${bankId}`);
  assert.match(warned.text, /相差超过 60 秒，请银行校时/);
});
