/** Cases in which a transfer and a leg are not one and the same: instalments, lists, batches, amendments, manual matches. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { addDays } from '#kernel/dates.ts';
import type { Draft } from '#kernel/records/draft.ts';
import { banks } from '../../src/commands/demo/organisations.ts';
import { personWith, legOf } from '../../src/commands/demo/world.ts';
import { writeParts } from '../../src/models/reconciliation/parts.rules.ts';
import { StatementModel, type Statement } from '../../src/models/statement/statement.schema.ts';
import { paths } from '../../src/paths.ts';
import { entryOfLeg } from '../support/web.ts';
import { camtBatch } from '../support/statement-files.ts';
import { reconciliationCase } from '../support/reconciliation/case.ts';
import { Desk, type Serial } from '../support/reconciliation/desk.ts';

let desk: Desk;
let one: Draft;
let two: Draft;
before(async () => {
  desk = await Desk.open();
  [one, two] = [await desk.draft(), await desk.draft()];
});
after(async () => desk.close());

const amountOf = (draft: Draft, legId: string): bigint => BigInt(legOf(draft, legId).amountFen);
const listOf = (legId: string): string =>
  writeParts(
    [one, two].map((draft) => ({ draftId: draft.DraftID, legId, amountFen: amountOf(draft, legId) })),
  );

/** One person of the payer of both drafts registers a list on the page. */
async function registerList(legId: string, serial: Serial, parts: string): Promise<number> {
  const { userId } = personWith(legOf(one, legId).payer.orgId, 'handle');
  const what = { subject: `${one.DraftID}~${legId}`, fields: { ...serial, parts } };
  return (await desk.act(userId, 'reconciliation.registerList', what)).status;
}

reconciliationCase(
  {
    id: 'C3',
    title: 'Several flows for one leg',
    outcome:
      'Only where the draft’s rules allow instalments: one serial after the other, sums in whole fen on the ledger, matched at exact equality; a last part that is too large does not advance.',
  },
  async () => {
    const draft = await desk.draft('ISSUED', {
      alter: (plan) => ({ ...plan, specialRule: [{ type: 'instalments', allowed: true }] }),
    });
    const whole = amountOf(draft, 'F1');
    const [first, wrong, last] = [desk.serial(), desk.serial(), desk.serial()];
    await desk.register(draft, 'F1', first);
    await desk.pay(draft, 'F1', first, { amountFen: '1000' });
    assert.equal((await desk.leg(draft, 'F1')).matchedFen, '1000');
    assert.equal(await desk.state(draft, 'F1'), 'OPEN');
    await desk.register(draft, 'F1', wrong);
    await desk.pay(draft, 'F1', wrong);
    assert.equal(await desk.state(draft, 'F1'), 'MISMATCH');
    const subject = `${draft.DraftID}~F1`;
    await desk.act('pfd-1', 'reconciliation.requestWithdrawal', { subject, fields: { reason: '金额有误' } });
    await desk.act('pfd-2', 'reconciliation.confirmWithdrawal', { subject, fields: { reason: '金额有误' } });
    await desk.register(draft, 'F1', last);
    await desk.pay(draft, 'F1', last, { amountFen: String(whole - 1000n) });
    assert.equal(await desk.state(draft, 'F1'), 'MATCHED');
    assert.equal((await desk.moves(draft, 'F1')).length, 2);
  },
);

reconciliationCase(
  {
    id: 'C4',
    title: 'One flow pays several drafts',
    outcome:
      'The payer registers it with an allocation list; it counts for all legs in one transaction or for none, and must give the whole transfer away. The flow’s page and every draft show the list.',
  },
  async () => {
    const [short, right] = [desk.serial(), desk.serial()];
    const total = amountOf(one, 'F1') + amountOf(two, 'F1');
    await registerList('F1', short, listOf('F1'));
    const answer = await desk.pay(one, 'F1', short, { amountFen: String(total + 1n) });
    assert.deepEqual([await desk.state(one, 'F1'), await desk.state(two, 'F1')], ['MISMATCH', 'MISMATCH']);
    assert.deepEqual((await desk.flow(answer.results[0]?.flowId)).resultCodes, ['ALLOCATION']);
    const subject = `${two.DraftID}~F1`;
    for (const [user, act] of [
      ['pfd-1', 'requestWithdrawal'],
      ['pfd-2', 'confirmWithdrawal'],
    ] as const)
      await desk.act(user, `reconciliation.${act}`, { subject, fields: { reason: '清单有误' } });
    assert.deepEqual([await desk.state(one, 'F1'), await desk.state(two, 'F1')], ['OPEN', 'OPEN']);
    assert.equal(await registerList('F1', right, listOf('F1')), 200);
    const paid = await desk.pay(one, 'F1', right, { amountFen: String(total) });
    assert.deepEqual([await desk.state(one, 'F1'), await desk.state(two, 'F1')], ['MATCHED', 'MATCHED']);
    const [a, b] = [await desk.moves(one, 'F1'), await desk.moves(two, 'F1')];
    assert.equal(a[0]?.txId, b[0]?.txId);
    const page = await (await desk.as('pfd-1')).get(paths.flow(paid.results[0]?.flowId ?? ''));
    assert.ok(page.text.includes(`${one.DraftID}/F1`) && page.text.includes(`${two.DraftID}/F1`));
  },
);

reconciliationCase(
  {
    id: 'C5',
    title: 'Batch entry with hidden parts',
    outcome:
      'The line (`batch`) is stored and never matched; its parts carry the serial with a sub-index and are registered each for its own leg. Nothing advances before the parts add up to the line; more than the line is red.',
  },
  async () => {
    const serial = desk.serial();
    const bankId = desk.bankOf(one, 'F2');
    const total = amountOf(one, 'F2') + amountOf(two, 'F2');
    await desk.register(one, 'F2', serial, { subIndex: '1' });
    await desk.register(two, 'F2', serial, { subIndex: '2' });
    const line = entryOfLeg(one, 'F2', serial, { batch: true, amountFen: String(total) });
    const answer = await desk.push(bankId, [line, entryOfLeg(one, 'F2', serial, { subIndex: 1 })]);
    assert.deepEqual(
      [await desk.state(one, 'F2'), await desk.state(two, 'F2')],
      ['REGISTERED', 'REGISTERED'],
    );
    await desk.push(bankId, [entryOfLeg(two, 'F2', serial, { subIndex: 2 })]);
    assert.deepEqual([await desk.state(one, 'F2'), await desk.state(two, 'F2')], ['MATCHED', 'MATCHED']);
    assert.equal((await desk.flow(answer.results[0]?.flowId)).state, 'BATCH');
  },
);

reconciliationCase(
  {
    id: 'C5',
    title: 'Batch entry of a camt statement',
    outcome:
      'A camt entry with several `TxDtls` becomes its line and its parts, keyed by their place, and goes the same way; parts that do not add up refuse the whole statement.',
  },
  async () => {
    const drafts = [await desk.draft(), await desk.draft()];
    const serial = desk.serial();
    for (const [at, draft] of drafts.entries())
      await desk.register(draft, 'F1', serial, { subIndex: String(at + 1) });
    const states = (): Promise<string[]> => Promise.all(drafts.map((draft) => desk.state(draft, 'F1')));
    const wrong = await broughtStatement(batchOf(drafts, serial, 100n));
    assert.deepEqual([wrong.state, wrong.counts.new], ['refused', 0]);
    const brought = await broughtStatement(batchOf(drafts, serial, 0n));
    assert.deepEqual([brought.state, brought.counts.new], ['ready', 3], 'the line and its two parts');
    assert.equal(brought.sections[0]?.debitCount, 1, 'one entry of the bank');
    assert.deepEqual(await states(), ['REGISTERED', 'REGISTERED']);
    const path = paths.statement(brought._id);
    const checker = await desk.as(personWith(brought.bankId, 'check', 'bank-investor').userId);
    assert.equal((await checker.post(`${path}/confirm`, {}, path)).status, 303);
    await desk.web.settled();
    assert.deepEqual(await states(), ['MATCHED', 'MATCHED']);
    const { models } = desk.web.platform;
    const flows = await models.flow.find({ serialNo: serial.serialNo }).sort({ subIndex: 1 }).lean();
    const shown = await Promise.all(flows.map((one) => desk.flow(one._id)));
    assert.deepEqual(
      shown.map((one) => [one.subIndex, one.state]),
      [
        [0, 'BATCH'],
        [1, 'MATCHED'],
        [2, 'MATCHED'],
      ],
    );
  },
);

/** A day of the payer's bank with one entry that pays F1 of every draft; `more` fen are in the entry than in its parts. */
function batchOf(drafts: readonly Draft[], serial: Serial, more: bigint): string {
  const legs = drafts.map((draft) => legOf(draft, 'F1'));
  const parts = legs.map((leg) => ({ other: leg.payee.account, fen: BigInt(leg.amountFen) }));
  return camtBatch({ account: legs[0]?.payer.account ?? '', ...serial, parts, more });
}

/** A person of the bank brings a statement on the page. */
async function broughtStatement(text: string): Promise<Statement> {
  const clerk = await desk.as(personWith(banks.investor, 'handle', 'bank-investor').userId);
  const answer = await clerk.upload(paths.statements, {}, { name: 'day.xml', text }, paths.statements);
  assert.equal(answer.status, 303);
  const id = decodeURIComponent(String(answer.headers.location).split('/').at(-1) ?? '');
  const found = await StatementModel.findById(id).lean<Statement>();
  assert.ok(found);
  return found;
}

reconciliationCase(
  {
    id: 'F22',
    title: 'Manual match or override',
    outcome:
      'Two persons of the payer, with reason and evidence on the ledger, shown as 人工匹配; every check still must hold, payee first. A payment that is late, early or too early for its milestone stands only by reviewer and closer of its alert, shown as 两人认可.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const [handle, check] = (['handle', 'check'] as const).map(
      (post) => personWith(legOf(draft, legId).payer.orgId, post).userId,
    );
    const [typed, real] = [desk.serial(), desk.serial()];
    await desk.register(draft, legId, typed);
    const diverted = await desk.pay(draft, legId, desk.serial(), {
      payee: { account: '6200000000000000', name: '', bankNo: '' },
    });
    const answer = await desk.pay(draft, legId, real);
    const parts = writeParts([{ draftId: draft.DraftID, legId, amountFen: amountOf(draft, legId) }]);
    const propose = (subject: string, evidence = ''): ReturnType<Desk['act']> =>
      desk.act(handle ?? '', 'reconciliation.proposeMatch', {
        subject,
        fields: { parts, reason: '流水号抄错', evidence },
      });
    const refused = await propose(diverted.results[0]?.flowId ?? '');
    assert.equal(refused.status, 422);
    assert.match(refused.text, /不能绕过/);
    const flowId = answer.results[0]?.flowId ?? '';
    const evidence = await broughtAsEvidence(handle ?? '', flowId);
    assert.equal((await propose(flowId, evidence)).status, 200);
    const match = await desk.web.platform.models.match.findOne({ flowKey: flowId, state: 'PROPOSED' }).lean();
    const confirm = { subject: match?._id ?? '', fields: { opinion: '与回单一致' } };
    assert.equal((await desk.act(handle ?? '', 'reconciliation.confirmMatch', confirm)).transactionId, null);
    assert.equal((await desk.act(check ?? '', 'reconciliation.confirmMatch', confirm)).status, 200);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.equal((await desk.moves(draft, legId))[0]?.manual, match?._id);
    const page = await (await desk.as(handle ?? '')).get(paths.draft(draft.DraftID));
    assert.match(page.text, /人工匹配/);
    assert.deepEqual(match?.record.evidence, [evidence]);
    const seen = async (userId: string): Promise<number> =>
      (await (await desk.as(userId)).get(`${paths.files}/${evidence}`)).status;
    assert.equal(await seen('aud-1'), 200, 'whoever sees the match sees what it rests on');
    assert.equal(await seen(personWith('cpc-520526', 'handle').userId), 404);
  },
);

/** Brings a receipt on the page of the proposal. @returns its hash, which the form has chosen already */
async function broughtAsEvidence(userId: string, flowId: string): Promise<string> {
  const form = `/actions/reconciliation.proposeMatch/${encodeURIComponent(flowId)}`;
  const browser = await desk.as(userId);
  const empty = await browser.upload(`${form}/files`, {}, { name: '空.txt', text: '' }, form);
  assert.equal(empty.status, 422);
  const file = { name: '回单.txt', text: `银行回单 ${flowId}` };
  const answer = await browser.upload(`${form}/files`, {}, file, form);
  assert.deepEqual([answer.status, answer.headers.location], [303, form]);
  const shown = (await browser.get(form)).text;
  const chosen = /<option value="([0-9a-f]{64})" selected[^>]*>([^<]*)/.exec(shown);
  assert.match(chosen?.[2] ?? '', /回单\.txt/);
  return chosen?.[1] ?? '';
}

reconciliationCase(
  {
    id: 'F22',
    title: 'Override of a late payment by reviewer and closer of its alert',
    outcome:
      'A payment that is late, early or too early for its milestone, and right in all else, stands by the word of both; the draft shows 两人认可.',
  },
  async () => {
    const deadline = addDays(desk.web.world.today, -3);
    const draft = await desk.draft('ISSUED', {
      issuedDaysAgo: 30,
      alter: (plan) => ({
        ...plan,
        legs: plan.legs.map((leg) => (/^F/.test(leg.legId) ? { ...leg, deadline } : leg)),
      }),
    });
    const late = desk.serial();
    await desk.register(draft, 'F1', late);
    await desk.pay(draft, 'F1', late);
    const found = await desk.web.platform.models.alert
      .findOne({ draftId: draft.DraftID, rule: 'A04', flowKey: { $ne: null } })
      .lean();
    const subject = found?._id ?? '';
    const text = '财政拨款系统停机一日';
    await desk.act('pfd-1', 'alert.explain', { subject, fields: { text } });
    const [reviewer, closer] = [personWith('plo', 'check').userId, personWith('plo', 'decide').userId];
    await desk.act(reviewer, 'alert.review', { subject, fields: { text } });
    assert.equal(await desk.state(draft, 'F1'), 'MISMATCH');
    await desk.act(closer, 'alert.close', { subject, fields: { text, acceptChecks: 'yes' } });
    assert.equal(await desk.state(draft, 'F1'), 'MATCHED');
    const page = await (await desk.as(reviewer)).get(paths.draft(draft.DraftID));
    assert.match(page.text, /两人认可/);
  },
);

reconciliationCase(
  {
    id: 'C9',
    title: 'Account closed or changed after the draft was issued',
    outcome:
      'The draft keeps the account it was signed with. To change it the draft is cancelled by two persons and issued anew, signed again; nothing is edited.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const { account, bankId, orgId } = legOf(draft, legId).payee;
    const subject = `${bankId}~${account}`;
    const closed = await desk.act(personWith(orgId, 'check').userId, 'member.closeAccount', {
      subject,
      fields: { reason: '账户更换' },
    });
    assert.equal(closed.status, 200);
    const serial = desk.serial();
    await desk.register(draft, legId, serial);
    await desk.pay(draft, legId, serial);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.deepEqual((await desk.now(draft)).PlanPath, draft.PlanPath);
  },
);
