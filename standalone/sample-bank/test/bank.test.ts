/** The bank from outside: money, pushes, misbehaviour, retry, restart, against a receiver that verifies signatures. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accounts } from './town.ts';
import type { Json, Town } from './town.ts';
import { openTown } from './town.ts';

const { finance, fund, county, builder } = accounts;
const at = (): Date => new Date('2026-11-20T02:15:30Z');

async function pay(town: Town, more: Record<string, unknown> = {}): Promise<Json> {
  const { status, body } = await town.post('transfers', {
    payerAccount: finance,
    payeeAccount: fund,
    amountFen: '40000000',
    ...more,
  });
  assert.equal(status, 200, body.error);
  return body;
}

test('a transfer moves the money and both banks push their signed entry', async (t) => {
  const town = await openTown(t);
  const receipt = await pay(town, { purpose: '拨款', reference: 'D1/F1' });
  assert.match(String(receipt['serialNo']), /^T\d{15}$/);
  assert.equal(receipt['bankId'], 'bank-a');
  const flows = await town.receiver.untilFlows(2);
  const debit = flows.find(({ bankId }) => bankId === 'bank-a');
  const credit = flows.find(({ bankId }) => bankId === 'bank-b');
  assert.ok(debit && credit);
  assert.match(debit.signature, /^v1,/);
  assert.match(credit.signature, /^v1a,/);
  const entry = debit.entries[0];
  assert.ok(entry);
  assert.equal(entry.serialNo, receipt['serialNo']);
  assert.equal(entry.direction, 'DBIT');
  assert.equal(entry.amountFen, '40000000');
  assert.equal(entry.bookingDate, receipt['bookingDate']);
  assert.deepEqual(entry.payer, { account: finance, name: '省财政厅', bankNo: '102701000013' });
  assert.equal(entry.reference, 'D1/F1');
  assert.equal(credit.entries[0]?.direction, 'CRDT');
  assert.notEqual(credit.entries[0].serialNo, receipt['serialNo']);
  assert.deepEqual(await town.balances(), {
    [finance]: '60000000',
    [fund]: '40000000',
    [county]: '5000',
    [builder]: '0',
  });
});

test('what cannot be done is refused with a sentence and changes nothing', async (t) => {
  const town = await openTown(t);
  const before = await town.balances();
  const cases: [Record<string, unknown>, number, RegExp][] = [
    [{ amountFen: '100000001' }, 409, /余额不足/],
    [{ amountFen: '0' }, 400, /金额/],
    [{ amountFen: '1.5' }, 400, /金额/],
    [{ payeeAccount: finance }, 400, /不能相同/],
    [{ payeeAccount: '999' }, 404, /没有账号 999/],
    [{ misbehave: 'steal' }, 400, /misbehave/],
    [{ bookingDate: '2026-02-30' }, 400, /日期/],
  ];
  for (const [change, status, words] of cases) {
    const request = { payerAccount: finance, payeeAccount: fund, amountFen: '100', ...change };
    const answer = await town.post('transfers', request);
    assert.equal(answer.status, status);
    assert.match(answer.body.error ?? '', words);
  }
  assert.deepEqual(await town.balances(), before);
  assert.equal((await town.get('transfers')).body.length, 0);
});

test('serial numbers count up and carry the booking date', async (t) => {
  const town = await openTown(t, { now: at });
  assert.equal((await pay(town, { amountFen: '1' }))['serialNo'], 'T202611200000001');
  const second = await pay(town, { amountFen: '1', bookingDate: '2026-11-19' });
  assert.equal(second['serialNo'], 'T202611190000001');
  assert.equal((await pay(town, { amountFen: '1' }))['serialNo'], 'T202611200000003');
});

test('wrong amount: another sum is really moved and pushed', async (t) => {
  const town = await openTown(t);
  await pay(town, { misbehave: 'wrong-amount' });
  const [flow] = await town.receiver.untilFlows(2);
  assert.equal(flow?.entries[0]?.amountFen, '39999900');
  assert.equal((await town.balances())[fund], '39999900');
});

test('wrong account: the money really goes to another account of the same bank', async (t) => {
  const town = await openTown(t);
  await pay(town, { misbehave: 'wrong-account' });
  const flows = await town.receiver.untilFlows(2);
  for (const flow of flows) assert.equal(flow.entries[0]?.payee.account, county);
  assert.equal((await town.balances())[fund], '0');
});

test('late: booked 30 days after the date that was asked for', async (t) => {
  const town = await openTown(t);
  const receipt = await pay(town, { misbehave: 'late', bookingDate: '2026-11-20' });
  assert.equal(receipt['bookingDate'], '2026-12-20');
  assert.match(String(receipt['serialNo']), /^T20261220/);
});

test('duplicate: the same entry comes again in a message of its own', async (t) => {
  const town = await openTown(t);
  await pay(town, { misbehave: 'duplicate' });
  const debits = (await town.receiver.untilFlows(3)).filter(({ bankId }) => bankId === 'bank-a');
  assert.equal(debits.length, 2);
  assert.deepEqual(debits[0]?.entries, debits[1]?.entries);
  assert.notEqual(debits[0]?.webhookId, debits[1]?.webhookId);
});

test('conflict: the same key comes again with another amount', async (t) => {
  const town = await openTown(t);
  await pay(town, { misbehave: 'conflict' });
  const debits = (await town.receiver.untilFlows(3)).filter(({ bankId }) => bankId === 'bank-a');
  assert.deepEqual(
    debits.map(({ entries }) => [
      entries[0]?.serialNo === debits[0]?.entries[0]?.serialNo,
      entries[0]?.amountFen,
    ]),
    [
      [true, '40000000'],
      [true, '40000100'],
    ],
  );
});

test('reversal: the money comes back and the entry names what it takes back, after it', async (t) => {
  const town = await openTown(t);
  const receipt = await pay(town, { misbehave: 'reversal' });
  const flows = (await town.receiver.untilFlows(3)).filter(({ bankId }) => bankId === 'bank-a');
  const [debit, back] = flows.map(({ entries }) => entries[0]);
  assert.ok(debit && back);
  assert.equal(debit.reversal, false);
  assert.equal(back.reversal, true);
  assert.equal(back.direction, 'CRDT');
  assert.equal(back.originalSerialNo, receipt['serialNo']);
  assert.equal(back.payee.account, finance);
  assert.equal((await town.balances())[finance], '100000000');
});

test('a transfer is reversed once, and not when the money is spent', async (t) => {
  const town = await openTown(t);
  const { serialNo } = await pay(town);
  await pay(town, { payerAccount: fund, payeeAccount: county, amountFen: '1' });
  assert.match((await town.post(`transfers/${String(serialNo)}/reverse`)).body.error ?? '', /余额不足/);
  await pay(town, { payerAccount: county, payeeAccount: fund, amountFen: '1' });
  const back = await town.post(`transfers/${String(serialNo)}/reverse`);
  assert.equal(back.body['bankId'], 'bank-a');
  assert.match((await town.post(`transfers/${String(serialNo)}/reverse`)).body.error ?? '', /已经冲正/);
  assert.match(
    (await town.post(`transfers/${String(back.body['serialNo'])}/reverse`)).body.error ?? '',
    /不能再冲正/,
  );
});

test('silent: nothing is pushed until somebody asks', async (t) => {
  const town = await openTown(t);
  const { serialNo } = await pay(town, { misbehave: 'silent' });
  await pay(town, { amountFen: '7' });
  const flows = await town.receiver.untilFlows(2);
  assert.ok(flows.every(({ entries }) => entries[0]?.amountFen === '7'));
  assert.equal((await town.post(`transfers/${String(serialNo)}/push`)).body['pushes'], 2);
  assert.ok((await town.receiver.untilFlows(4)).some(({ entries }) => entries[0]?.serialNo === serialNo));
});

test('a silent bank neither pushes nor beats; afterwards everything arrives', async (t) => {
  const town = await openTown(t);
  await town.post('banks/bank-a/silence', { on: true });
  await pay(town);
  const [first] = await town.receiver.untilFlows(1);
  assert.equal(first?.bankId, 'bank-b');
  await town.post('banks/bank-a/silence', { on: false });
  const flows = await town.receiver.untilFlows(2);
  assert.equal(flows[1]?.bankId, 'bank-a');
});

test('every bank beats, signed', async (t) => {
  const town = await openTown(t);
  const beats = (): string[] =>
    town.receiver.received
      .filter(({ path }) => path === '/api/v1/bank/heartbeat')
      .map(({ bankId }) => bankId);
  await town.receiver.until(() => new Set(beats()).size === 2);
  assert.deepEqual([...new Set(beats())].sort(), ['bank-a', 'bank-b']);
});

test('the clock set forward dates transfers, and signatures keep the real time', async (t) => {
  const town = await openTown(t);
  const { body } = await town.post('clock', { offsetDays: 40 });
  const receipt = await pay(town);
  assert.equal(receipt['bookingDate'], body['today']);
  assert.ok(String(body['today']) > new Date(Date.now() + 35 * 86_400_000).toISOString().slice(0, 10));
  await town.receiver.untilFlows(2);
  assert.equal((await town.post('clock', { offsetDays: -1 })).status, 400);
});
