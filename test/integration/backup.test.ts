/** Backup and restore of the real platform: taken under load, proven elsewhere, refused when anything differs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { mongo } from 'mongoose';
import { loadDocuments, saveDocuments } from '../../src/backup/documents.ts';
import { banks } from '../../src/commands/demo/organisations.ts';
import { openDocumentStore } from '../../src/models/connection.ts';
import { startDocumentStore } from '../support/document-store.ts';
import { Installation } from '../support/faults/installation.ts';
import { PushingBank } from '../support/faults/pushing-bank.ts';
import { folder } from '../support/start-run.ts';
import { entryOf } from '../support/web.ts';

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** Runs a command as `npm run` does. */
async function command(dataDir: string, name: string, ...args: string[]): Promise<Ended> {
  const script = `src/commands/${name}.ts`;
  const env = { PATH: process.env['PATH'], TMPDIR: '/tmp', DATA_DIR: dataDir };
  const child = spawn(process.execPath, ['bin/node24.js', script, ...args], { env });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (text += part.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

/** Pushes one flow after the other until the returned function is called. */
function pushing(installation: Installation): () => Promise<number> {
  const { secrets, legs, today } = installation.setup();
  const bank = new PushingBank({
    port: installation.port,
    bankId: banks.investor,
    secret: secrets[banks.investor] ?? '',
  });
  const [payerAccount = '', payeeAccount = ''] = legs.map((leg) => leg.payerAccount);
  const stop = new AbortController();
  const running = (async (): Promise<void> => {
    for (let number = 0; !stop.signal.aborted; number += 1) {
      const flow = {
        serialNo: `BACKUP${number}`,
        bookingDate: today,
        payerAccount,
        payeeAccount,
        amountFen: '100',
      };
      await bank.pushAll([entryOf(flow) as { serialNo: string }], 1, stop.signal);
    }
  })();
  return async () => {
    stop.abort();
    await running;
    return bank.acknowledged.size;
  };
}

test('a platform under load is backed up, restored elsewhere and proven', async (t) => {
  const installation = await Installation.create(t);
  const stop = pushing(installation);
  const drill = await command(installation.folder, 'drill');
  assert.ok((await stop()) > 10, 'the drill ran under load');
  assert.equal(drill.code, 0, drill.text);
  assert.match(drill.text, /bank messages answered before the backup: all there, all agree/);
  assert.match(drill.text, /Both ledgers hold block \d+, hash [0-9a-f]{64}/);
  await t.test('a backup that lost a byte is refused and nothing is restored', () =>
    refusals(t, installation),
  );
});

async function refusals(t: TestContext, installation: Installation): Promise<void> {
  const [to, target] = [join(folder(t), 'backup'), join(folder(t), 'data')];
  const taken = await command(installation.folder, 'backup', '--to', to);
  assert.equal(taken.code, 0, taken.text);
  const again = await command(installation.folder, 'backup', '--to', to);
  assert.deepEqual([again.code, again.text], [2, `${to} exists already; nothing was written.\n`]);
  const chain = join(to, 'ledger', 'ledger', 'fupin', 'blocks.chain');
  truncateSync(chain, 1000);
  const torn = await command(target, 'restore', '--from', to);
  assert.deepEqual(
    [torn.code, torn.text],
    [2, `${chain} differs from what was backed up; nothing was restored.\n`],
  );
  rmSync(chain);
  const missing = await command(target, 'restore', '--from', to);
  assert.deepEqual([missing.code, missing.text], [2, `${chain} is missing; nothing was restored.\n`]);
  assert.equal(existsSync(target), false);
  const full = folder(t);
  writeFileSync(join(full, 'something'), '');
  const occupied = await command(full, 'restore', '--from', to);
  assert.deepEqual([occupied.code, occupied.text], [2, `${full} is not empty; nothing was restored.\n`]);
  const nothing = await command(target, 'restore', '--from', full);
  assert.equal(nothing.text, `${full} holds no whole backup: manifest.json is missing.\n`);
}

test('documents of a MongoDB come back with their types, without what blocks derive', async (t) => {
  const store = await startDocumentStore();
  const [from, to] = await Promise.all([store.uri, store.otherDatabase('other')].map(openDocumentStore));
  const place = mkdtempSync('/tmp/bson-');
  t.after(async () => {
    await Promise.all([from?.close(), to?.close()]);
    await store.stop();
    rmSync(place, { recursive: true });
  });
  assert.ok(from && to);
  const document = {
    _id: 'one',
    long: mongo.Long.fromString('9007199254740993'),
    int: new mongo.Int32(7),
    double: new mongo.Double(7),
    exact: mongo.Decimal128.fromString('0.10'),
    at: new Date(-1),
    raw: new mongo.Binary(Buffer.from([0, 255])),
    list: [null, 'x', { deep: true }],
  };
  const write = from.getClient().db(from.name);
  await write.collection<typeof document>('inbox_flows').insertOne(document);
  await write.collection<{ _id: string }>('drafts').insertOne({ _id: 'derived' });
  await saveDocuments(from, place, false);
  assert.deepEqual(readdirSync(place), ['inbox_flows.bson']);
  assert.equal(await loadDocuments(to, place), 1);
  const options = { promoteValues: false, raw: true } as const;
  const bytes = async (database: mongo.Db): Promise<unknown> =>
    database.collection('inbox_flows').findOne({}, options);
  assert.deepEqual(await bytes(to.getClient().db(to.name)), await bytes(write));
});
