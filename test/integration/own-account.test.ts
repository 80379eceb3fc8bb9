/** The account page every role has: who one is, certificate, sessions, bank accounts; actions lead back to a page one may open. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { demoPassword } from '../../src/commands/demo/people.ts';
import { paths } from '../../src/paths.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
before(async () => {
  web = await openTestWeb();
});
after(async () => web.close());

/** One person of each role, with words that stand on his page alone. */
const people: readonly [userId: string, words: readonly RegExp[]][] = [
  ['plo-3', [/省基金领导小组办公室/, /审批/]],
  ['pfd-1', [/省财政厅/, /本单位银行账户/]],
  ['lpf-1', [/有限合伙公司/]],
  ['bank-qs-1', [/黔山银行/]],
  ['aud-1', [/省审计厅/]],
  ['lfb-5226-1', [/黔东南州财政局/]],
  ['cph-522634-1', [/雷山县脱贫攻坚指挥部/, /经办/]],
  ['cpc-522634-1', [/雷山县脱贫基金公司/]],
  ['imp-522634-1', [/合作社/]],
  ['sysadmin', [/系统管理员/]],
  ['secadmin', [/安全管理员/]],
  ['logadmin', [/审计管理员/]],
];

test('every role has the page, with its own name, post, organisation, certificate and session', async () => {
  for (const [userId, words] of people) {
    const browser = await web.as(userId);
    const page = await browser.get(paths.account);
    assert.equal(page.status, 200, userId);
    const main = page.text.slice(page.text.indexOf('<main'));
    for (const word of [...words, /证书序列号/, /当前会话/, /设置新密码/])
      assert.match(main, word, `${userId} ${word}`);
    assert.equal(/本单位银行账户/.test(main), !/admin$/.test(userId), userId);
  }
});

test('an account action of a business role leads back to a page that opens', async () => {
  const handler = await web.as('imp-522634-1');
  const path = paths.action('member.registerAccount', 'new');
  assert.match((await handler.get(paths.account)).text, new RegExp(path.replaceAll('.', '\\.')));
  const made = await handler.post(path, {
    orgId: 'imp-522634',
    bankId: 'bank-wj',
    bankNo: '313701098010',
    account: '6217009990001112223',
    name: '雷山县大塘镇建设专业合作社工程户',
    purpose: 'unit',
  });
  assert.equal(made.status, 200, made.text.slice(-800));
  const back = /<a class="btn btn-primary mt-3" href="([^"]*)"/.exec(made.text)?.[1] ?? '';
  assert.equal(back, paths.account);
  const shown = await handler.get(back);
  assert.equal(shown.status, 200);
  assert.match(shown.text, /工程户/);
});

test('sessions are listed, one is ended, and a new password ends the others', async () => {
  const [first, second, third] = [
    await web.as('cpc-520526-1'),
    await web.as('cpc-520526-1'),
    await web.as('cpc-520526-1'),
  ];
  const { text } = await first.get(paths.account);
  const ends = [...text.matchAll(/action="(\/account\/sessions\/[0-9a-f]{16}\/end)"/g)].map(
    (one) => one[1] ?? '',
  );
  assert.equal(new Set(ends).size, 2);
  assert.doesNotMatch(text, /s%3A|fupin\.sid/);
  await first.post(ends[0] ?? '', {}, paths.account);
  const open = await Promise.all(
    [first, second, third].map(async (one) => (await one.get(paths.account)).status),
  );
  assert.deepEqual([...open].sort(), [200, 200, 303]);
  const next = 'Xin-mima-2026-yanshi';
  const changed = await first.post(paths.newPassword, { present: demoPassword, next, again: next });
  assert.equal(changed.status, 303, changed.text);
  const after = await Promise.all(
    [first, second, third].map(async (one) => (await one.get(paths.account)).status),
  );
  assert.deepEqual(after, [200, 303, 303]);
});

test("nobody ends another's session", async () => {
  const owner = await web.as('lpf-1');
  await web.as('lpf-1');
  const { text } = await owner.get(paths.account);
  const end = /action="(\/account\/sessions\/[0-9a-f]{16}\/end)"/.exec(text)?.[1] ?? '';
  const stranger = await web.as('pfd-1');
  assert.equal((await stranger.post(end, {}, paths.account)).status, 404);
  assert.equal((await owner.get(paths.account)).status, 200);
});
