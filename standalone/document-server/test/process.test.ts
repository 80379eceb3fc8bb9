/** The process and its commands: the socket's mode, loopback, backup under load, export and import as BSON files. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, rename, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { BSON, Decimal128, Double, Long } from 'bson';
import mongoose from 'mongoose';
import { assertSameBson, makeIndex } from './support/expect.ts';
import { shortFolder, startServer } from './support/server-process.ts';
import type { ServerProcess } from './support/server-process.ts';

const SRC = join(import.meta.dirname, '../src');
const run = promisify(execFile);
const folders: { remove: () => Promise<void> }[] = [];
const servers: ServerProcess[] = [];
after(async () => {
  for (const server of servers) await server.stop();
  for (const folder of folders) await folder.remove();
});

interface Row {
  _id: number;
  v?: unknown;
}

async function folder(): Promise<string> {
  const made = await shortFolder();
  folders.push(made);
  return made.path;
}

async function start(path: string): Promise<ServerProcess> {
  const server = await startServer(path);
  servers.push(server);
  return server;
}

async function using<T>(uri: string, work: (client: mongoose.mongo.MongoClient) => Promise<T>): Promise<T> {
  const client = await new mongoose.mongo.MongoClient(uri, { promoteValues: false }).connect();
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function cli(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(SRC, 'cli.ts'), ...args]);
  return stdout;
}

const values: Row[] = [
  { _id: 1, v: Long.fromString('9007199254740993') },
  { _id: 2, v: new Double(5) },
  { _id: 3, v: Decimal128.fromString('1.10') },
  { _id: 4, v: [new Date(-1), { 'a.b': null, $x: '扶贫' }] },
];

test('the socket and the data are for their owner alone, and the log is JSON', async () => {
  const path = await folder();
  const server = await start(path);
  assert.equal((await stat(server.socketPath)).mode & 0o777, 0o600);
  assert.equal((await stat(server.dataDir)).mode & 0o077, 0, 'the data folder is open to others');
  const lines = server.lines.map((line) => JSON.parse(line) as { msg?: string });
  assert.ok(lines.some((line) => line.msg === 'listening'));
});

test('a port is opened on loopback only', async () => {
  const path = await folder();
  const args = [join(SRC, 'main.ts'), '--data', join(path, 'data'), '--port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /"msg":"listening"/.test(line) && /127\.0\.0\.1:(\d+)|"port":(\d+)/.exec(line);
      if (found) resolve(Number(found[1] ?? found[2]));
    });
  });
  try {
    await using(`mongodb://127.0.0.1:${port}/`, (client) => client.db('a').command({ ping: 1 }));
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each && !each.internal && each.family === 'IPv4');
    if (outside) {
      const far = new mongoose.mongo.MongoClient(`mongodb://${outside.address}:${port}/`, {
        serverSelectionTimeoutMS: 300,
      });
      await assert.rejects(far.connect());
      await far.close();
    }
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

test('serverStatus tells connections, operations, cache and file size', async () => {
  const server = servers[0]!;
  await using(server.uri, async (client) => {
    await client.db('a').collection<Row>('c').insertOne({ _id: 1 });
    const status = JSON.stringify(await client.db('admin').command({ serverStatus: 1 }));
    for (const field of ['connections', 'opcounters', 'uptime'])
      assert.match(status, new RegExp(`"${field}"`));
    assert.match(status, /cache/i);
    assert.match(status, /(file|storage|data)\w*(size|bytes)/i);
  });
});

test('a backup under writes is whole: one moment of the data, with its indexes', async () => {
  const server = servers[0]!;
  const target = await folder();
  const file = join(target, 'backup.sqlite');
  await using(server.uri, async (client) => {
    const pairs = client.db('pairs');
    await makeIndex(pairs.collection('left'), { v: 1 });
    const stop = new AbortController();
    let written = 0;
    const writing = (async () => {
      while (!stop.signal.aborted) {
        await pairs.collection<Row>('left').insertOne({ _id: written, v: written });
        await pairs.collection<Row>('right').insertOne({ _id: written });
        written += 1;
      }
    })();
    while (written < 200) await new Promise((resolve) => setImmediate(resolve));
    await cli('backup', '--uri', server.uri, '--out', file);
    const atLeast = 200;
    stop.abort();
    await writing;
    const restored = await folder();
    await mkdir(join(restored, 'data'), { mode: 0o700 });
    const name = (await readdir(server.dataDir)).find((each) => each.endsWith('.sqlite'))!;
    await rename(file, join(restored, 'data', name));
    const copy = await start(restored);
    await using(copy.uri, async (other) => {
      const left = await other
        .db('pairs')
        .collection('left')
        .countDocuments({ v: { $gte: 0 } });
      const right = await other.db('pairs').collection('right').countDocuments();
      assert.ok(left >= atLeast && left <= written);
      assert.ok(left - right <= 1 && left >= right, `${left} and ${right} belong to two moments`);
      assert.equal((await other.db('pairs').collection('left').indexes()).length, 2);
    });
  });
});

test('export writes BSON files and metadata that mongorestore reads; import brings everything back', async () => {
  const from = await start(await folder());
  const out = join(await folder(), 'dump');
  await using(from.uri, async (client) => {
    const flows = client.db('bank').collection<Row>('flows');
    await flows.insertMany(values);
    await makeIndex(
      flows,
      { v: -1 },
      { name: 'by v', unique: true, partialFilterExpression: { v: { $exists: true } } },
    );
    await client.db('bank').createCollection('empty');
    await client.db('other').collection<Row>('资金.a').insertOne({ _id: 1 });
  });
  assert.match(await cli('export', '--uri', from.uri, '--out', out), /5 documents of 3 collections/);
  const bytes = await readFile(join(out, 'bank', 'flows.bson'));
  const docs: BSON.Document[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at)) {
    docs.push(BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)), { promoteValues: false }));
  }
  assert.equal(docs.length, 4);
  const metadata = JSON.parse(await readFile(join(out, 'bank', 'flows.metadata.json'), 'utf8')) as {
    indexes: { name: string }[];
  };
  assert.deepEqual(
    metadata.indexes.map((index) => index.name),
    ['_id_', 'by v'],
  );
  const to = await start(await folder());
  assert.match(await cli('import', '--uri', to.uri, '--in', out), /5 documents of 3 collections/);
  await using(to.uri, async (client) => {
    const flows = client.db('bank').collection<Row>('flows');
    const [before, now] = [values, await flows.find({}, { sort: { _id: 1 } }).toArray()];
    assertSameBson(
      now.map((row) => row.v),
      before.map((row) => row.v),
    );
    const index = (await flows.indexes()).find((each) => each.name === 'by v');
    assert.deepEqual([index?.unique, index?.key.valueOf() !== undefined], [true, true]);
    assert.equal(String(await client.db('other').collection('资金.a').countDocuments()), '1');
    assert.ok((await client.db('bank').listCollections().toArray()).some((each) => each.name === 'empty'));
  });
  await assert.rejects(cli('import', '--uri', to.uri, '--in', join(out, 'nowhere')));
});

test('wrong arguments are told', async () => {
  await assert.rejects(cli('frobnicate'), /usage/);
  await assert.rejects(run(process.execPath, [join(SRC, 'main.ts')]), /usage/);
});
