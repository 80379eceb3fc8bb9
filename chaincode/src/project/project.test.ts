/** Tests of the `project` contract: the course of an application, who may take each step, and what binds it. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { contentHashOf } from '#kernel/canonical-json.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { ProjectContent } from '#kernel/records/project.ts';
import {
  advance,
  approvalOf,
  contentOfWorld,
  decision,
  draftIdOfWorld,
  issuerKeys,
  planOfWorld,
} from '../../test/application.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { accountOf, openFund, operator, person, populate } from '../../test/world.ts';
import { FundContract } from '../fund/fund.contract.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ProjectContract } from './project.contract.ts';

let ledger: MemoryLedger;
const project = (): NonNullable<ReturnType<typeof record>> => record()!;
const record = () => ledger.record('PROJECT', keyParts.PROJECT('p-1'));
const applying = (change: Partial<ProjectContent>, who = person('cph', 1)): Promise<unknown> => {
  const content = { ...contentOfWorld, ...change };
  return ledger.submit('project:apply', { id: 'p-1', content, contentHash: contentHashOf(content) }, who);
};

beforeEach(async () => {
  ledger = new MemoryLedger([MemberContract, FundContract, ProjectContract]);
  await populate(ledger, issuerKeys.publicKey);
  await openFund(ledger);
});

test('an application runs to an issued draft in five steps, each an event', async () => {
  await advance(ledger, 'review');
  const { events, result } = await ledger.submit(
    'project:decide',
    await approvalOf(ledger),
    person('plo', 3),
  );
  assert.deepEqual(result, { projectId: 'p-1', state: 'APPROVED', revision: 1, draftId: draftIdOfWorld });
  assert.deepEqual(
    events.map((event) => event.type),
    ['draft.issued', 'project.approved'],
  );
  assert.deepEqual(
    project().steps.map((step) => step.step),
    ['apply', 'check', 'countersign', 'review', 'approve'],
  );
  assert.deepEqual(
    project().steps.map((step) => step.act.by),
    ['cph.1', 'cph.2', 'city-fin.2', 'plo.1', 'plo.3'],
  );
  const draft = ledger.record('DRAFT', keyParts.DRAFT(draftIdOfWorld));
  assert.equal(draft?.Status, 'ISSUED');
  assert.equal(draft.Amount, contentOfWorld.amountFen);
});

test('the content must hash to what it says and its parts must add up', async () => {
  const wrong = ledger.submit(
    'project:apply',
    { ...decision, content: { ...contentOfWorld, name: '别的项目' } },
    person('cph', 1),
  );
  await assert.rejects(wrong, refusal('CONTENT_CHANGED'));
  await assert.rejects(applying({ budget: [{ item: '路面', amountFen: '1' }] }), refusal('SUM_MISMATCH'));
  await assert.rejects(applying({ amountFen: '1000000001' }), refusal('SUM_MISMATCH'));
  const [first, second] = contentOfWorld.milestones;
  await assert.rejects(applying({ milestones: [second!, first!] }), refusal('INVALID_ARGUMENT'));
});

test('fund, call and unit of an application must stand on the ledger', async () => {
  await assert.rejects(applying({ fundId: 'fund-2' }), refusal('REFERENCE_INVALID'));
  await assert.rejects(applying({ callId: 'call-2' }), refusal('REFERENCE_INVALID'));
  await assert.rejects(applying({ unitOrgId: 'cpc' }), refusal('REFERENCE_INVALID'));
  const much = '100000000001';
  const parts = { amountFen: much, budget: [{ item: 'x', amountFen: much }] };
  const milestones = [{ no: 1, name: 'x', plannedDate: '2027-03-01', amountFen: much }];
  await assert.rejects(applying({ ...parts, milestones }), refusal('AMOUNT_OVER_LIMIT'));
  await ledger.submit('fund:closeCall', { fundId: 'fund-1', id: 'call-1', reason: '额满' }, person('plo', 1));
  await assert.rejects(applying({}), refusal('REFERENCE_INVALID'));
});

test('a county applies for its own townships only, by a handling person', async () => {
  await assert.rejects(applying({}, person('cph2', 1)), refusal('OUT_OF_SCOPE'));
  await assert.rejects(applying({}, person('cph', 3)), refusal('POST_MISSING'));
  await assert.rejects(applying({}, person('plo', 1)), refusal('ROLE_NOT_ALLOWED'));
  await assert.rejects(applying({}, operator('sys-admin')), refusal('ROLE_NOT_ALLOWED'));
});

test('steps are taken in order, by the right role, and by different persons', async () => {
  await advance(ledger, 'apply');
  const step = (fn: string, who: Parameters<MemoryLedger['submit']>[2]): Promise<unknown> =>
    ledger.submit(`project:${fn}`, decision, who);
  await assert.rejects(step('countersign', person('city-fin', 2)), refusal('WRONG_STATE'));
  await assert.rejects(step('check', person('cph', 1)), refusal('SAME_PERSON'));
  await assert.rejects(step('check', person('cph', 3)), refusal('POST_MISSING'));
  await assert.rejects(step('check', person('cph2', 2)), refusal('OUT_OF_SCOPE'));
  await assert.rejects(step('check', person('plo', 2)), refusal('ROLE_NOT_ALLOWED'));
  await step('check', person('cph', 2));
  await assert.rejects(step('check', person('cph', 2)), refusal('WRONG_STATE'));
  await advance(ledger, 'review', 'countersign');
  const approval = await approvalOf(ledger);
  await assert.rejects(ledger.submit('project:decide', approval, person('plo', 1)), refusal('POST_MISSING'));
  await ledger.submit('project:decide', approval, person('plo', 2));
});

test('who reviewed does not decide, whatever posts he holds', async () => {
  await advance(ledger, 'countersign');
  await ledger.submit('project:review', { ...decision, plan: planOfWorld() }, person('plo', 2));
  await assert.rejects(
    ledger.submit('project:decide', await approvalOf(ledger), person('plo', 2)),
    refusal('SAME_PERSON'),
  );
});

test('every step is bound to the content that stands', async () => {
  await advance(ledger, 'apply');
  const stale = { ...decision, contentHash: contentHashOf('another screen') };
  await assert.rejects(ledger.submit('project:check', stale, person('cph', 2)), refusal('CONTENT_CHANGED'));
});

test('a return to the applicant opens the next revision; earlier persons keep their side', async () => {
  await advance(ledger, 'countersign');
  const back = { ...decision, opinion: '补充材料', returnTo: 'apply', fields: ['/budget/0'] };
  await assert.rejects(
    ledger.submit('project:return', { ...back, returnTo: 'review' }, person('plo', 1)),
    refusal('WRONG_STATE'),
  );
  await assert.rejects(ledger.submit('project:return', back, person('cph', 2)), refusal('ROLE_NOT_ALLOWED'));
  await ledger.submit('project:return', back, person('plo', 1));
  assert.equal(project().state, 'RETURNED');
  assert.deepEqual(project().steps.at(-1)?.fields, ['/budget/0']);
  await assert.rejects(ledger.submit('project:check', decision, person('cph', 2)), refusal('WRONG_STATE'));
  await applying({ summary: '已补充' });
  assert.equal(project().revision, 2);
  assert.deepEqual(project().previous, {
    content: contentOfWorld,
    contentHash: contentHashOf(contentOfWorld),
    revision: 1,
  });
  assert.equal(project().state, 'SUBMITTED');
  assert.equal(project().steps.length, 5);
  await assert.rejects(
    ledger.submit('project:check', decision, person('cph', 2)),
    refusal('CONTENT_CHANGED'),
  );
});

test('a return to an earlier step drops the plan', async () => {
  await advance(ledger, 'review');
  await ledger.submit('project:return', { ...decision, returnTo: 'check', fields: [] }, person('plo', 3));
  assert.equal(project().state, 'SUBMITTED');
  assert.equal(project().plan, null);
  await advance(ledger, 'decide', 'check');
  assert.equal(project().state, 'APPROVED');
});

test('the applicant withdraws until somebody has acted, and may apply again', async () => {
  await advance(ledger, 'apply');
  const call = { id: 'p-1', reason: '填错' };
  await ledger.submit('project:withdraw', call, person('cph', 1));
  assert.equal(project().state, 'WITHDRAWN');
  await advance(ledger, 'check');
  assert.equal(project().revision, 2);
  await assert.rejects(ledger.submit('project:withdraw', call, person('cph', 1)), refusal('WRONG_STATE'));
  await assert.rejects(applying({}), refusal('WRONG_STATE'));
});

test('a plan that departs from the fund or names an unconfirmed account is refused', async () => {
  await advance(ledger, 'countersign');
  const reviewing = (legs: ReturnType<typeof planOfWorld>['legs']): Promise<unknown> =>
    ledger.submit('project:review', { ...decision, plan: { legs, specialRule: [] } }, person('plo', 1));
  const { legs } = planOfWorld();
  const more = legs.map((leg) => (leg.legId === 'F1' ? { ...leg, amountFen: '40000001' } : leg));
  await assert.rejects(reviewing(more), refusal('PLAN_FAULT'));
  const renamed = { ...accountOf('imp'), name: '别的户名' };
  const named = legs.map((leg) => (leg.legId === 'M1' ? { ...leg, payee: renamed } : leg));
  await assert.rejects(reviewing(named), refusal('ACCOUNT_NOT_CONFIRMED'));
  const { bankId, account } = accountOf('cpc');
  await ledger.submit('member:closeAccount', { bankId, account, reason: '销户' }, person('cpc', 2));
  await assert.rejects(reviewing(legs), refusal('ACCOUNT_NOT_CONFIRMED'));
});

test('an approval without draft, or with a signature over something else, issues nothing', async () => {
  await advance(ledger, 'review');
  const approval = await approvalOf(ledger);
  const decide = (change: object): Promise<unknown> =>
    ledger.submit('project:decide', { ...approval, ...change }, person('plo', 3));
  await assert.rejects(decide({ draftId: null }), refusal('INVALID_ARGUMENT'));
  await assert.rejects(decide({ instructionSign: '30'.repeat(35) }), refusal('SIGNATURE_INVALID'));
  await assert.rejects(decide({ issuedOn: '2027-06-01' }), refusal('PLAN_FAULT'));
  assert.equal(project().state, 'REVIEWED');
  assert.equal(ledger.record('DRAFT', keyParts.DRAFT(draftIdOfWorld)), null);
});

test('a rejection ends the application', async () => {
  await advance(ledger, 'review');
  const nothing = { draftId: null, issuedOn: null, instructionSign: null };
  await ledger.submit('project:decide', { ...decision, ...nothing, decision: 'reject' }, person('plo', 3));
  assert.equal(project().state, 'REJECTED');
  await assert.rejects(applying({}), refusal('WRONG_STATE'));
});

test('progress is reported by the unit, accepted by the county, and reaches the draft', async () => {
  await advance(ledger, 'decide');
  const documents = [{ sha256: 'a'.repeat(64), name: '照片.jpg', size: 10, mediaType: 'image/jpeg' }];
  const report = { id: 'p-1', milestoneNo: 1, percent: 100, note: '完工', documents };
  const verdict = { id: 'p-1', milestoneNo: 1, accept: true, opinion: '属实。' };
  await assert.rejects(
    ledger.submit('project:checkProgress', verdict, person('cph', 2)),
    refusal('WRONG_STATE'),
  );
  await assert.rejects(
    ledger.submit('project:reportProgress', report, person('imp2', 1)),
    refusal('OUT_OF_SCOPE'),
  );
  await assert.rejects(
    ledger.submit('project:reportProgress', { ...report, milestoneNo: 3 }, person('imp', 1)),
    refusal('NOT_FOUND'),
  );
  await ledger.submit('project:reportProgress', report, person('imp', 1));
  await assert.rejects(
    ledger.submit('project:checkProgress', verdict, person('cph2', 2)),
    refusal('OUT_OF_SCOPE'),
  );
  await ledger.submit('project:checkProgress', { ...verdict, accept: false }, person('cph', 2));
  assert.equal(project().progress[0]?.state, 'REFUSED');
  await ledger.submit('project:reportProgress', report, person('imp', 1));
  await ledger.submit('project:checkProgress', verdict, person('cph', 2));
  assert.equal(project().progress[0]?.state, 'ACCEPTED');
  assert.deepEqual(ledger.record('DRAFT', keyParts.DRAFT(draftIdOfWorld))?.milestonesAccepted, [1]);
  await assert.rejects(
    ledger.submit('project:reportProgress', report, person('imp', 1)),
    refusal('WRONG_STATE'),
  );
});

test('a project is closed only when its draft has run its course', async () => {
  await advance(ledger, 'decide');
  const close = ledger.submit('project:close', { id: 'p-1', opinion: '完结' }, person('plo', 3));
  await assert.rejects(close, refusal('WRONG_STATE'));
});

test('a project is seen by its division and its parties, never by an administrator or another county', async () => {
  await advance(ledger, 'review');
  const see = (who: Parameters<MemoryLedger['query']>[2]): Promise<unknown> =>
    ledger.query('project:query', { id: 'p-1' }, who);
  for (const org of ['plo', 'pfd', 'lpf', 'aud', 'city-fin', 'cph', 'cpc', 'imp', 'bank-a'] as const) {
    assert.equal(((await see(person(org, 1))) as { id: string }).id, 'p-1', org);
  }
  for (const who of [person('cph2', 1), person('imp2', 1), operator('sys-admin'), operator('log-admin')]) {
    await assert.rejects(see(who), refusal('OUT_OF_SCOPE'));
  }
  const history = await ledger.query<{ steps: unknown[] }>(
    'project:history',
    { id: 'p-1' },
    person('imp', 1),
  );
  assert.equal(history.steps.length, 4);
});
