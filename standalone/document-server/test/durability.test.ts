/**
 * kill -9 under 64 concurrent writers: what was acknowledged is there, nothing is half; a damaged file is told at
 * start. DOCUMENTS_KILLS says how often, DOCUMENTS_FLIPS how many bits are flipped.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, open, readFile, readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import mongoose from 'mongoose';
import { makeIndex } from './support/expect.ts';
import { Prng } from './random/prng.ts';
import { shortFolder, startRefused, startServer } from './support/server-process.ts';
import type { ServerProcess } from './support/server-process.ts';

const kills = Number(process.env['DOCUMENTS_KILLS'] ?? 3);
const flips = Number(process.env['DOCUMENTS_FLIPS'] ?? 6);
const seed = Number(process.env['DOCUMENTS_RANDOM_SEED'] ?? Date.now() % 1_000_000_000);
const folder = await shortFolder();
after(() => folder.remove());

interface Row {
  _id: string;
  writer: number;
  body: string;
  sum: string;
}
interface Counter {
  _id: number;
  n: number;
  twice: number;
}

const sumOf = (text: string): string => createHash('sha1').update(text).digest('hex');

/** What the server has acknowledged over all its lives. */
class Acknowledged {
  readonly rows = new Set<string>();
  readonly counts = new Map<number, number>();
  total = 0;
  next = 0;

  row(id: string): void {
    this.rows.add(id);
    this.total += 1;
  }

  count(writer: number): void {
    this.counts.set(writer, (this.counts.get(writer) ?? 0) + 1);
    this.total += 1;
  }
}

async function connect(server: ServerProcess): Promise<mongoose.mongo.MongoClient> {
  // Short, since a server that was killed is waited for this long by every writer.
  const options = { maxPoolSize: 64, retryReads: false, serverSelectionTimeoutMS: 500 };
  return new mongoose.mongo.MongoClient(server.uri, options).connect();
}

/** Writes until the server is gone; notes only what was acknowledged. */
async function write(db: mongoose.mongo.Db, writer: number, told: Acknowledged, random: Prng): Promise<void> {
  const rows = db.collection<Row>('rows');
  const counters = db.collection<Counter>('counters');
  const fresh = (): Row => {
    const body = `${writer}-`.repeat(random.int(1, 600));
    told.next += 1;
    return { _id: `${writer}/${told.next}`, writer, body, sum: sumOf(body) };
  };
  for (;;) {
    if (random.chance(0.5)) {
      const row = fresh();
      await rows.insertOne(row);
      told.row(row._id);
    } else if (random.chance(0.6)) {
      await counters.updateOne({ _id: writer }, { $inc: { n: 1, twice: 2 } }, { upsert: true });
      told.count(writer);
    } else {
      const many = Array.from({ length: 5 }, fresh);
      await rows.insertMany(many);
      for (const row of many) told.row(row._id);
    }
  }
}

/** Lets 64 writers work until enough is acknowledged, then ends the server under them. */
async function workAndEnd(
  server: ServerProcess,
  told: Acknowledged,
  random: Prng,
  end: () => Promise<unknown>,
): Promise<void> {
  const client = await connect(server);
  const db = client.db('kill');
  await makeIndex(db.collection('rows'), { writer: 1, _id: 1 });
  const goal = told.total + random.int(200, 2000);
  const writers = Array.from({ length: 64 }, (_, writer) =>
    write(db, writer, told, new Prng(random.int(0, 2 ** 31))).catch((error: unknown) => {
      assert.ok(
        !(error instanceof mongoose.mongo.MongoServerError) || ![2, 11000].includes(Number(error.code)),
        String(error),
      );
    }),
  );
  while (told.total < goal) await new Promise((resolve) => setImmediate(resolve));
  await end();
  await Promise.all(writers);
  await client.close();
}

async function verify(server: ServerProcess, told: Acknowledged): Promise<void> {
  const client = await connect(server);
  const db = client.db('kill');
  const rows = db.collection<Row>('rows');
  const seen = new Set<string>();
  for await (const row of rows.find({}, { hint: { $natural: 1 } })) {
    assert.equal(row.sum, sumOf(row.body), `${row._id} is half`);
    seen.add(row._id);
  }
  const lost = [...told.rows].filter((id) => !seen.has(id));
  assert.deepEqual(lost, [], `${lost.length} acknowledged rows are lost`);
  const indexed = await rows.find({}, { projection: { _id: 1 }, hint: { writer: 1, _id: 1 } }).toArray();
  assert.deepEqual(new Set(indexed.map((row) => row._id)), seen, 'index and rows differ');
  assert.equal(indexed.length, seen.size);
  for await (const counter of db.collection<Counter>('counters').find()) {
    const count = told.counts.get(counter._id) ?? 0;
    // One update of each writer may have been done and not acknowledged in each life of the server.
    assert.ok(
      counter.n === count || counter.n === count + 1,
      `counter ${counter._id}: ${counter.n}, ${count} told`,
    );
    assert.equal(counter.twice, counter.n * 2, `counter ${counter._id} is half`);
    told.counts.set(counter._id, counter.n);
  }
  for (const writer of told.counts.keys())
    assert.ok(await db.collection<Counter>('counters').findOne({ _id: writer }));
  await client.close();
}

test(`${kills} times kill -9 under 64 writers`, async (context) => {
  context.diagnostic(`DOCUMENTS_RANDOM_SEED=${seed}`);
  const told = new Acknowledged();
  const random = new Prng(seed);
  for (let life = 0; life < kills; life += 1) {
    const server = await startServer(folder.path);
    if (life > 0) await verify(server, told);
    await workAndEnd(server, told, random, () => server.kill());
  }
  const server = await startServer(folder.path);
  await verify(server, told);
  await server.stop();
  context.diagnostic(`${told.total} acknowledged writes over ${kills} kills`);
});

test('SIGTERM under 64 writers drains: all that was acknowledged is there, and the exit is clean', async () => {
  const own = await shortFolder();
  const told = new Acknowledged();
  const server = await startServer(own.path);
  await workAndEnd(server, told, new Prng(seed), async () => assert.equal(await server.stop(), 0));
  const again = await startServer(own.path);
  await verify(again, told);
  await again.stop();
  await own.remove();
});

test('a second instance on the same data is told', async () => {
  const server = await startServer(folder.path);
  const second = await startRefused(folder.path);
  assert.equal(second.listened, false);
  assert.notEqual(second.code, 0);
  assert.match(second.output, /in use|already|another/i);
  const client = await connect(server);
  assert.equal((await client.db('admin').command({ ping: 1 }))['ok'], 1);
  await client.close();
  await server.stop();
});

/** A folder with a stopped server's data, and the path of its largest database file. */
async function sample(): Promise<{ path: string; file: string; remove: () => Promise<void> }> {
  const own = await shortFolder();
  const server = await startServer(own.path);
  const client = await connect(server);
  const rows = client.db('kill').collection<Row>('rows');
  await makeIndex(rows, { writer: 1, _id: 1 });
  await rows.insertMany(
    Array.from({ length: 1500 }, (_, i) => {
      const body = `body ${i} `.repeat(10 + (i % 50));
      return { _id: `r${i}`, writer: i % 64, body, sum: sumOf(body) };
    }),
  );
  await client.close();
  assert.equal(await server.stop(), 0);
  return { ...own, file: await databaseFile(join(own.path, 'data')) };
}

async function databaseFile(dir: string): Promise<string> {
  const names = await readdir(dir, { recursive: true });
  for (const name of names) {
    const bytes = await readFile(join(dir, name)).catch(() => Buffer.alloc(0));
    if (bytes.length > 100_000 && bytes.subarray(0, 15).toString('latin1') === 'SQLite format 3')
      return join(dir, name);
  }
  throw new Error(`no database among ${names.join(', ')}`);
}

async function intact(path: string): Promise<boolean> {
  const told = new Acknowledged();
  for (let i = 0; i < 1500; i += 1) told.row(`r${i}`);
  const server = await startServer(path);
  try {
    await verify(server, told);
    return true;
  } catch {
    return false;
  } finally {
    await server.stop();
  }
}

test('a torn file is told at start', async () => {
  const good = await sample();
  const { length } = await readFile(good.file);
  for (const size of [length >> 1, length - 4096, 4096, 50]) {
    const torn = await shortFolder();
    await cp(good.path, torn.path, { recursive: true });
    const file = good.file.replace(good.path, torn.path);
    await truncate(file, size);
    for (const side of ['-wal', '-shm']) await rm(`${file}${side}`, { force: true });
    const start = await startRefused(torn.path);
    assert.equal(start.listened, false, `a file cut from ${length} to ${size} bytes was served`);
    assert.notEqual(start.code, 0);
    assert.match(start.output, /damaged|corrupt|malformed|not a database|torn/i);
    await torn.remove();
  }
  await good.remove();
});

test(`${flips} flipped bits and a wiped page are told at start, or have hit nothing`, async (context) => {
  const good = await sample();
  const { length } = await readFile(good.file);
  const random = new Prng(seed);
  context.diagnostic(`DOCUMENTS_RANDOM_SEED=${seed}`);
  const damages = Array.from({ length: flips + 1 }, (_, i) => ({
    at: random.int(100, length - 5000),
    wipe: i === 0,
  }));
  let refusals = 0;
  for (const { at, wipe } of damages) {
    const bad = await shortFolder();
    await cp(good.path, bad.path, { recursive: true });
    await damage(good.file.replace(good.path, bad.path), at, wipe);
    const start = await startRefused(bad.path);
    if (start.listened) assert.ok(await intact(bad.path), `a bit flipped at ${at} of ${length} was served`);
    else {
      assert.notEqual(start.code, 0);
      assert.match(start.output, /damaged|corrupt|malformed|checksum|not a database/i);
      refusals += 1;
    }
    await bad.remove();
  }
  context.diagnostic(`${refusals} of ${damages.length} damages were told at start`);
  assert.ok(refusals > 0, 'none of the damages was told');
  await good.remove();
});

async function damage(file: string, at: number, wipe: boolean): Promise<void> {
  const handle = await open(file, 'r+');
  const bytes = Buffer.alloc(wipe ? 4096 : 1);
  const start = wipe ? at - (at % 4096) : at;
  await handle.read(bytes, 0, bytes.length, start);
  if (wipe) bytes.fill(0);
  else bytes[0] = bytes[0]! ^ (1 << (at % 8));
  await handle.write(bytes, 0, bytes.length, start);
  await handle.close();
}
