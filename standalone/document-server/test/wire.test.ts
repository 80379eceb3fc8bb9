/** Abuse of the wire: whatever arrives, the server answers or closes, lives on, and keeps nothing open. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, test } from 'node:test';
import { BSON } from 'bson';
import mongoose from 'mongoose';
import { Prng } from './random/prng.ts';
import { openFiles, residentMb, shortFolder, startServer } from './support/server-process.ts';
import {
  OP_COMPRESSED,
  OP_MSG,
  OP_QUERY,
  OP_REPLY,
  Wire,
  command,
  message,
  opMsg,
  sections,
} from './support/wire.ts';

const folder = await shortFolder();
const server = await startServer(folder.path);
const client = await new mongoose.mongo.MongoClient(server.uri).connect();
const db = client.db('wire');
let ended: number | null | 'no' = 'no';
void server.exited.then((code) => (ended = code));
after(async () => {
  await client.close();
  assert.equal(await server.stop(), 0, 'it ends by itself when told to');
  await folder.remove();
});

async function connections(): Promise<number> {
  return (await db.admin().command({ serverStatus: 1 }))['connections'].current as number;
}

/** Waits for something that must come true; the test's own time limit is the only one. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(25);
}

async function lives(): Promise<void> {
  assert.equal(ended, 'no', `the server ended:\n${server.lines.slice(-5).join('\n')}`);
  assert.equal((await db.command({ ping: 1 }))['ok'], 1);
}

/** Sends bytes on a connection of their own; the server must answer or close, or wait for more. */
async function abuse(bytes: Uint8Array): Promise<void> {
  const wire = await Wire.open(server.socketPath);
  wire.send(bytes);
  await Promise.race([wire.reply(), delay(30)]);
  wire.close();
}

const ping = BSON.serialize({ ping: 1, $db: 'admin' });
const cut = (doc: Uint8Array, size: number): Buffer => {
  const copy = Buffer.from(doc);
  copy.writeInt32LE(size, 0);
  return copy;
};
const msg = (...parts: readonly Uint8Array[]): Buffer => message(OP_MSG, sections(0, ...parts));
const kind0 = (doc: Uint8Array): Buffer => Buffer.concat([Buffer.from([0]), doc]);

const abuses: readonly [name: string, bytes: Uint8Array][] = [
  ['a header that is cut', opMsg({ ping: 1 }).subarray(0, 9)],
  ['a body that is cut', opMsg({ ping: 1 }).subarray(0, 25)],
  ['a length of 0', message(OP_MSG, Buffer.alloc(4), { length: 0 })],
  ['a length shorter than the header', message(OP_MSG, Buffer.alloc(4), { length: 15 })],
  ['a negative length', message(OP_MSG, Buffer.alloc(4), { length: -1 })],
  ['a length beyond the limit', message(OP_MSG, Buffer.alloc(4), { length: 48_000_001 })],
  ['the greatest length', message(OP_MSG, Buffer.alloc(4), { length: 2_147_483_647 })],
  ['noise', Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 167) % 256))],
  ['text', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['an empty OP_MSG', message(OP_MSG, Buffer.alloc(0))],
  ['flags and nothing more', message(OP_MSG, Buffer.alloc(4))],
  ['an unknown kind of section', msg(Buffer.from([7, 1, 2, 3, 4]))],
  ['two bodies', msg(kind0(ping), kind0(ping))],
  ['a document longer than its message', msg(kind0(cut(ping, 10_000)))],
  ['a document of negative length', msg(kind0(cut(ping, -5)))],
  ['a document without its end', msg(kind0(Buffer.from([12, 0, 0, 0, 0x10, 0x61, 0, 1, 0, 0, 0, 9])))],
  ['an unknown type of element', msg(kind0(Buffer.from([8, 0, 0, 0, 0x55, 0x61, 0, 0])))],
  ['a text of negative length', msg(kind0(Buffer.from([13, 0, 0, 0, 2, 0x61, 0, 255, 255, 255, 255, 0, 0])))],
  ['a text beyond the document', msg(kind0(Buffer.from([13, 0, 0, 0, 2, 0x61, 0, 255, 255, 0, 0, 0, 0])))],
  ['a name that never ends', msg(kind0(Buffer.from([10, 0, 0, 0, 1, 0x61, 0x61, 0x61, 0x61, 0x61])))],
  ['a sequence longer than its message', msg(Buffer.from([1, 255, 255, 0, 0, 0x61, 0]), kind0(ping))],
  ['a sequence of length 0', msg(kind0(ping), Buffer.from([1, 0, 0, 0, 0, 0x61, 0]))],
  ['flags that nobody knows', message(OP_MSG, sections(0x0000_ff00, command({ ping: 1, $db: 'admin' })))],
  ['a checksum that is announced and missing', message(OP_MSG, sections(1, command({ ping: 1, $db: 'a' })))],
  ['an unknown opcode', message(9999, ping)],
  ['a compressed message', message(OP_COMPRESSED, Buffer.alloc(20))],
  ['an OP_REPLY', message(OP_REPLY, Buffer.alloc(20))],
  ['an OP_QUERY that is cut', message(OP_QUERY, Buffer.from([0, 0, 0, 0, 0x61]))],
  ['an old opcode', message(2002, Buffer.concat([Buffer.alloc(4), Buffer.from('a.b\0'), ping]))],
];

for (const [name, bytes] of abuses) {
  test(`survives ${name}`, async () => {
    await abuse(bytes);
    await abuse(Buffer.concat([bytes, opMsg({ ping: 1 })]));
    await lives();
  });
}

const bad: readonly [name: string, doc: BSON.Document][] = [
  ['a command without a database', { ping: 1, $db: undefined }],
  ['a database that is a number', { find: 'c', $db: 5 }],
  ['a database with a slash', { insert: 'c', documents: [{}], $db: 'a/b' }],
  ['a database that is empty', { insert: 'c', documents: [{}], $db: '' }],
  ['an unknown command', { frobnicate: 1 }],
  ['a command named by a prototype', { constructor: 1 }],
  ['a command named __proto__', Object.fromEntries([['__proto__', 1]])],
  ['documents that are text', { insert: 'c', documents: 'x' }],
  ['a filter that is an array', { find: 'c', filter: [1] }],
  ['a cursor that is text', { getMore: 'x', collection: 'c' }],
];

for (const [name, doc] of bad) {
  test(`answers ${name} with an error`, async () => {
    const wire = await Wire.open(server.socketPath);
    wire.send(
      message(OP_MSG, sections(0, command({ ...doc, $db: '$db' in doc ? doc['$db'] : 'admin' })), { id: 77 }),
    );
    const reply = await wire.reply();
    assert.equal(reply?.responseTo, 77);
    assert.equal(reply.doc['ok'], 0);
    assert.equal(typeof reply.doc['code'], 'number');
    assert.ok(String(reply.doc['errmsg']).length > 5);
    wire.send(opMsg({ ping: 1 }, 78));
    assert.equal((await wire.reply())?.doc['ok'], 1, 'the connection goes on');
    wire.close();
  });
}

test('the legacy hello is answered by an OP_REPLY', async () => {
  const wire = await Wire.open(server.socketPath);
  const body = Buffer.concat([
    Buffer.alloc(4),
    Buffer.from('admin.$cmd\0'),
    Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]),
    BSON.serialize({ ismaster: 1, helloOk: true }),
  ]);
  wire.send(message(OP_QUERY, body, { id: 5 }));
  const reply = await wire.reply();
  assert.deepEqual(
    [reply?.opcode, reply?.responseTo, reply?.doc['ok'], reply?.doc['helloOk']],
    [OP_REPLY, 5, 1, true],
  );
  wire.close();
});

test('a message that comes byte by byte is understood', async () => {
  const wire = await Wire.open(server.socketPath);
  wire.socket.setNoDelay(true);
  for (const byte of opMsg({ ping: 1 }, 9)) {
    wire.send(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await wire.reply())?.responseTo, 9);
  wire.close();
});

test('many messages at once are answered each, to its own number', async () => {
  const wire = await Wire.open(server.socketPath);
  const ids = Array.from({ length: 100 }, (_, i) => i + 1);
  wire.send(
    Buffer.concat(
      ids.map((id) =>
        opMsg(id % 2 ? { ping: 1 } : { insert: 'many', documents: [{ _id: id }], $db: 'wire' }, id),
      ),
    ),
  );
  const answered: number[] = [];
  for (const _ of ids) answered.push((await wire.reply())?.responseTo ?? -1);
  assert.deepEqual(
    answered.sort((a, b) => a - b),
    ids,
  );
  assert.equal(await db.collection('many').countDocuments(), 50);
  wire.close();
});

test('moreToCome is done and not answered', async () => {
  const wire = await Wire.open(server.socketPath);
  const silent = sections(
    2,
    command({ insert: 'silent', documents: [{ _id: 1 }], $db: 'wire', writeConcern: { w: 0 } }),
  );
  wire.send(Buffer.concat([message(OP_MSG, silent, { id: 1 }), opMsg({ ping: 1 }, 2)]));
  assert.equal((await wire.reply())?.responseTo, 2);
  await until(async () => (await db.collection('silent').countDocuments()) === 1);
  wire.close();
});

test('documents in a section of their own, in any order of the sections', async () => {
  const docs = Buffer.concat([1, 2, 3].map((_id) => Buffer.from(BSON.serialize({ _id }))));
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeInt32LE(4 + 'documents\0'.length + docs.length, 1);
  const sequence = Buffer.concat([head, Buffer.from('documents\0'), docs]);
  for (const [i, parts] of [
    [sequence, command({ insert: 'seq0', $db: 'wire' })],
    [command({ insert: 'seq1', $db: 'wire' }), sequence],
  ].entries()) {
    const wire = await Wire.open(server.socketPath);
    wire.send(message(OP_MSG, sections(0, ...parts)));
    assert.equal((await wire.reply())?.doc['n'], 3);
    assert.equal(await db.collection(`seq${i}`).countDocuments(), 3);
    wire.close();
  }
});

test('500 messages with a random byte changed', async (context) => {
  const seed = Number(process.env['DOCUMENTS_RANDOM_SEED'] ?? Date.now() % 1_000_000_000);
  context.diagnostic(`DOCUMENTS_RANDOM_SEED=${seed} repeats these`);
  const random = new Prng(seed);
  const models = [
    { find: 'many', filter: { _id: { $in: [1, 2] }, s: /a/ }, sort: { _id: 1 }, $db: 'fuzz' },
    { insert: 'c', documents: [{ a: [1, 'x', { b: new Date(0) }] }], $db: 'fuzz' },
    { update: 'c', updates: [{ q: { a: 1 }, u: { $set: { 'b.c': 2 } }, upsert: true }], $db: 'fuzz' },
    { aggregate: 'c', pipeline: [{ $group: { _id: '$a', n: { $sum: 1 } } }], cursor: {}, $db: 'fuzz' },
  ];
  for (let i = 0; i < 500; i += 1) {
    const bytes = Buffer.from(opMsg(random.pick(models)));
    for (let n = random.int(1, 3); n > 0; n -= 1) bytes[random.int(4, bytes.length - 1)] = random.int(0, 255);
    const wire = await Wire.open(server.socketPath);
    wire.send(bytes);
    await Promise.race([wire.reply(), delay(50)]);
    wire.close();
    if (i % 100 === 99) await lives();
  }
});

test('200 connections open and close five times, and nothing stays', async () => {
  await lives();
  await until(async () => (await connections()) <= 5);
  const [files, memory] = [await openFiles(server.pid), await residentMb(server.pid)];
  for (let round = 0; round < 5; round += 1) {
    const wires = await Promise.all(Array.from({ length: 200 }, () => Wire.open(server.socketPath)));
    for (const wire of wires) wire.send(opMsg({ hello: 1 }));
    const replies = await Promise.all(wires.map((wire) => wire.reply()));
    assert.ok(replies.every((reply) => reply?.doc['ok'] === 1));
    assert.ok((await connections()) >= 200);
    for (const [i, wire] of wires.entries()) {
      if (i % 3 === 0) wire.send(opMsg({ find: 'many', $db: 'wire' }));
      if (i % 3 === 1) wire.send(opMsg({ ping: 1 }).subarray(0, 20));
      wire.close();
    }
    await until(async () => (await connections()) <= 5);
  }
  await until(async () => (await openFiles(server.pid)) <= files + 2);
  assert.ok((await residentMb(server.pid)) < memory + 100, 'memory of closed connections is given back');
});

test('a client that stops reading holds up nobody and fills no memory', async () => {
  const rows = db.collection<{ _id: number; text: string }>('rows');
  await rows.insertMany(Array.from({ length: 40 }, (_, _id) => ({ _id, text: 'x'.repeat(200_000) })));
  const memory = await residentMb(server.pid);
  const deaf = await Wire.open(server.socketPath);
  deaf.socket.pause();
  for (let id = 1; id <= 100; id += 1) deaf.send(opMsg({ find: 'rows', batchSize: 40, $db: 'wire' }, id));
  for (let i = 0; i < 50; i += 1) {
    await db.collection<{ _id: number }>('lively').insertOne({ _id: i });
    assert.equal((await rows.findOne({ _id: i % 40 }))?._id, i % 40);
  }
  const grown = (await residentMb(server.pid)) - memory;
  assert.ok(grown < 250, `100 unread answers of 8 MB took ${grown.toFixed(0)} MiB`);
  const before = await connections();
  deaf.close();
  await until(async () => (await connections()) < before);
  await lives();
});
