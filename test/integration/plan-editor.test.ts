/** Drawing up a plan: which confirmed account of a party is used, and special rules from the form to the ledger and back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addDays } from '#kernel/dates.ts';
import type { SpecialRule } from '#kernel/records/draft.ts';
import { demoPassword } from '../../src/commands/demo/people.ts';
import { paths } from '../../src/paths.ts';
import type { Browser } from '../support/form-browser.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let office: Browser;
const second = 'bank-wj~6217000000000000077';
before(async () => {
  web = await openTestWeb();
  office = await web.as('plo-2');
  await openAccount();
});
after(async () => web.close());

/** The unit gets another account, confirmed by its second person. */
async function openAccount(): Promise<void> {
  const [bankId, account = ''] = second.split('~');
  const first = await web.platform.models.bankAccount.findOne({ orgId: 'imp-522634' }).lean();
  const args = {
    orgId: 'imp-522634',
    bankId,
    bankNo: first?.bankNo,
    account,
    name: '大塘合作社工程专户',
    purpose: 'unit',
  };
  const { actions } = web.platform.services;
  await actions.act('imp-522634-1', {
    contract: 'member',
    fn: 'registerAccount',
    args: { ...args, requestId: 'second-account-1' },
  });
  await actions.act('secadmin', {
    contract: 'member',
    fn: 'confirmAccount',
    args: { bankId, account, requestId: 'second-account-2' },
  });
  await web.settled();
}

/** Everything a browser would send of the editor, with changes. */
async function review(id: string, change: Record<string, string | string[]>): ReturnType<Browser['post']> {
  const fields = { opinion: '提请审批。', ...change } as Record<string, string>;
  return office.post(`${paths.approval(id)}/review`, fields, paths.approval(id));
}

test('the editor lists the confirmed accounts of each party and freezes the chosen one', async () => {
  const { id } = await web.project('COUNTERSIGNED');
  const { text } = await office.get(paths.approval(id));
  const select = /<select[^>]*name="account-imp-522634"[\s\S]*?<\/select>/.exec(text)?.[0] ?? '';
  assert.equal(select.match(/<option/g)?.length, 2);
  assert.match(select, /大塘合作社工程专户/);
  assert.equal((await review(id, { 'account-imp-522634': second })).status, 200);
  const doc = await web.platform.models.project.findById(id).lean();
  const unit = doc?.record.plan?.legs.find((leg) => leg.kind === 'M')?.payee;
  assert.equal(`${unit?.bankId}~${unit?.account}`, second);
  const vehicle = new Set(
    doc?.record.plan?.legs
      .flatMap((leg) => [leg.payer, leg.payee])
      .filter((end) => end.orgId === 'lpf')
      .map((end) => end.account),
  );
  assert.equal(vehicle.size, 1);
});

test("another organisation's account is refused, and nothing is frozen", async () => {
  const { id } = await web.project('COUNTERSIGNED');
  const foreign = await web.platform.models.bankAccount.findOne({ orgId: 'imp-520526' }).lean();
  const answer = await review(id, { 'account-imp-522634': foreign?._id ?? '' });
  assert.equal(answer.status, 409);
  assert.match(answer.text, /还没有已确认的银行账户/);
  assert.match(answer.text, /提请审批。/);
  assert.equal((await web.platform.models.project.findById(id).lean())?.record.plan, null);
});

test('special rules go from the form to the draft, in words on its face', async () => {
  const { id, content } = await web.project('COUNTERSIGNED');
  const recall = addDays(web.world.today, 900);
  const answer = await review(id, {
    'rule-whitelist': ['imp-522634'],
    'rule-categories': content.budget.map((one) => one.item).join('\r\n'),
    'rule-prepayment': '20',
    'rule-recall': recall,
    'rule-extra': 'pfd',
  });
  assert.equal(answer.status, 200, answer.text.slice(-1500));
  const decider = await web.as('plo-3');
  const words = [
    /里程碑款仅付给：雷山县/,
    /预付不超过汇票金额的 20%/,
    new RegExp(`收回日期 ${recall}`),
    /另需 省财政厅 核准/,
  ];
  const reading = await decider.get(paths.approval(id));
  for (const word of words) assert.match(reading.text, word);
  await decider.post(paths.reauthenticate, { password: demoPassword });
  const approved = await decider.post(
    `${paths.approval(id)}/approve`,
    { opinion: '同意。' },
    paths.approval(id),
  );
  assert.equal(approved.status, 200, approved.text.slice(-800));
  await web.settled();
  const draft = await web.platform.models.draft.findOne({ projectId: id }).lean();
  const types = draft?.record.SpecialRule.map((one: SpecialRule) => one.type);
  assert.deepEqual(types, [
    'payee-whitelist',
    'spend-categories',
    'max-prepayment',
    'recall-date',
    'extra-approver',
  ]);
  const face = await decider.get(paths.draft(draft?._id ?? ''));
  for (const word of words) assert.match(face.text, word);
  assert.match(face.text, /已验/);
});

test('a rule that the plan breaks is told with the part of the plan; what was typed stays', async () => {
  const { id } = await web.project('COUNTERSIGNED');
  const early = await review(id, { 'rule-recall': addDays(web.world.today, 1), 'rule-prepayment': '15' });
  assert.equal(early.status, 409);
  assert.match(early.text, /M1 期限/);
  assert.match(early.text, /name="rule-prepayment" value="15"/);
  const wrong = await review(id, { 'rule-prepayment': '120' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /预付上限应为/);
  assert.match(wrong.text, /name="rule-prepayment" value="120"/);
  assert.equal((await web.platform.models.project.findById(id).lean())?.state, 'COUNTERSIGNED');
});
