/** Attacks on the bank's door by the form of a request, through real sockets: what each is answered, and that nothing of it is stored. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  fromElsewhere,
  lengthOf,
  openAttackedDoor,
  stored,
  storesNothing,
  type AttackedDoor,
} from '../support/attacked-door.ts';
import { freshEntry, knock } from '../support/bank-message.ts';
import { requestBytes, sendRaw } from '../support/raw-http.ts';

let door: AttackedDoor;
before(async () => {
  door = await openAttackedDoor();
});
after(async () => door.close());

test('a body that comes too slowly: 408, and the connection is closed', async () => {
  const { headers, body } = door.message();
  const answer = await storesNothing(() => door.raw({ ...headers, ...lengthOf(body) }, body.slice(0, 20)));
  assert.equal(answer.status, 408);
});

test('chunked without a length: authentic small ones are taken, unsigned and endless ones are not', async () => {
  const chunked = (body: string, size: number): Buffer => {
    const parts = body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    const framed = parts.map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`);
    return Buffer.from(`${framed.join('')}0\r\n\r\n`);
  };
  const encoding = { 'transfer-encoding': 'chunked' };
  const good = door.message();
  assert.equal((await door.raw({ ...good.headers, ...encoding }, chunked(good.body, 7))).status, 202);
  await storesNothing(async () => {
    const { headers, body } = door.message();
    const unsigned = { ...headers, 'webhook-signature': 'v1,AAAA', ...encoding };
    assert.equal((await door.raw(unsigned, chunked(body, 7))).status, 401);
    const endless = 'x'.repeat(2 * 1024 * 1024);
    assert.equal((await door.raw({ ...headers, ...encoding }, chunked(endless, 65_536))).status, 413);
    const both = { ...headers, ...lengthOf(body), ...encoding };
    assert.equal((await door.raw(both, chunked(body, 7))).status, 400, 'two lengths');
  });
});

test('ten megabytes: 413, signed or not', async () => {
  const body = JSON.stringify({ entries: [freshEntry({ purpose: 'x'.repeat(10 * 1024 * 1024) })] });
  const sent = door.message({ body });
  await storesNothing(async () => {
    assert.equal((await door.raw({ ...sent.headers, ...lengthOf(body) }, body)).status, 413);
  });
});

test('deep JSON: unsigned it is not even read, signed it is set aside whole, and no flow is stored', async () => {
  const body = `{"entries":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  const { flows } = await stored();
  const answer = await door.push(door.message({ body }));
  assert.equal(answer.status, 202);
  assert.match(JSON.stringify(answer.body), /quarantined.*nested deeper than 8 levels/);
  assert.equal((await stored()).flows, flows);
  const unsigned = { ...door.message({ body }), headers: { ...door.message().headers } };
  await storesNothing(async () => assert.equal((await door.push(unsigned)).status, 401));
});

test('a zip bomb: compressed bodies are refused before a byte is inflated', async () => {
  const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
  const { headers } = door.message();
  for (const encoding of ['gzip', 'deflate', 'br', 'identity', 'x-unknown']) {
    const sent = { ...headers, 'content-encoding': encoding, ...lengthOf(bomb) };
    const { status } = await storesNothing(() => door.raw(sent, bomb));
    assert.equal(status, 415, encoding);
  }
});

test('header splitting and smuggling: no header of the answer is the attacker’s, and nothing is stored', async () => {
  const { headers, body } = door.message();
  const length = lengthOf(body);
  const injected = 'x\r\nSet-Cookie: stolen=1';
  const attempts: [string, Record<string, string>, number][] = [
    ['a line break in the bank id', { ...headers, 'bank-id': injected, ...length }, 401],
    ['a bare line feed', { ...headers, 'webhook-id': 'a\nSet-Cookie: stolen=1', ...length }, 400],
    ['a bare carriage return', { ...headers, 'webhook-id': 'a\rSet-Cookie: stolen=1', ...length }, 400],
    ['a folded header', { ...headers, 'webhook-id': 'a\r\n b', ...length }, 400],
    [
      'two ids',
      { ...headers, ...length, 'webhook-id': `a\r\nwebhook-id: ${headers['webhook-id'] ?? ''}` },
      401,
    ],
    ['two times', { ...headers, ...length, 'webhook-timestamp': '1\r\nwebhook-timestamp: 1763604000' }, 401],
    ['two lengths', { ...headers, 'content-length': `${body.length}\r\ncontent-length: 5` }, 400],
    ['a null byte', { ...headers, 'bank-id': 'a\u0000b', ...length }, 400],
  ];
  for (const [what, sent, expected] of attempts) {
    const answer = await storesNothing(() => door.raw(sent, body));
    assert.equal(answer.status, expected, what);
    assert.doesNotMatch(answer.head, /stolen/, what);
  }
  const question = await sendRaw(
    door.port,
    requestBytes('GET /api/v1/bank/flows/a%0d%0aSet-Cookie:%20stolen=1 HTTP/1.1', fromElsewhere()),
  );
  assert.equal(question.status, 401);
  assert.doesNotMatch(question.head, /stolen/);
});

test('a path in a name: a file keeps its hash as its place, a serial and a flow id open no other file', async () => {
  const person = await door.web.as('cph-522634-1');
  const begun = await person.get('/applications/new');
  const page = String(begun.headers.location);
  const file = { name: '../../../../etc/passwd', text: '附件正文，逐项列明。' };
  const taken = await person.upload(`${page}/files`, {}, file, page);
  assert.equal(taken.status, 303);
  const shown = await person.get(page);
  assert.match(shown.text, />\s*passwd\s*</, 'the name alone');
  assert.doesNotMatch(shown.text, /etc\/passwd/);
  const { flows } = await stored();
  const pathLike = freshEntry({ serialNo: '..\\..\\secrets' });
  const answer = await door.push(door.message({ body: JSON.stringify({ entries: [pathLike] }) }));
  assert.match(JSON.stringify(answer.body), /"quarantined"/);
  assert.equal((await stored()).flows, flows);
});

test('whoever fails twenty times a minute waits, and his right signature does not help', async () => {
  const more = { 'x-forwarded-for': '192.0.2.77' };
  const wrong = door.message({ secret: `whsec_${'A'.repeat(44)}` });
  const statuses: number[] = [];
  for (let tries = 0; tries < 21; tries += 1)
    statuses.push((await knock(door.web.app, wrong, { more })).status);
  assert.ok(statuses.every((status) => status === 401));
  const blocked = await storesNothing(() =>
    knock(door.web.app, door.message(), { more }).then((answer) => answer),
  );
  assert.equal(blocked.status, 429);
  assert.ok(Number(blocked.headers['retry-after']) > 60);
});
