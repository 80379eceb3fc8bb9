/** Tests of the `draft` contract: redemption, ranges, freeze, cancel, recall, and what may be read. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Draft } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { DecisionReply, Flow } from '#kernel/records/reconciliation.ts';
import {
  copyWorld,
  draftOn,
  feedOf,
  legOn,
  payerOf,
  payment,
  planned,
  returnOf,
  seedDraft,
  writeDraft,
} from '../../test/drafts.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import type { Receipt } from '../../test/memory-ledger.ts';
import { person, populate } from '../../test/world.ts';
import type { TestIdentity } from '../../test/memory-ledger.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ReconciliationContract } from '../reconciliation/reconciliation.contract.ts';
import { DraftContract } from './draft.contract.ts';

const contracts = [MemberContract, ReconciliationContract, DraftContract];
const world = new MemoryLedger(contracts);
await populate(world);
let ledger: MemoryLedger;
let DraftID: string;

beforeEach(() => {
  ledger = new MemoryLedger(contracts);
  copyWorld(world, ledger);
  DraftID = seedDraft(ledger).DraftID;
});

const now = (): Draft => draftOn(ledger, DraftID);
const reason = '说明';

async function act(
  fn: string,
  args: Record<string, unknown>,
  who: TestIdentity,
): Promise<Receipt<{ state: string; rid: string; pending: boolean }>> {
  return ledger.submit(`draft:${fn}`, { DraftID, ...args }, who);
}

async function register(legId: string, date: string, serialNo = `S-${legId}`): Promise<DecisionReply> {
  const args = { draftId: DraftID, legId, serialNo, bookingDate: date };
  const who = payerOf(planned(now(), legId));
  return (await ledger.submit<DecisionReply>('reconciliation:register', args, who)).result;
}

async function ingest(flow: Flow): Promise<DecisionReply> {
  return (await ledger.submit<DecisionReply>('reconciliation:ingest', { flow }, feedOf(flow))).result;
}

async function pay(legId: string, date = '2026-03-10', serialNo = `S-${legId}`): Promise<DecisionReply> {
  await register(legId, date, serialNo);
  return ingest(payment(planned(now(), legId), serialNo, date));
}

async function payDown(): Promise<void> {
  for (const legId of ['F1', 'F2', 'B1', 'B2', 'D1']) await pay(legId);
}

function acceptMilestones(...nos: number[]): void {
  const draft = now();
  draft.milestonesAccepted = nos;
  if (draft.Status === 'CIRCULATING') draft.Status = 'REDEEMABLE';
  writeDraft(ledger, draft);
}

async function approve(milestoneNo: number): Promise<string> {
  const { rid } = (await act('accept', { action: 'request', milestoneNo }, person('imp', 1))).result;
  await act('accept', { action: 'check', rid, opinion: '同意' }, person('cph', 1));
  await act('accept', { action: 'check', rid, opinion: '同意' }, person('cpc', 2));
  return rid;
}

test('a draft runs from issue to settled: raised, paid down, redeemed by milestone', async () => {
  const seen = [now().Status];
  for (const legId of ['F1', 'F2', 'B1', 'B2', 'D1']) {
    await pay(legId);
    seen.push(now().Status);
  }
  acceptMilestones(1, 2);
  await approve(1);
  assert.deepEqual((await pay('M1')).resultCodes, ['MATCHED']);
  seen.push(now().Status);
  await approve(2);
  await pay('M2');
  seen.push(now().Status);
  const raising = ['RAISING', 'RAISING', 'RAISING', 'RAISED'];
  assert.deepEqual(seen, ['ISSUED', ...raising, 'CIRCULATING', 'PARTIALLY_REDEEMED', 'SETTLED']);
  assert.deepEqual([now().circulation, now().holderOrgId], ['ENDED', 'imp']);
  assert.deepEqual(
    now().redemptions.map((one) => one.state),
    ['SETTLED', 'SETTLED'],
  );
  assert.deepEqual(
    now().ranges.map((one) => one.state),
    ['REDEEMED', 'REDEEMED'],
  );
});

test('a redemption needs arrived money, an accepted milestone, two units; it locks its own range only', async () => {
  await assert.rejects(
    act('accept', { action: 'request', milestoneNo: 1 }, person('imp')),
    refusal('WRONG_STATE'),
  );
  await payDown();
  await assert.rejects(
    act('accept', { action: 'request', milestoneNo: 1 }, person('imp')),
    refusal('WRONG_STATE'),
  );
  acceptMilestones(1);
  const stranger = act('accept', { action: 'request', milestoneNo: 1 }, person('imp2'));
  await assert.rejects(stranger, refusal('OUT_OF_SCOPE'));
  const { rid } = (await act('accept', { action: 'request', milestoneNo: 1 }, person('imp'))).result;
  assert.deepEqual(
    now().ranges.map(({ state, legId }) => [state, legId]),
    [
      ['LOCKED', 'M1'],
      ['OPEN', null],
    ],
  );
  assert.equal(now().circulation, 'CIRCULATING');
  const check = { action: 'check', rid, opinion: '同意' };
  await assert.rejects(act('accept', check, person('cpc', 2)), refusal('ROLE_NOT_ALLOWED'));
  await assert.rejects(act('accept', check, person('cph2')), refusal('OUT_OF_SCOPE'));
  await act('accept', check, person('cph'));
  assert.equal((await act('accept', check, person('cpc', 2))).result.state, 'APPROVED');
});

test('where a special rule names a further approver, its check comes between the two', async () => {
  await payDown();
  acceptMilestones(1);
  writeDraft(ledger, { ...now(), SpecialRule: [{ type: 'extra-approver', orgId: 'city-fin' }] });
  const { rid } = (await act('accept', { action: 'request', milestoneNo: 1 }, person('imp'))).result;
  const check = { action: 'check', rid, opinion: '同意' };
  await act('accept', check, person('cph'));
  await assert.rejects(act('accept', check, person('cpc', 2)), refusal('OUT_OF_SCOPE'));
  assert.equal((await act('accept', check, person('city-fin', 2))).result.state, 'CHECKED');
  assert.equal((await act('accept', check, person('cpc', 2))).result.state, 'APPROVED');
});

test('a refused or withdrawn request restores what was before, and another may follow', async () => {
  await payDown();
  acceptMilestones(1);
  const first = (await act('accept', { action: 'request', milestoneNo: 1 }, person('imp'))).result;
  const refused = { action: 'refuse', rid: first.rid, reasonCode: 'proof', opinion: '佐证不足' };
  await act('accept', refused, person('cph'));
  assert.equal(now().Status, 'REDEEMABLE');
  assert.deepEqual(
    now().ranges.map(({ state }) => state),
    ['OPEN', 'OPEN'],
  );
  const second = (await act('accept', { action: 'request', milestoneNo: 1 }, person('imp'))).result;
  await act('accept', { action: 'withdraw', rid: second.rid, opinion: '补充材料' }, person('imp'));
  assert.equal(await approve(1), 'M1.3');
});

test('a milestone paid before its redemption stays failed until people decide; its return makes it payable again', async () => {
  await payDown();
  const early = await pay('M1');
  assert.deepEqual(early.resultCodes, ['MILESTONE']);
  acceptMilestones(1);
  await approve(1);
  const again = {
    bankId: 'bank-a',
    account: planned(now(), 'M1').payer.account,
    bookingDate: '2026-03-10',
    serialNo: 'S-M1',
  };
  const checked = await ledger.submit<DecisionReply>(
    'reconciliation:checking',
    again,
    payerOf(planned(now(), 'M1')),
  );
  assert.deepEqual(checked.result.resultCodes, ['MILESTONE']);
  const args = { draftId: DraftID, legId: 'M1', serialNo: 'S-M1', bookingDate: '2026-03-10', reason };
  await ledger.submit('reconciliation:withdrawRegistration', args, person('cpc', 1));
  await ledger.submit('reconciliation:withdrawRegistration', args, person('cpc', 2));
  assert.equal((await register('M1', '2026-03-10')).state, 'MATCHED');
  await ingest(returnOf(payment(planned(now(), 'M1'), 'S-M1', '2026-03-10'), 'R1', '2026-03-12'));
  assert.deepEqual([now().Status, now().redemptions[0]?.state], ['REDEEMABLE', 'APPROVED']);
  assert.equal((await pay('M1', '2026-03-13', 'S-NEW')).state, 'MATCHED');
});

test('an open range is cut into parts that sum to it, by issuer or holder', async () => {
  await act('split', { no: 1, partsFen: ['1', '10000000'] }, person('plo'));
  assert.deepEqual(
    now().ranges.map(({ startFen, endFen }) => [startFen, endFen]),
    [
      ['1', '1'],
      ['2', '10000001'],
    ],
  );
  await assert.rejects(act('split', { no: 3, partsFen: ['1', '1'] }, person('plo')), refusal('SUM_MISMATCH'));
  await assert.rejects(act('split', { no: 1, partsFen: ['1', '1'] }, person('plo')), refusal('NOT_FOUND'));
  await assert.rejects(act('split', { no: 3, partsFen: ['1', '1'] }, person('cpc')), refusal('OUT_OF_SCOPE'));
});

test('a frozen draft takes nothing; what came meanwhile is decided when another person lifts the freeze', async () => {
  await register('F1', '2026-03-10');
  await act('freeze', { reason }, person('plo', 2));
  assert.deepEqual([now().Status, now().frozen?.from], ['FROZEN', 'ISSUED']);
  const refused = await register('F2', '2026-03-10');
  assert.deepEqual(
    [refused.outcome, refused.resultCodes, refused.alertIds.length],
    ['REFUSED', ['DRAFT_STATE'], 1],
  );
  const flow = await ingest(payment(planned(now(), 'F1'), 'S-F1', '2026-03-10'));
  assert.deepEqual(flow.resultCodes, ['DRAFT_STATE']);
  await assert.rejects(act('unfreeze', { reason }, person('plo', 2)), refusal('SAME_PERSON'));
  await act('unfreeze', { reason }, person('plo', 3));
  assert.deepEqual([now().Status, legOn(ledger, DraftID, 'F1').state], ['RAISING', 'MATCHED']);
});

test('two persons cancel before the first match; registered serials are free again', async () => {
  await register('F1', '2026-03-10');
  assert.equal((await act('cancel', { reason }, person('plo', 1))).result.pending, true);
  await assert.rejects(act('cancel', { reason }, person('plo', 1)), refusal('SAME_PERSON'));
  await act('cancel', { reason }, person('plo', 2));
  assert.deepEqual([now().Status, now().circulation], ['TERMINATED', 'ENDED']);
  const { bankId, account } = planned(now(), 'F1').payer;
  assert.equal(
    ledger.record('CLAIM', keyParts.CLAIM({ bankId, account, bookingDate: '2026-03-10', serialNo: 'S-F1' }))
      ?.released,
    true,
  );
  assert.equal((await register('F1', '2026-03-10')).outcome, 'REFUSED');
});

test('after the first match a draft is recalled, not cancelled: the remainder goes back pro rata', async () => {
  await payDown();
  await assert.rejects(act('cancel', { reason }, person('plo', 1)), refusal('WRONG_STATE'));
  acceptMilestones(1);
  await approve(1);
  await pay('M1');
  await act('recall', { reason, deadline: '2026-08-01' }, person('plo', 1));
  await act('recall', { reason, deadline: '2026-08-01' }, person('plo', 2));
  const back = now().PlanPath.filter((leg) => leg.kind === 'X');
  const view = back.map(({ legId, payee, amountFen, deadline }) => [legId, payee.orgId, amountFen, deadline]);
  assert.deepEqual(view, [
    ['X1', 'lpf', '6000001', '2026-08-03'],
    ['X2', 'pfd', '240000', '2026-08-03'],
    ['X3', 'city-fin', '360000', '2026-08-03'],
    ['X4', 'bank-a', '2700001', '2026-08-03'],
    ['X5', 'bank-b', '2700000', '2026-08-03'],
  ]);
  assert.deepEqual([now().Status, now().circulation], ['PARTIALLY_REDEEMED', 'LOCKED']);
  for (const { legId } of back) assert.equal((await pay(legId, '2026-07-01')).state, 'MATCHED');
  assert.deepEqual([now().Status, now().circulation, now().holderOrgId], ['RECALLED', 'ENDED', 'plo']);
});

test('parties and those in scope read; another county and administrators do not', async () => {
  await pay('F1');
  const path = await ledger.query<{
    legs: { remainderFen: string }[];
    nodes: { orgId: string; remainderFen: string }[];
  }>('draft:path', { DraftID }, person('imp'));
  assert.deepEqual(
    path.legs.slice(0, 2).map((leg) => leg.remainderFen),
    ['0', '600000'],
  );
  assert.equal(path.nodes.find((node) => node.orgId === 'lpf')?.remainderFen, '400000');
  const history = await ledger.query<{ what: string }[]>('draft:history', { DraftID }, person('aud'));
  assert.deepEqual(
    history.map((line) => line.what),
    ['leg.registered', 'leg.payment'],
  );
  await assert.rejects(ledger.query('draft:query', { DraftID }, person('cph2')), refusal('OUT_OF_SCOPE'));
});
