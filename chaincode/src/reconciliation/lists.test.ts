/** Tests of one transfer for several legs: allocation lists, batches, their returns, and manual matches. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Draft } from '#kernel/records/draft.ts';
import { flowKeyOf, keyParts } from '#kernel/records/keys.ts';
import type { DecisionReply, Flow, Part } from '#kernel/records/reconciliation.ts';
import {
  copyWorld,
  draftOn,
  feedOf,
  legOn,
  outcomeOn,
  payerOf,
  payment,
  planned,
  returnOf,
  seedDraft,
} from '../../test/drafts.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { person, populate } from '../../test/world.ts';
import { MemberContract } from '../member/member.contract.ts';
import type { MatchReply } from './match.ts';
import { ReconciliationContract } from './reconciliation.contract.ts';

const contracts = [MemberContract, ReconciliationContract];
const world = new MemoryLedger(contracts);
await populate(world);
const day = '2026-03-03';
let ledger: MemoryLedger;
let one: Draft;
let two: Draft;
let list: Part[];

beforeEach(() => {
  ledger = new MemoryLedger(contracts);
  copyWorld(world, ledger);
  one = seedDraft(ledger);
  two = seedDraft(ledger, { serial: 2 });
  list = [one, two].map((draft) => ({
    draftId: draft.DraftID,
    legId: 'F1',
    amountFen: planned(draft, 'F1').amountFen,
  }));
});

const total = (): string => String(list.reduce((sum, part) => sum + BigInt(part.amountFen), 0n));
const both = (change: Partial<Flow> = {}): Flow =>
  payment(planned(one, 'F1'), 'S1', day, { amountFen: total(), ...change });
const states = (): string[] => [one, two].map((draft) => legOn(ledger, draft.DraftID, 'F1').state);

async function register(
  of: Draft,
  serialNo: string,
  more: Partial<{ parts: Part[]; subIndex: number; legId: string }> = {},
): Promise<DecisionReply> {
  const args = { draftId: of.DraftID, legId: 'F1', serialNo, bookingDate: day, ...more };
  const payer = payerOf(planned(of, args.legId));
  return (await ledger.submit<DecisionReply>('reconciliation:register', args, payer)).result;
}

async function ingest(flow: Flow): Promise<DecisionReply> {
  return (await ledger.submit<DecisionReply>('reconciliation:ingest', { flow }, feedOf(flow))).result;
}

async function match(args: Record<string, unknown>, no: 1 | 2): Promise<MatchReply> {
  return (await ledger.submit<MatchReply>('reconciliation:match', args, person('pfd', no))).result;
}

test('one transfer pays the legs of its allocation list, all in one transaction, whichever came first', async () => {
  await register(two, 'S1', { parts: list });
  const reply = await ingest(both());
  assert.deepEqual([reply.state, states()], ['MATCHED', ['MATCHED', 'MATCHED']]);
  assert.deepEqual(outcomeOn(ledger, both()).parts, list);
  for (const part of list) {
    const held = ledger.record('ALLOC', keyParts.ALLOC(part.draftId, flowKeyOf(both())));
    assert.equal(held?.amountFen, part.amountFen);
  }
  assert.equal((await register(one, 'S1', { parts: [...list].reverse() })).state, 'MATCHED');
});

test('a list that does not give the whole transfer away, or of which one leg fails, advances nothing', async () => {
  await ingest(both({ amountFen: String(BigInt(total()) + 1n) }));
  assert.deepEqual((await register(one, 'S1', { parts: list })).resultCodes, ['ALLOCATION']);
  assert.deepEqual(states(), ['MISMATCH', 'MISMATCH']);
  const withdrawal = { draftId: two.DraftID, legId: 'F1', serialNo: 'S1', bookingDate: day, reason: '有误' };
  await ledger.submit('reconciliation:withdrawRegistration', withdrawal, person('pfd', 1));
  await ledger.submit('reconciliation:withdrawRegistration', withdrawal, person('pfd', 2));
  assert.deepEqual(states(), ['OPEN', 'OPEN']);
  const uneven = list.map((part, at) => ({
    ...part,
    amountFen: String(BigInt(part.amountFen) + (at ? 1n : -1n)),
  }));
  await ingest(both({ serialNo: 'S2' }));
  await register(one, 'S2', { parts: uneven });
  assert.deepEqual(states(), ['MISMATCH', 'MISMATCH']);
  assert.deepEqual(outcomeOn(ledger, both({ serialNo: 'S2' })).resultCodes, ['AMOUNT_DIFF']);
});

test('a list is refused over two payer accounts, with a leg twice, or without its own leg', async () => {
  const [first, second] = list;
  if (first === undefined || second === undefined) throw new Error('no list');
  const foreign = { ...second, legId: 'F2' };
  await assert.rejects(register(one, 'S1', { parts: [first, foreign] }), refusal('NOT_PAYER'));
  await assert.rejects(register(one, 'S1', { parts: [first, first] }), refusal('INVALID_ARGUMENT'));
  await assert.rejects(
    register(one, 'S1', { parts: [second, { ...second, legId: 'F1' }] }),
    refusal('INVALID_ARGUMENT'),
  );
});

test('everything back of a shared transfer takes every leg back; a part of it waits for two persons', async () => {
  await register(one, 'S1', { parts: list });
  await ingest(both());
  const part = returnOf(both(), 'R1', '2026-03-05', '100');
  await ingest(part);
  assert.deepEqual([outcomeOn(ledger, part).state, states()], ['MISMATCH', ['MATCHED', 'MATCHED']]);
  const parts = [{ draftId: two.DraftID, legId: 'F1', amountFen: '100' }];
  const proposal = { action: 'propose', flowKey: flowKeyOf(part), parts, reason: '银行回单' };
  const { id } = await match(proposal, 1);
  await assert.rejects(match({ action: 'confirm', id, opinion: '属实' }, 1), refusal('SAME_PERSON'));
  await match({ action: 'confirm', id, opinion: '属实' }, 2);
  assert.deepEqual([outcomeOn(ledger, part).state, states()], ['RETURN', ['MATCHED', 'RETURNED']]);
  await ingest(returnOf(both(), 'R2', '2026-03-06', String(BigInt(total()) - 100n)));
  assert.deepEqual(
    [one, two].map((draft) => legOn(ledger, draft.DraftID, 'F1').matchedFen),
    ['0', '0'],
  );
  assert.equal(draftOn(ledger, two.DraftID).ActualPath.filter((step) => step.kind === 'return').length, 2);
});

test('the parts of a batch pay their own legs once they are the whole batch; its line never does', async () => {
  const line = payment(planned(one, 'F1'), 'S1', day, { amountFen: total(), batch: true });
  const parts = [one, two].map((draft, at) => payment(planned(draft, 'F1'), 'S1', day, { subIndex: at + 1 }));
  await register(one, 'S1', { subIndex: 1 });
  await register(two, 'S1', { subIndex: 2 });
  for (const part of parts) await ingest(part);
  assert.deepEqual(states(), ['REGISTERED', 'REGISTERED']);
  assert.equal((await ingest(line)).state, 'BATCH');
  assert.deepEqual(states(), ['MATCHED', 'MATCHED']);
  const other = seedDraft(ledger, { serial: 3 });
  assert.equal((await register(other, 'S1', { subIndex: 2 })).outcome, 'REFUSED');
  assert.equal((await register(other, 'S1')).outcome, 'REFUSED');
});

test('parts that are more than their batch advance nothing', async () => {
  const line = payment(planned(one, 'F1'), 'S1', day, { amountFen: total(), batch: true });
  await ingest(line);
  await ingest(payment(planned(one, 'F1'), 'S1', day, { subIndex: 2, amountFen: total() }));
  await ingest(payment(planned(one, 'F1'), 'S1', day, { subIndex: 1 }));
  assert.deepEqual((await register(one, 'S1', { subIndex: 1 })).resultCodes, ['BATCH_DIFF']);
});

test('two persons match a payment whose serial was typed wrongly; the wrong registration stays as withdrawn', async () => {
  await register(one, 'WRONG');
  const flow = payment(planned(one, 'F1'), 'S1', day);
  await ingest(flow);
  const parts = list.slice(0, 1);
  const proposal = { action: 'propose', flowKey: flowKeyOf(flow), parts, reason: '流水号抄错' };
  const refused = await match(proposal, 1);
  await assert.rejects(match(proposal, 1), refusal('WRONG_STATE'));
  await match({ action: 'refuse', id: refused.id, opinion: '缺回单' }, 2);
  const { id } = await match(proposal, 1);
  await match({ action: 'confirm', id, opinion: '属实' }, 2);
  const leg = legOn(ledger, one.DraftID, 'F1');
  assert.deepEqual([leg.state, leg.serialNo, leg.manual], ['MATCHED', 'S1', id]);
  const earlier = ledger.record(
    'REG',
    keyParts.REG({ draftId: one.DraftID, legId: 'F1', serialNo: 'WRONG', bookingDate: day }),
  );
  assert.deepEqual([earlier?.state, earlier?.reason], ['WITHDRAWN', '流水号抄错']);
  assert.equal(draftOn(ledger, one.DraftID).ActualPath.at(-1)?.manual, id);
});

test('a flow that another leg had taken by its serial alone goes to the leg it is matched with; the other waits again', async () => {
  const flow = payment(planned(one, 'F2'), 'S1', day);
  await register(one, 'S1');
  await ingest(flow);
  assert.equal(legOn(ledger, one.DraftID, 'F1').state, 'MISMATCH');
  const parts = [{ draftId: one.DraftID, legId: 'F2', amountFen: flow.amountFen }];
  const propose = { action: 'propose', flowKey: flowKeyOf(flow), parts, reason: '回单' };
  const payer = (no: 1 | 2): ReturnType<typeof payerOf> => payerOf(planned(one, 'F2'), no);
  const { id } = (await ledger.submit<MatchReply>('reconciliation:match', propose, payer(1))).result;
  await ledger.submit('reconciliation:match', { action: 'confirm', id, opinion: '属实' }, payer(2));
  const [first, second] = ['F1', 'F2'].map((legId) => legOn(ledger, one.DraftID, legId));
  assert.deepEqual([first?.state, first?.flowKey, second?.state], ['REGISTERED', null, 'MATCHED']);
});

test('a manual match sets no check aside: another payee is refused, whoever asks', async () => {
  const flow = payment(planned(one, 'F1'), 'S1', day, {
    payee: { account: '8888888', name: '别户', bankNo: '' },
  });
  await ingest(flow);
  const proposal = { action: 'propose', flowKey: flowKeyOf(flow), parts: list.slice(0, 1), reason: '代付' };
  await assert.rejects(match(proposal, 1), refusal('CHECKS_FAILED'));
  await assert.rejects(match({ ...proposal, parts: list }, 1), refusal('SUM_MISMATCH'));
});

test('a return that names no payment is tied to one by two persons', async () => {
  const flow = payment(planned(one, 'F1'), 'S1', day);
  await register(one, 'S1');
  await ingest(flow);
  const back = { ...returnOf(flow, 'R1', '2026-03-05'), originalSerialNo: null };
  assert.equal((await ingest(back)).state, 'WAITING');
  const link = { flowKey: flowKeyOf(back), originalFlowKey: flowKeyOf(flow), parts: list.slice(0, 1) };
  const { id } = await match({ action: 'propose', ...link, reason: '退汇未带原流水号' }, 1);
  await match({ action: 'confirm', id, opinion: '属实' }, 2);
  assert.deepEqual(
    [legOn(ledger, one.DraftID, 'F1').state, outcomeOn(ledger, back).manual, outcomeOn(ledger, flow).state],
    ['RETURNED', id, 'RETURNED'],
  );
});
