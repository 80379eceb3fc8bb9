/** Files through the door: taken by content, given back whole and in part, told when damaged, hidden from others. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openTestWeb, type TestWeb } from '../support/web.ts';
import { personWith } from '../../src/commands/demo/world.ts';

let web: TestWeb;
let sha256 = '';
const text = '通村公路验收记录，逐段核验合格。';
before(async () => {
  web = await openTestWeb();
  const project = await web.project('CIRCULATING');
  const proof = await web.world.proof(personWith('imp-522634', 'handle'), {
    name: '验收 记录.txt',
    text,
    ownerId: `${project.id}~1`,
  });
  sha256 = proof.sha256;
  await web.settled();
});
after(async () => web.close());

test('whoever may see the project gets the file, as a download under its name', async () => {
  const response = await (await web.as('cph-522634-1')).get(`/files/${sha256}`);
  assert.equal(response.status, 200);
  assert.equal(response.text, text);
  assert.match(String(response.headers['content-disposition']), /^attachment; filename\*=UTF-8''%E9%AA%8C/);
  assert.equal(response.headers['x-content-type-options'], 'nosniff');
});

test('a part of it is answered with 206, a part beyond the end with 416', async () => {
  const person = await web.as('imp-522634-1');
  const bytes = Buffer.from(text);
  const part = await person.get(`/files/${sha256}`).set('Range', 'bytes=3-8');
  assert.equal(part.status, 206);
  assert.equal(part.text, bytes.subarray(3, 9).toString());
  assert.equal(part.headers['content-range'], `bytes 3-8/${bytes.length}`);
  assert.equal((await person.get(`/files/${sha256}`).set('Range', 'bytes=9999-')).status, 416);
});

test('somebody of another county gets 404', async () => {
  assert.equal((await (await web.as('cph-520526-1')).get(`/files/${sha256}`)).status, 404);
});

test('a file is not opened by naming its hash as the evidence of one’s own match', async () => {
  const own = {
    ...{ division: '520526', divisions: ['52', '5205', '520526'], parties: ['cpc-520526'] },
    ...{ payerOrgId: 'cpc-520526', state: 'PROPOSED', record: { evidence: [sha256] } },
  };
  await web.platform.models.match.collection.insertOne({ _id: 'm-1', ...own } as never);
  assert.equal((await (await web.as('cpc-520526-1')).get(`/files/${sha256}`)).status, 404);
});

test('the verify page compares it with the ledger', async () => {
  const response = await (await web.as('aud-1')).get(`/files/${sha256}/verify`);
  assert.match(response.text, /与账本存证一致/);
});

test('a program is refused by its content, whatever its name says, and the page says why', async () => {
  const person = await web.as('cph-522634-1');
  const begun = await person.get('/applications/new');
  const path = String(begun.headers.location);
  const elf = { name: '照片.jpg', text: `\u007fELF\u0002\u0001\u0001${'\u0000'.repeat(100)}` };
  const response = await person.upload(`${path}/files`, {}, elf, path);
  assert.equal(response.status, 422);
  assert.match(response.text, /不接受这种类型/);
});

test('a file changed on disk is told, never served', async () => {
  await writeFile(
    join(web.platform.config.dataDir, 'files', sha256.slice(0, 2), sha256),
    text.replace('合格', '不合'),
  );
  const person = await web.as('aud-1');
  const response = await person.get(`/files/${sha256}`);
  assert.equal(response.status, 409);
  assert.match(response.text, /与账本存证不一致/);
  assert.match((await person.get(`/files/${sha256}/verify`)).text, /不一致/);
});
