/** Cases of delivery: how often, in which order and when a bank's entry arrives. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import { addDays } from '#kernel/dates.ts';
import { BankMessageModel } from '../../src/models/inbox/inbox.schema.ts';
import { SystemAlertModel } from '../../src/models/system-alert/system-alert.schema.ts';
import { paths } from '../../src/paths.ts';
import { entryOfLeg } from '../support/web.ts';
import { reconciliationCase } from '../support/reconciliation/case.ts';
import { Desk } from '../support/reconciliation/desk.ts';

let desk: Desk;
before(async () => {
  desk = await Desk.open();
});
after(async () => desk.close());

reconciliationCase(
  {
    id: 'D1',
    title: 'Same push twice, same body',
    outcome:
      'Both answered 202, the second as `duplicate`; one flow, one match. The unique key decides, no read before it.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const [serial, id] = [desk.serial(), randomUUID()];
    const entry = entryOfLeg(draft, legId, serial);
    const bankId = desk.bankOf(draft, legId);
    await desk.register(draft, legId, serial);
    const [first, second] = [await desk.push(bankId, [entry], id), await desk.push(bankId, [entry], id)];
    assert.deepEqual([first.status, second.status], [202, 202]);
    assert.deepEqual([first.results[0]?.result, second.results[0]?.result], ['accepted', 'duplicate']);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.equal((await desk.moves(draft, legId)).length, 1);
  },
);

reconciliationCase(
  {
    id: 'D2',
    title: 'Same message id, different body',
    outcome:
      'Refused with 409; both raw bodies are kept, a system alert (E07) names the bank, and no flow comes of the second.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const [bankId, id] = [desk.bankOf(draft, legId), randomUUID()];
    await desk.push(bankId, [entryOfLeg(draft, legId, desk.serial())], id);
    const other = desk.serial();
    const answer = await desk.push(bankId, [entryOfLeg(draft, legId, other)], id);
    assert.equal(answer.status, 409);
    const kept = await BankMessageModel.findById(`${bankId}~${id}`).lean();
    assert.equal(kept?.others.length, 1);
    assert.equal(await desk.web.platform.models.flow.countDocuments({ serialNo: other.serialNo }), 0);
    assert.ok((await SystemAlertModel.countDocuments({ rule: 'E07' })) > 0);
  },
);

reconciliationCase(
  {
    id: 'D3',
    title: 'Same flow under a new message id',
    outcome:
      'Collapses on the flow key. Other uncompared fields are counted as a sighting; other compared content is a conflict: kept beside, red alert A07, the first content stands.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const { results } = await desk.pay(draft, legId, serial);
    await desk.pay(draft, legId, serial, { purpose: '补充摘要' });
    const conflict = await desk.pay(draft, legId, serial, { amountFen: '1' });
    assert.equal(conflict.results[0]?.result, 'conflict');
    const flow = await desk.flow(results[0]?.flowId);
    assert.deepEqual([flow.sightings, flow.conflicts, flow.amountFen === 1n], [1, 1, false]);
    await desk.register(draft, legId, serial);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    const alert = await desk.web.platform.models.alert.findOne({ rule: 'A07', flowKey: flow._id }).lean();
    assert.equal(alert?.level, 'red');
  },
);

reconciliationCase(
  {
    id: 'D5',
    title: 'Flow before registration',
    outcome:
      'The flow is on the ledger and waits; its own clock runs (A06). Registering its serial matches it in the same transaction.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const { results } = await desk.pay(draft, legId, serial);
    assert.equal((await desk.flow(results[0]?.flowId)).state, 'WAITING');
    const receipt = await desk.register(draft, legId, serial);
    assert.equal(receipt.status, 200);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.equal((await desk.flow(results[0]?.flowId)).txId, receipt.transactionId);
  },
);

reconciliationCase(
  {
    id: 'D6',
    title: 'Registration before flow',
    outcome:
      'The leg is registered and awaits the bank; without a flow it is told by A05, yellow, later red (case T7). The flow matches it on arrival.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    await desk.register(draft, legId, serial);
    assert.equal(await desk.state(draft, legId), 'REGISTERED');
    await desk.pay(draft, legId, serial);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
  },
);

reconciliationCase(
  {
    id: 'D7',
    title: 'Flow and registration at the same instant',
    outcome:
      'Both reach the same decision; of two transactions that read the same records one is void and decided again. One match, both sides are told success.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const [answer, receipt] = await Promise.all([
      desk.pay(draft, legId, serial),
      desk.register(draft, legId, serial),
    ]);
    assert.deepEqual([answer.status, receipt.status], [202, 200]);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.equal((await desk.moves(draft, legId)).length, 1);
  },
);

reconciliationCase(
  {
    id: 'D10',
    title: 'Late flow, after the deadline',
    outcome:
      'The bank’s booking date decides. Booked in time and delivered late: matched, the page of the flow says so. Booked late: no advance, red alert A04; reviewer and closer of that alert may let it stand. A leg that was told as overdue before has two alerts A04 then, since it had two causes (ADR 0007).',
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
    const [inTime, late] = [desk.serial(deadline), desk.serial(addDays(deadline, 1))];
    await desk.register(draft, 'F1', inTime);
    const { results } = await desk.pay(draft, 'F1', inTime);
    assert.equal(await desk.state(draft, 'F1'), 'MATCHED');
    const page = await (await desk.as('pfd-1')).get(paths.flow(results[0]?.flowId ?? ''));
    assert.match(page.text, /晚于期限送达/);
    await desk.register(draft, 'F2', late);
    await desk.pay(draft, 'F2', late);
    assert.equal(await desk.state(draft, 'F2'), 'MISMATCH');
    assert.ok((await desk.alerts(draft, 'A04')).includes('red'));
  },
);

reconciliationCase(
  {
    id: 'D11',
    title: 'Flow still pending, or dropped later',
    outcome:
      'Stored and shown, never advances; booked under the same key it matches, dropped it leaves the registration waiting.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const [one, two] = [desk.serial(), desk.serial()];
    await desk.register(draft, legId, one);
    const pending = await desk.pay(draft, legId, one, { status: 'PDNG' });
    assert.equal((await desk.flow(pending.results[0]?.flowId)).state, 'PENDING');
    assert.equal(await desk.state(draft, legId), 'REGISTERED');
    await desk.pay(draft, legId, one);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    const other = await desk.spare();
    await desk.register(other.draft, other.legId, two);
    await desk.pay(other.draft, other.legId, two, { status: 'PDNG' });
    const dropped = await desk.pay(other.draft, other.legId, two, { status: 'DROP' });
    assert.equal((await desk.flow(dropped.results[0]?.flowId)).state, 'DROPPED');
    assert.equal(await desk.state(other.draft, other.legId), 'REGISTERED');
  },
);
