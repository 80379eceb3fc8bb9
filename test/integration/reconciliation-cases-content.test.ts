/** Cases of content: an amount, an account, a currency or a form that is not what was planned. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { banks } from '../../src/commands/demo/organisations.ts';
import { legOf } from '../../src/commands/demo/world.ts';
import { entryOfLeg } from '../support/web.ts';
import { reconciliationCase } from '../support/reconciliation/case.ts';
import { Desk } from '../support/reconciliation/desk.ts';

let desk: Desk;
before(async () => {
  desk = await Desk.open();
});
after(async () => desk.close());

const other = { account: '6200000000000000', name: '', bankNo: '' };

/** Registers and pays a spare leg with something changed; tells the leg's state, its failed checks and the alert's levels. */
async function tried(
  change: object,
  rule: 'A01' | 'A02' | 'A03' | 'A11' | 'A12',
): Promise<{
  state: string;
  failed: string[];
  alerts: string[];
}> {
  const { draft, legId } = await desk.spare();
  const serial = desk.serial();
  await desk.register(draft, legId, serial);
  await desk.pay(draft, legId, serial, change);
  const state = await desk.state(draft, legId);
  const { checks } = await desk.leg(draft, legId);
  return {
    state,
    failed: checks.filter((line) => !line.ok).map((line) => line.name),
    alerts: await desk.alerts(draft, rule),
  };
}

reconciliationCase(
  {
    id: 'C1',
    title: 'Amount too small',
    outcome:
      'No advance; red alert A01 with both amounts. Where the draft allows instalments it counts as one (case C3).',
  },
  async () => {
    const { state, failed, alerts } = await tried({ amountFen: '100' }, 'A01');
    assert.deepEqual([state, failed, alerts], ['MISMATCH', ['amount'], ['red']]);
  },
);

reconciliationCase(
  {
    id: 'C2',
    title: 'Amount too large',
    outcome: 'No advance, red alert A01; the excess is given to nothing.',
  },
  async () => {
    const { state, failed } = await tried({ amountFen: '99999999999' }, 'A01');
    assert.deepEqual([state, failed], ['MISMATCH', ['amount']]);
  },
);

reconciliationCase(
  {
    id: 'C6',
    title: 'Wrong payee account',
    outcome:
      'No advance, red alert A03 (diversion); normalised account numbers are compared, never names alone. The draft is not frozen by itself: ADR 0007.',
  },
  async () => {
    const { state, failed, alerts } = await tried({ payee: other }, 'A03');
    assert.deepEqual([state, failed, alerts], ['MISMATCH', ['payee'], ['red']]);
  },
);

reconciliationCase(
  {
    id: 'C7',
    title: 'Wrong payer account',
    outcome: 'Found by bank, serial and day although the account is another; no advance, red alert A02.',
  },
  async () => {
    const { state, failed, alerts } = await tried({ payer: other }, 'A02');
    assert.deepEqual([state, failed, alerts], ['MISMATCH', ['payer'], ['red']]);
  },
);

reconciliationCase(
  {
    id: 'C8',
    title: 'Payee name differs, account equal',
    outcome:
      'Matches on the account; yellow alert A11. Full and half width and spaces are levelled (NFKC) before names are compared.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    await desk.register(draft, legId, serial);
    const { payee } = legOf(draft, legId);
    await desk.pay(draft, legId, serial, { payee: { ...other, account: payee.account, name: '另一个名字' } });
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.deepEqual(await desk.alerts(draft, 'A11'), ['yellow']);
    const next = await desk.spare();
    const again = desk.serial();
    await desk.register(next.draft, next.legId, again);
    const name = `${legOf(next.draft, next.legId).payee.name} `.replace('（', '(').replace('）', ')');
    await desk.pay(next.draft, next.legId, again, { payee: { ...other, account: payee.account, name } });
    assert.ok((await desk.leg(next.draft, next.legId)).checks.every((line) => line.ok));
  },
);

reconciliationCase(
  {
    id: 'C10',
    title: 'Full return (退汇)',
    outcome:
      'A returning step is appended and linked, the leg steps back to 已退回, red alert A09; history stays. A new serial pays it again, the old one does not.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const paid = desk.serial();
    await desk.register(draft, legId, paid);
    await desk.pay(draft, legId, paid);
    const { amountFen } = legOf(draft, legId);
    await desk.back(draft, legId, { paid, serial: desk.serial(), amountFen });
    assert.equal(await desk.state(draft, legId), 'RETURNED');
    assert.deepEqual(await desk.alerts(draft, 'A09'), ['red']);
    await desk.register(draft, legId, paid);
    assert.equal(await desk.state(draft, legId), 'RETURNED');
    const again = desk.serial();
    await desk.register(draft, legId, again);
    await desk.pay(draft, legId, again);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.deepEqual(
      (await desk.moves(draft, legId)).map((step) => step.kind),
      ['payment', 'return', 'payment'],
    );
  },
);

reconciliationCase(
  {
    id: 'C11',
    title: 'Partial return, or a return net of a fee',
    outcome:
      'What the leg holds is reduced by the returned sum; the leg is 已退回 and open for exactly that sum. What the bank says it kept of a return (`feeFen`) is taken back too, since the payee has it no more. A charge (`fee`) is a movement of its own class that never matches.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const paid = desk.serial();
    await desk.register(draft, legId, paid);
    await desk.pay(draft, legId, paid);
    const back = String(BigInt(legOf(draft, legId).amountFen) - 1000n);
    await desk.back(draft, legId, { paid, serial: desk.serial(), amountFen: back });
    const leg = await desk.leg(draft, legId);
    assert.deepEqual([leg.state, leg.matchedFen], ['RETURNED', '1000']);
    const again = desk.serial();
    await desk.register(draft, legId, again);
    await desk.pay(draft, legId, again, { amountFen: back });
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    const net = { paid: again, serial: desk.serial(), amountFen: '700' };
    await desk.back(draft, legId, { ...net, change: { feeFen: '300' } });
    assert.equal((await desk.leg(draft, legId)).matchedFen, String(BigInt(back)));
    const fee = await desk.pay(draft, legId, desk.serial(), { amountFen: '300', payee: other, fee: true });
    assert.equal((await desk.flow(fee.results[0]?.flowId)).state, 'FEE');
  },
);

reconciliationCase(
  {
    id: 'C12',
    title: 'Bank correction (冲正) against return (退汇)',
    outcome:
      'Both reach the ledger as one canonical type: `reversal` with the original serial; booked on the debit side it is a correction, on the credit side a return, and the step says which. A negative amount is quarantined, unless the bank’s own profile says what it means; a reversal that names no payment waits for two persons.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const paid = desk.serial();
    await desk.register(draft, legId, paid);
    await desk.pay(draft, legId, paid);
    await desk.pay(draft, legId, desk.serial(), { reversal: true, originalSerialNo: paid.serialNo });
    assert.equal(await desk.state(draft, legId), 'RETURNED');
    assert.equal((await desk.moves(draft, legId)).at(-1)?.correction, true);
    const negative = await desk.pay(draft, legId, desk.serial(), { amountFen: '-100' });
    assert.equal(negative.results[0]?.result, 'quarantined');
    const unnamed = await desk.pay(draft, legId, desk.serial(), { reversal: true, amountFen: '5' });
    assert.equal((await desk.flow(unnamed.results[0]?.flowId)).state, 'WAITING');
  },
);

reconciliationCase(
  {
    id: 'C13',
    title: 'Same serial from two banks',
    outcome: 'Two flows: the bank is part of the key.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const serial = desk.serial();
    const own = desk.bankOf(draft, legId);
    const foreign = own === banks.county ? banks.investor : banks.county;
    const [one, two] = [
      await desk.push(own, [entryOfLeg(draft, legId, serial)]),
      await desk.push(foreign, [entryOfLeg(draft, legId, serial)]),
    ];
    assert.deepEqual([one.results[0]?.result, two.results[0]?.result], ['accepted', 'accepted']);
    await desk.register(draft, legId, serial);
    assert.equal(await desk.state(draft, legId), 'MATCHED');
    assert.equal((await desk.flow(two.results[0]?.flowId)).state, 'WAITING');
  },
);

reconciliationCase(
  { id: 'C14', title: 'Currency differs', outcome: 'No advance, red alert A12; nothing is ever converted.' },
  async () => {
    const { state, failed, alerts } = await tried({ currency: 'USD' }, 'A12');
    assert.deepEqual([state, failed, alerts], ['MISMATCH', ['currency'], ['red']]);
  },
);

reconciliationCase(
  {
    id: 'C15',
    title: 'Precision: 0.1+0.2, three decimals, 1e5, thousands commas, negative zero',
    outcome:
      'Amounts are decimal strings read digit by digit to whole fen; everything else is quarantined with its reason. A JSON number is refused as well.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const wrong = [
      '0.30000000000000004',
      '1.005',
      '1e5',
      '1,000.00',
      '-0',
      '-0.00',
      '',
      '٣',
      ' 1',
      '+1',
      '0',
    ];
    const entries = [...wrong, 100].map((amountYuan) =>
      entryOfLeg(draft, legId, desk.serial(), { amountFen: undefined, amountYuan }),
    );
    const { results } = await desk.push(desk.bankOf(draft, legId), entries);
    assert.deepEqual([...new Set(results.map((one) => one.result))], ['quarantined']);
    const right = await desk.pay(draft, legId, desk.serial(), { amountFen: undefined, amountYuan: '0.3' });
    assert.equal((await desk.flow(right.results[0]?.flowId)).amountFen, 30n);
  },
);

reconciliationCase(
  {
    id: 'C16',
    title: 'Unknown extra fields, a new schema version',
    outcome:
      'Unknown fields are tolerated, a missing required one quarantines its entry alone; the raw message stays.',
  },
  async () => {
    const { draft, legId } = await desk.spare();
    const entry = entryOfLeg(draft, legId, desk.serial(), { schemaVersion: '9.1', colour: { deep: true } });
    const lacking = entryOfLeg(draft, legId, desk.serial(), { currency: undefined });
    const { results } = await desk.push(desk.bankOf(draft, legId), [entry, lacking]);
    assert.deepEqual(
      results.map((one) => one.result),
      ['accepted', 'quarantined'],
    );
    assert.match(results[1]?.reason ?? '', /currency/);
    const stored = await InboxFlowModel.findById(results[0]?.flowId).lean();
    assert.ok(!(stored?.deliveries[0]?.flow ?? '').includes('colour'));
  },
);

reconciliationCase(
  {
    id: 'O1',
    title: 'Order of the decision; all failed checks are told',
    outcome:
      'booked, direction, serial, currency, payee, payer, amount, allocation, batch, deadline, state, claim, order, milestone, names: each with both values; every rule of a failed one raises its alert.',
  },
  async () => {
    const { state, failed, alerts } = await tried({ amountFen: '1', payee: other, currency: 'EUR' }, 'A12');
    assert.deepEqual([state, failed, alerts], ['MISMATCH', ['currency', 'payee', 'amount'], ['red']]);
  },
);
