/** Keys of a bank given in two hands, rotated with an overlap and revoked at once. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sm2 } from 'sm-crypto-v2';
import { banks } from '../../src/commands/demo/organisations.ts';
import { BankDoor } from '../../src/models/bank/bank-door.service.ts';
import { announceBankChange, onBankChange } from '../../src/models/bank/bank-changes.ts';
import { BankModel } from '../../src/models/bank/bank.schema.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { createSealer } from '../../src/sealer.ts';
import { apiAs } from '../support/api-client.ts';
import { hmacOf, knock, signed, type Signing } from '../support/bank-message.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

const bankId = banks.county;
let address = 0;
/** Every knock from an address of its own, so that failures of one test block no other. */
async function statusOf(signing: Partial<Signing>, more: Record<string, string> = {}): Promise<number> {
  address += 1;
  const from = { 'x-forwarded-for': `198.51.100.${address}`, ...more };
  return (await knock(web.app, signed({ bankId, ...signing }), { more: from })).status;
}
async function newKey(material: object = {}): Promise<{ keyId: string; secret: string }> {
  const issued = await web.platform.services.banks.issueKey(bankId, 'sysadmin', material);
  return { keyId: issued.keyId, secret: issued.secret ?? '' };
}
async function liveKey(material: object = {}): Promise<{ keyId: string; secret: string }> {
  const key = await newKey(material);
  await web.platform.services.banks.activateKey(bankId, key.keyId, 'secadmin');
  return key;
}

test('a key opens nothing before a second person has activated it, and not the person who issued it', async () => {
  const key = await newKey();
  assert.equal(await statusOf(key), 401);
  const { banks: service } = web.platform.services;
  await assert.rejects(service.activateKey(bankId, key.keyId, 'sysadmin'), { code: 'SAME_PERSON' });
  await service.activateKey(bankId, key.keyId, 'secadmin');
  assert.equal(await statusOf(key), 202);
  await assert.rejects(service.activateKey(bankId, key.keyId, 'secadmin'), { code: 'WRONG_STATE' });
});

test('keys of all three algorithms are live side by side, and the one that was used is told', async () => {
  const ed25519 = generateKeyPairSync('ed25519');
  const publicKey = Buffer.from(ed25519.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const pair = sm2.generateKeyPairHex();
  await liveKey({ publicKey: publicKey.toString('base64') });
  const used = await liveKey({ publicKey: pair.publicKey });
  const signSm2 = (content: Buffer): string =>
    `sm2,${Buffer.from(sm2.doSignature(content, pair.privateKey, { hash: true, der: true }), 'hex').toString('base64')}`;
  const signEd25519 = (content: Buffer): string =>
    `v1a,${sign(null, content, ed25519.privateKey).toString('base64')}`;
  assert.equal(await statusOf({ sign: signEd25519 }), 202);
  const told = await knock(web.app, signed({ bankId, sign: signSm2 }), { path: 'self-test' });
  assert.deepEqual(
    [told.status, (told.body as { keyId: string }).keyId, (told.body as { algorithm: string }).algorithm],
    [200, used.keyId, 'sm2-sm3'],
  );
});

test('rotation: old and new key are live through the overlap, then the new one alone', async () => {
  const old = await liveKey();
  const fresh = await liveKey({ overlapHours: 24 });
  assert.deepEqual([await statusOf(old), await statusOf(fresh)], [202, 202]);
  const both = (content: Buffer): string => `${hmacOf(old.secret, content)} ${hmacOf(fresh.secret, content)}`;
  assert.equal(await statusOf({ sign: both }), 202);
  const stored = await BankModel.findById(bankId).lean();
  const endsAt = stored?.keys.find((key) => key.keyId === old.keyId)?.endsAt?.getTime() ?? 0;
  assert.ok(Math.abs(endsAt - Date.now() - 24 * 3_600_000) < 600_000);
  let now = endsAt - 1;
  const door = doorAt(() => new Date(now));
  const opens = async ({ secret }: { secret: string }): Promise<boolean> => {
    const { headers, body } = signed({ bankId, secret, timestamp: Math.floor(now / 1000) });
    return (await door.authenticate(knockOf(headers, body))) !== null;
  };
  assert.deepEqual([await opens(old), await opens(fresh)], [true, true]);
  now = endsAt;
  assert.deepEqual([await opens(old), await opens(fresh)], [false, true]);
});

test('another process learns of a revocation by the word of it, and by itself within half a second', async () => {
  const key = await liveKey();
  const { headers, body } = signed({ bankId, secret: key.secret });
  let now = Date.now();
  const other = doorAt(() => new Date(now));
  const told = Promise.withResolvers<string>();
  onBankChange(web.platform.redis, (id) => {
    if (id !== bankId) return;
    other.forget(id);
    told.resolve(id);
  });
  const deaf = doorAt(() => new Date(now));
  const opens = async (door: BankDoor): Promise<boolean> =>
    (await door.authenticate(knockOf(headers, body))) !== null;
  assert.deepEqual([await opens(other), await opens(deaf)], [true, true]);
  await subscribed(web);
  const began = performance.now();
  await web.platform.services.banks.revokeKey(bankId, key.keyId, 'secadmin');
  assert.equal(await statusOf(key), 401, 'the process that revoked it');
  assert.equal(await told.promise, bankId);
  assert.equal(await opens(other), false);
  console.info(`revocation heard by another process after ${(performance.now() - began).toFixed(1)} ms`);
  assert.equal(await opens(deaf), true, 'remembered, and nobody told it');
  now += 500;
  assert.equal(await opens(deaf), false, 'nothing is remembered for longer');
});

test('through the JSON API: issue, list without the secret, activate by another person, revoke', async () => {
  const [system, security] = [await apiAs(web.app, 'sysadmin'), await apiAs(web.app, 'secadmin')];
  const path = `/banks/${bankId}/keys`;
  const issued = await system.post(path, { overlapHours: 168 });
  const { secret, result } = issued.body as { secret: string; result: { keyId: string } };
  assert.match(secret, /^whsec_/);
  const again = await system.get(path);
  assert.ok(!again.text.includes(secret));
  assert.equal((await system.post(`${path}/${result.keyId}/activate`, {})).status, 403);
  assert.equal((await security.post(`${path}/${result.keyId}/activate`, {})).status, 201);
  assert.equal(await statusOf({ secret }), 202);
  assert.equal((await (await apiAs(web.app, 'plo-1')).get(path)).status, 403);
  assert.equal((await security.post(`${path}/${result.keyId}/revoke`, {})).status, 201);
  assert.equal(await statusOf({ secret }), 401);
  assert.equal((await system.post(path, { publicKey: 'none' })).status, 422);
});

test('on the pages: the secret is shown once, another administrator activates, faults come back on the form', async () => {
  const [system, security] = [await web.as('sysadmin'), await web.as('secadmin')];
  const page = `/banks/${bankId}`;
  const issued = await system.post(`${page}/keys`, { publicKey: '', overlapHours: '' }, page);
  const secret = /id="secret">(whsec_[^<]+)</.exec(issued.text)?.[1] ?? '';
  const keyId = /\b[0-9a-f]{8}-[0-9a-f-]{27}\b/.exec(issued.text)?.[0] ?? '';
  assert.ok(!(await system.get(page)).text.includes(secret));
  assert.equal((await system.post(`${page}/keys/${keyId}/activate`, {}, page)).status, 403);
  assert.equal((await security.post(`${page}/keys/${keyId}/activate`, {}, page)).status, 303);
  assert.equal(await statusOf({ secret }), 202);
  const faulty = await system.post(`${page}/keys`, { publicKey: 'none', overlapHours: '' }, page);
  assert.equal(faulty.status, 422);
  assert.match(faulty.text, /这不是一个 Ed25519 或 SM2 公钥/);
  const access = { addresses: 'somewhere', commonName: '', caPem: '', ratePerSecond: '' };
  assert.match((await security.post(`${page}/access`, access, page)).text, /每行须为一个地址或网段/);
  assert.equal((await system.post(`${page}/access`, access, page)).status, 403);
});

function doorAt(now: () => Date): BankDoor {
  return new BankDoor({ sealer: createSealer('0f'.repeat(32), 'bank-keys'), now });
}

function knockOf(
  headers: Readonly<Record<string, string>>,
  body: string,
): Parameters<BankDoor['authenticate']>[0] {
  const of = (name: string): string => headers[name] ?? '';
  return {
    bankId: of('bank-id'),
    headers: {
      id: of('webhook-id'),
      timestamp: of('webhook-timestamp'),
      signature: of('webhook-signature'),
    },
    body: Buffer.from(body),
    caller: { address: '127.0.0.1', certificate: null },
  };
}

/** Waits until every listener of this process has its subscription. */
async function subscribed({ platform }: TestWeb): Promise<void> {
  const name = `probe-${randomUUID()}`;
  const heard = Promise.withResolvers<string>();
  onBankChange(platform.redis, (id) => (id === name ? heard.resolve(id) : undefined));
  const asking = setInterval(() => void announceBankChange(platform.redis, name), 20);
  await heard.promise;
  clearInterval(asking);
}

test('flows of the tests above were stored once each', async () => {
  const serials = await InboxFlowModel.find({ bankId }, { serialNo: 1 }).lean();
  assert.equal(new Set(serials.map((one) => one.serialNo)).size, serials.length);
});
