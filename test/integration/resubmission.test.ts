/** An application that comes back: the parts in question are marked for the applicant, what he changed is marked for the next reader. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { paths } from '../../src/paths.ts';
import { hiddenFields, type Browser } from '../support/form-browser.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let id: string;
let county: Browser;
before(async () => {
  web = await openTestWeb();
  id = (await web.project('SUBMITTED')).id;
  county = await web.as('cph-522634-1');
});
after(async () => web.close());

const opinion = '预算第一行与合同不符。';
const parts = ['/budget', '/documents'];
/** Posts a form with a name that comes several times. */
const choose = (fields: Record<string, string | string[]>): Record<string, string> =>
  fields as Record<string, string>;

test('the reviewer names parts when returning; a part that is none is refused', async () => {
  const checker = await web.as('cph-522634-2');
  const path = paths.action('project.return', id);
  const refused = await checker.post(path, choose({ returnTo: 'apply', opinion, fields: ['/owner'] }));
  assert.equal(refused.status, 422);
  const done = await checker.post(path, choose({ returnTo: 'apply', opinion, fields: parts }));
  assert.equal(done.status, 200, done.text);
  const doc = await web.platform.models.project.findById(id).lean();
  assert.deepEqual(doc?.record.steps.at(-1)?.fields, parts);
});

test('the applicant sees opinion, reviewer and the parts marked', async () => {
  for (const path of [paths.project(id), await openedForm()]) {
    const { text } = await county.get(path);
    const note = /<div class="alert alert-warning" id="returned"[\s\S]*?<\/div>/.exec(text)?.[0] ?? '';
    assert.match(note, new RegExp(opinion));
    assert.match(note, /钱海霞/);
    assert.match(note, /预算[\s\S]*附件/);
  }
  const { text } = await county.get(paths.application(id));
  assert.equal(text.match(/需修改<\/span>/g)?.length, 2);
  const plain = text.replace(/<svg[\s\S]*?<\/svg>/g, '');
  assert.match(plain, /预算（元）<\/h2><\/div><div[^>]*><span[^>]*>需修改/);
});

test('before submitting again the applicant sees what he changed; the next reader sees the same', async () => {
  const form = await county.get(paths.application(id));
  const fields = formFields(form.text);
  const changed = { ...fields, name: '通村公路硬化工程（修订）', do: 'review' };
  const review = await county.post(paths.application(id), choose(changed));
  assert.equal(review.status, 303, review.text.slice(0, 500));
  await county.upload(
    `${paths.application(id)}/files`,
    {},
    { name: '补充合同.txt', text: '补充合同' },
    paths.application(id),
  );
  const look = await county.get(`${paths.application(id)}/review`);
  assertChange(look.text, '通村公路硬化工程（修订）');
  const sent = await county.post(`${paths.application(id)}/submit`, {}, `${paths.application(id)}/review`);
  assert.equal(sent.status, 200, sent.text.slice(0, 500));
  for (const [userId, path] of [
    ['cph-522634-2', paths.approval(id)],
    ['lfb-5226-2', paths.approval(id)],
    ['plo-2', paths.approval(id)],
  ] as const) {
    const reader = await web.as(userId);
    const { text } = await reader.get(path);
    assertChange(text, '通村公路硬化工程（修订）');
    assert.match(text, /第 1 次提交 → 第 2 次提交/);
    assert.match(text, /附件（已修改）/);
    assert.doesNotMatch(text, /预算（已修改）/);
    assert.match(text, /需修改的部分：预算、附件/);
  }
});

test('a first submission has nothing to compare with', async () => {
  const first = await web.project('SUBMITTED');
  const { text } = await (await web.as('cph-522634-2')).get(paths.approval(first.id));
  assert.doesNotMatch(text, /id="changes"/);
});

function assertChange(text: string, name: string): void {
  const card = /<section class="card" id="changes">[\s\S]*?<\/section>/.exec(text)?.[0] ?? '';
  const row = new RegExp(`<del>[^<]+</del></td><td><ins>${name}</ins>`);
  assert.match(card, row);
  assert.match(card, /新增附件[\s\S]*补充合同\.txt/);
  assert.doesNotMatch(card, /删除附件|预算/);
}

async function openedForm(): Promise<string> {
  const response = await county.get(`${paths.applications}/new?from=${id}`);
  assert.equal(response.status, 303);
  return response.headers.location ?? '';
}

/** What a browser would send back of the application's first form. */
function formFields(html: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = { ...hiddenFields(html) };
  const add = (name: string, value: string): void => {
    const known = fields[name];
    fields[name] = known === undefined ? value : [known, value].flat();
  };
  const first = html.slice(0, html.indexOf('id="files"'));
  for (const [tag] of first.matchAll(/<input[^>]*class="form-control[^>]*>/g))
    add(/name="([^"]*)"/.exec(tag)?.[1] ?? '', /value="([^"]*)"/.exec(tag)?.[1] ?? '');
  for (const [, name = '', body = ''] of first.matchAll(
    /<select[^>]*name="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g,
  ))
    add(name, /<option value="([^"]*)" selected/.exec(body)?.[1] ?? '');
  add('summary', /<textarea[^>]*name="summary"[^>]*>([^<]*)/.exec(first)?.[1] ?? '');
  return fields;
}
