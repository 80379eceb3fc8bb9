/** `npm run check` and `npm run rebuild` as processes, on data that no platform runs on. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDocumentStore } from '../../src/models/connection.ts';
import { nativeCollection } from '../../src/models/read-model/write-batch.ts';
import { startDocumentStore } from '../support/document-store.ts';
import type { TestDocumentStore } from '../support/document-store.ts';

let store: TestDocumentStore;
let folder: string;
before(async () => {
  store = await startDocumentStore();
  folder = await mkdtemp('/tmp/fp-');
});
after(async () => {
  await store.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the platform with its own ledger on `dataDir`. */
function run(command: string, dataDir: string): Promise<Ended> {
  const script = join(import.meta.dirname, '../../src/commands', `${command}.ts`);
  const env = { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir, MONGODB_URI: store.uri };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script], { env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

test('without a ledger the command says so in one sentence', async () => {
  const ended = await run('check', join(folder, 'nowhere'));
  assert.deepEqual([ended.code, ended.stdout], [2, '']);
  assert.match(ended.stderr, /^\S+nowhere holds no ledger\.\n$/);
});

test('a document that no block gives is printed with exit code 1, and a rebuild removes it', async () => {
  const dataDir = join(folder, 'data');
  await mkdir(join(dataDir, 'ledger'), { recursive: true });
  const connection = await openDocumentStore(store.uri);
  await nativeCollection(connection, 'leg').insertOne({ _id: 'd1~F1', ver: 0 });
  await connection.close();
  const found = await run('check', dataDir);
  assert.equal(found.code, 1, found.stderr);
  assert.match(found.stdout, /^surplus: leg d1~F1\n1 differences: /);
  const rebuilt = await run('rebuild', dataDir);
  assert.equal(rebuilt.code, 0, rebuilt.stderr);
  assert.match(rebuilt.stdout, /shows 0 blocks again/);
  const clean = await run('check', dataDir);
  assert.equal(clean.code, 0, clean.stderr);
  assert.match(clean.stdout, /^The read model agrees with the ledger: 0 documents of 0 blocks/);
});
