/** Files come back as they were stored, in whole and in part; a changed byte is told, never served. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { InputError } from '../kernel/errors.ts';
import { chunkBytes, CorruptFile, FileStore, type StoredFile } from './file.store.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});
after(async () => rm(folder, { recursive: true }));

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const store = (maxBytes = 8 * chunkBytes): FileStore => new FileStore({ folder, maxBytes });

async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
async function readAll(file: StoredFile, from = 0, to = file.size - 1): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of store().read(file, from, to)) parts.push(part);
  return Buffer.concat(parts);
}

test('a file of several chunks comes back whole and in any range, whatever the parts it came in', async () => {
  const bytes = Buffer.concat([png, randomBytes(3 * chunkBytes + 17)]);
  const file = await store().put(inParts(bytes, 70_001));
  assert.equal(file.mediaType, 'image/png');
  assert.equal(file.chunkHashes.length, 4);
  assert.deepEqual(await readAll(file), bytes);
  for (const [from, to] of [
    [0, 0],
    [chunkBytes - 1, chunkBytes],
    [5, 2 * chunkBytes + 5],
    [bytes.length - 1, bytes.length - 1],
  ] as const) {
    assert.deepEqual(await readAll(file, from, to), bytes.subarray(from, to + 1));
  }
});

test('the same content is one file with one hash', async () => {
  const [first, second] = [await store().put(inParts(png, 10)), await store().put(inParts(png, 1000))];
  assert.deepEqual(first, second);
});

test('a flipped bit, a cut end and a missing file are told', async () => {
  const bytes = Buffer.concat([png, randomBytes(chunkBytes)]);
  const file = await store().put(inParts(bytes, 65_536));
  const path = join(folder, file.sha256.slice(0, 2), file.sha256);
  assert.equal(await store().isIntact(file), true);
  const flipped = Buffer.from(bytes);
  flipped[bytes.length - 1] = (flipped[bytes.length - 1] ?? 0) ^ 1;
  await writeFile(path, flipped);
  assert.equal(await store().isIntact(file), false);
  await assert.rejects(readAll(file), CorruptFile);
  await writeFile(path, bytes.subarray(0, -1));
  await assert.rejects(readAll(file), CorruptFile);
  await rm(path);
  await assert.rejects(readAll(file), CorruptFile);
  assert.equal(await store().isIntact(file), false);
});

test('a chunk list that was altered does not hide altered bytes', async () => {
  const file = await store().put(inParts(png, 100));
  await assert.rejects(readAll({ ...file, chunkHashes: ['0'.repeat(64)] }), CorruptFile);
});

const refused: [string, Buffer][] = [
  ['an empty file', Buffer.alloc(0)],
  ['a program', Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), randomBytes(200)])],
  ['an archive', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), randomBytes(200)])],
  ['one above the limit', Buffer.concat([png, randomBytes(9 * chunkBytes)])],
];
for (const [what, bytes] of refused) {
  test(`refused, and nothing stays behind: ${what}`, async () => {
    await assert.rejects(store().put(inParts(bytes, 65_536)), InputError);
    assert.deepEqual(await readdir(join(folder, 'incoming')), []);
  });
}

test('text in UTF-8 and in GB18030 is taken as text', async () => {
  const gb = Buffer.from([0xb7, 0xf6, 0xc6, 0xb6, 0x0a]);
  for (const bytes of [Buffer.from('扶贫\n'), gb])
    assert.equal((await store().put(inParts(bytes, 3))).mediaType, 'text/plain');
});
