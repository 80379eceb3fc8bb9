import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { StartError } from '../supervisor/start-error.ts';
import { chooseDocumentStore } from './document-store.ts';
import type { DocumentStorePlace } from './document-store.ts';

const made: string[] = [];
after(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const URI = 'mongodb://db.example.org/fupin';

/** A data folder, a socket folder and a PATH with or without a `mongod`. */
function machine({ mongod = false } = {}): DocumentStorePlace & { path: string } {
  const root = mkdtempSync('/tmp/store-');
  made.push(root);
  const path = join(root, 'bin');
  mkdirSync(path);
  if (mongod) install(path);
  return { dataDir: join(root, 'data'), socketDir: root, path };
}

function install(folder: string): void {
  writeFileSync(join(folder, 'mongod'), '#!/bin/sh\n');
  chmodSync(join(folder, 'mongod'), 0o755);
}

const choices = (place: DocumentStorePlace): unknown =>
  JSON.parse(readFileSync(join(place.dataDir, 'choices.json'), 'utf8'));

test('a named MongoDB comes first, and nothing is started', async () => {
  const place = machine({ mongod: true });
  const store = await chooseDocumentStore({ ...place, mongodbUri: URI });
  assert.deepEqual([store.kind, store.uri, store.command], ['named', URI, undefined]);
  assert.deepEqual(choices(place), { documentStore: 'named' });
});

test('no address or password is recorded', async () => {
  const place = machine();
  await chooseDocumentStore({ ...place, mongodbUri: 'mongodb://user:secret@db.example.org/x' });
  assert.doesNotMatch(readFileSync(join(place.dataDir, 'choices.json'), 'utf8'), /secret|example/);
});

test('a mongod on PATH comes second, private and without a port', async () => {
  const place = machine({ mongod: true });
  const store = await chooseDocumentStore(place);
  const socket = join(place.socketDir, 'mongod.sock');
  assert.equal(store.kind, 'mongod');
  assert.equal(store.uri, `mongodb://${encodeURIComponent(socket)}/fupin`);
  assert.equal(store.command?.command, join(place.path, 'mongod'));
  const args = store.command.args.join(' ');
  assert.match(args, new RegExp(`--dbpath ${place.dataDir}/mongod --bind_ip ${socket} `));
  assert.doesNotMatch(args, /--port|--bind_ip_all|--fork/);
  assert.ok(existsSync(join(place.dataDir, 'mongod')));
});

test('the built-in server comes last and says what it is for', async () => {
  const place = machine();
  const store = await chooseDocumentStore(place);
  assert.equal(store.kind, 'built-in');
  assert.equal(store.command?.command, process.execPath);
  const script = store.command.args.find((arg) => arg.endsWith('.ts'));
  assert.ok(script && existsSync(script), 'the script is there');
  assert.deepEqual(store.command.args.slice(-4), [
    '--data',
    join(place.dataDir, 'documents'),
    '--socket',
    join(place.socketDir, 'documents.sock'),
  ]);
  assert.match(store.sentence, /demonstration, development and a single-office pilot/);
});

test('a mongod or an address that comes later is named and not used', async () => {
  const place = machine();
  await chooseDocumentStore(place);
  install(place.path);
  const second = await chooseDocumentStore(place);
  assert.equal(second.kind, 'built-in');
  assert.match(second.sentence, /mongod is on PATH, which is not used/);
  const third = await chooseDocumentStore({ ...place, mongodbUri: URI });
  assert.equal(third.kind, 'built-in');
  assert.match(third.sentence, /MONGODB_URI names a MongoDB, which is not used/);
  assert.doesNotMatch(third.sentence, /example/);
});

test('a recorded store that is gone stops the start instead of showing an empty platform', async () => {
  const named = machine();
  await chooseDocumentStore({ ...named, mongodbUri: URI });
  await assert.rejects(chooseDocumentStore(named), (error) => {
    assert.ok(error instanceof StartError);
    assert.match(error.message, /set MONGODB_URI to it/);
    return true;
  });
  const private_ = machine({ mongod: true });
  await chooseDocumentStore(private_);
  rmSync(join(private_.path, 'mongod'));
  await assert.rejects(chooseDocumentStore(private_), /no longer on PATH: install it again/);
});

test('once the record is deleted, the choice is made anew; other choices stay', async () => {
  const place = machine();
  await chooseDocumentStore(place);
  writeFileSync(join(place.dataDir, 'choices.json'), JSON.stringify({ ledger: 'embedded' }));
  const store = await chooseDocumentStore({ ...place, mongodbUri: URI });
  assert.equal(store.kind, 'named');
  assert.deepEqual(choices(place), { ledger: 'embedded', documentStore: 'named' });
});

test('a damaged record stops the start', async () => {
  const place = machine();
  await chooseDocumentStore(place);
  writeFileSync(join(place.dataDir, 'choices.json'), '{"documentStore":"mysql"}');
  await assert.rejects(chooseDocumentStore(place), /choices\.json is damaged/);
});

test('a socket path that is too long is told with what to do', async () => {
  const place = machine();
  const socketDir = join('/tmp', 'x'.repeat(80));
  await assert.rejects(
    chooseDocumentStore({ ...place, socketDir }),
    /set TMPDIR to a folder with a shorter path/,
  );
  assert.equal(existsSync(join(place.dataDir, 'choices.json')), false, 'a start that failed chose nothing');
});
