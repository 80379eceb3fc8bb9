/** What a pushed message is read as, and what is set aside with a reason. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMessage, type ReadEntry } from './wire.rules.ts';

const entry = {
  serialNo: 't202611200000123',
  bookingDate: '2026-11-20',
  txTime: '2026-11-20T10:15:30+08:00',
  direction: 'DBIT',
  status: 'BOOK',
  amountFen: '40000000',
  currency: 'CNY',
  payer: { account: '5205 0000-1111', name: '省财政厅', bankNo: '102701000013' },
  payee: { account: '520500002222', name: '有限合伙公司', bankNo: '102701000013' },
  somethingNew: true,
};

function read(entries: unknown[], more: object = {}): ReturnType<typeof readMessage> {
  return readMessage(Buffer.from(JSON.stringify({ batchNo: 'b', entries, ...more })), 'bank-a');
}

function one(change: object): ReadEntry {
  const message = read([{ ...entry, ...change }]);
  assert.equal(message.kind, 'entries');
  const [first] = message.entries;
  assert.ok(first?.ok, JSON.stringify(first));
  return first;
}

test('an entry is brought into normal form and its key names the payer account of a debit', () => {
  const found = one({});
  assert.equal(found.flowKey, 'bank-a~520500001111~DBIT~2026-11-20~T202611200000123~0');
  assert.equal(found.flow.payer.account, '520500001111');
  assert.equal(found.flow.amountFen, '40000000');
});

test('a credit is keyed by the payee account', () => {
  assert.match(one({ direction: 'CRDT' }).flowKey, /^bank-a~520500002222~CRDT~/);
});

test('yuan and fen of the same amount are the same content', () => {
  const yuan = one({ amountFen: undefined, amountYuan: '400000.00' });
  assert.equal(yuan.flow.amountFen, '40000000');
  assert.equal(yuan.contentHash, one({}).contentHash);
});

test('another amount is other content, another purpose only another sighting', () => {
  assert.notEqual(one({ amountFen: '40000001' }).contentHash, one({}).contentHash);
  const purpose = one({ purpose: '拨款' });
  assert.equal(purpose.contentHash, one({}).contentHash);
  assert.notEqual(purpose.entryHash, one({}).entryHash);
});

const unreadable: [string, object][] = [
  ['both amounts', { amountYuan: '400000.00' }],
  ['no amount', { amountFen: undefined }],
  ['zero', { amountFen: '0' }],
  ['a leading zero', { amountFen: '040' }],
  ['a negative amount', { amountFen: '-1' }],
  ['an exponent', { amountFen: undefined, amountYuan: '1e5' }],
  ['three decimals', { amountFen: undefined, amountYuan: '0.001' }],
  ['thousands commas', { amountFen: undefined, amountYuan: '400,000.00' }],
  ['a number instead of digits', { amountFen: 40000000 }],
  ['no serial', { serialNo: '' }],
  ['an account with letters', { payer: { account: '5205X', name: '' } }],
  ['a day that does not exist', { bookingDate: '2026-02-30' }],
  ['an unknown status', { status: 'INFO' }],
];
for (const [what, change] of unreadable) {
  test(`set aside with a reason: ${what}`, () => {
    const message = read([{ ...entry, ...change }, entry]);
    assert.equal(message.kind, 'entries');
    assert.deepEqual(
      message.entries.map((row) => row.ok),
      [false, true],
    );
    const [first] = message.entries;
    assert.ok(first !== undefined && !first.ok && first.reason.length > 0);
  });
}

test('bytes that are not UTF-8, not JSON, too deep or without entries are unreadable', () => {
  const bodies = [
    Buffer.from([0x7b, 0xff, 0x7d]),
    Buffer.from('{'),
    Buffer.from('[[[[[[[[[1]]]]]]]]]'),
    Buffer.from('{"entries":[]}'),
  ];
  assert.deepEqual(
    bodies.map((body) => readMessage(body, 'bank-a').kind),
    ['unreadable', 'unreadable', 'unreadable', 'unreadable'],
  );
});

test('brackets inside a text do not count as depth', () => {
  assert.equal(one({ purpose: '[[[[[[[[[[ \\" {{{' }).ok, true);
});

test('more than 500 entries and another bank’s message are told apart', () => {
  assert.equal(read(Array.from({ length: 501 }, () => entry)).kind, 'too-many');
  assert.equal(read([entry], { bankId: 'bank-b' }).kind, 'wrong-bank');
});
