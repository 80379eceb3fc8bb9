/** Video as proof: told by content, anchored, played in parts that are checked against the ledger, and told when a part is damaged. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { paths } from '../../src/paths.ts';
import type { Browser } from '../support/form-browser.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

const mebibyte = 1024 * 1024;
let web: TestWeb;
let unit: Browser;
let projectId: string;
let sha256: string;
const mp4 = isoMedia(2.5 * mebibyte);
const webm = matroska(3_000);
before(async () => {
  web = await openTestWeb();
  projectId = (await web.project('CIRCULATING')).id;
  unit = await web.as('imp-522634-1');
  sha256 = createHash('sha256').update(mp4).digest('hex');
});
after(async () => web.close());

/** An MPEG-4 file as small as one can be: file type, an empty movie header, and media data that differ at every place. */
function isoMedia(size: number): Buffer {
  const box = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body]);
  };
  const data = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) data.writeUInt32BE((at * 2_654_435_761) >>> 0, at);
  return Buffer.concat([
    box('ftyp', Buffer.from('isom\0\0\u0002\0isommp42', 'latin1')),
    box('moov', box('mvhd', Buffer.alloc(100))),
    box('mdat', data),
  ]);
}

/** A WebM file of a header alone: EBML with the document type, then an empty segment. */
function matroska(size: number): Buffer {
  const docType = Buffer.from([0x42, 0x82, 0x84, ...Buffer.from('webm')]);
  const head = Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x80 | docType.length]), docType]);
  return Buffer.concat([head, Buffer.from([0x18, 0x53, 0x80, 0x67, 0xff]), Buffer.alloc(size)]);
}

async function part(
  browser: Browser,
  range: string,
): Promise<{ status: number; body: Buffer; range: string }> {
  const answer = await browser.get(paths.file(sha256)).set('Range', range).buffer(true);
  return {
    status: answer.status,
    body: answer.body as Buffer,
    range: String(answer.headers['content-range']),
  };
}

test('a video is taken as a milestone’s proof, by its content, and anchored with the hash of its chunks', async () => {
  const form = `/projects/${projectId}/progress/1`;
  const sent = await unit.upload(
    form,
    { percent: '60', note: '路基完工' },
    { name: '现场.bin', text: mp4 },
    form,
  );
  assert.equal(sent.status, 200, sent.text.slice(-500));
  await web.settled();
  const project = await web.platform.models.project.findById(projectId).lean();
  const [document] = project?.record.progress[0]?.documents ?? [];
  assert.deepEqual(
    [document?.sha256, document?.mediaType, document?.size],
    [sha256, 'video/mp4', mp4.length],
  );
  const anchored = await web.platform.models.evidence.findOne({ sha256 }).lean();
  assert.match(anchored?.record.chunksHash ?? '', /^[0-9a-f]{64}$/);
});

test('a WebM file is told by its content too', async () => {
  const county = await web.as('cph-522634-1');
  const path = String((await county.get(`${paths.applications}/new`)).headers.location);
  const sent = await county.upload(`${path}/files`, {}, { name: '航拍.webm', text: webm }, path);
  assert.equal(sent.status, 303, sent.text.slice(-500));
  const hash = createHash('sha256').update(webm).digest('hex');
  const view = await county.get(paths.fileView(hash));
  assert.match(view.text, /video\/webm/);
});

test('the file page plays it; a person of another county does not get there', async () => {
  const reader = await web.as('cph-522634-2');
  const { text } = await reader.get(paths.fileView(sha256));
  assert.match(
    text,
    new RegExp(`<video class="media" controls preload="metadata" src="${paths.file(sha256)}"`),
  );
  assert.match(text, /现场\.bin/);
  const page = await reader.get(`${paths.project(projectId)}?tab=plan`);
  assert.match(page.text, new RegExp(`href="${paths.fileView(sha256)}"`));
  assert.equal((await (await web.as('cph-520526-2')).get(paths.fileView(sha256))).status, 404);
});

test('parts are served with 206, within a chunk, across two, from the end, and open-ended', async () => {
  const total = mp4.length;
  for (const [from, to] of [
    [0, 99],
    [mebibyte - 10, mebibyte + 9],
    [2 * mebibyte, 2 * mebibyte],
  ] as const) {
    const got = await part(unit, `bytes=${from}-${to}`);
    assert.equal(got.status, 206);
    assert.equal(got.range, `bytes ${from}-${to}/${total}`);
    assert.ok(got.body.equals(mp4.subarray(from, to + 1)), `${from}-${to}`);
  }
  const last = await part(unit, 'bytes=-100');
  assert.ok(last.body.equals(mp4.subarray(-100)));
  const open = await part(unit, `bytes=${total - 5000}-`);
  assert.deepEqual([open.status, open.body.length], [206, 5000]);
  const whole = await unit.get(paths.file(sha256)).buffer(true);
  assert.deepEqual(
    [whole.status, whole.headers['content-type'], whole.headers['accept-ranges']],
    [200, 'video/mp4', 'bytes'],
  );
  assert.ok((whole.body as Buffer).equals(mp4));
});

test('a damaged chunk is told: the parts before it are served, it never is, and the page of verification says so', async () => {
  const file = await open(join(web.platform.config.dataDir, 'files', sha256.slice(0, 2), sha256), 'r+');
  await file.write(Buffer.from([mp4[mebibyte + 500]! ^ 1]), 0, 1, mebibyte + 500);
  await file.close();
  assert.equal((await part(unit, 'bytes=0-1000')).status, 206);
  const damaged = await unit.get(paths.file(sha256)).set('Range', `bytes=${mebibyte}-${mebibyte + 1000}`);
  assert.equal(damaged.status, 409);
  assert.match(damaged.text, /与账本存证不一致/);
  await assert.rejects(async () => unit.get(paths.file(sha256)).buffer(true), /aborted|terminated|hang up/);
  assert.match((await unit.get(`${paths.file(sha256)}/verify`)).text, /不一致/);
  assert.equal((await part(unit, `bytes=${2 * mebibyte}-${2 * mebibyte + 9}`)).status, 206);
});
