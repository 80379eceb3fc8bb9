/** Of flows taken in together a person sees their own; of any other transaction all or nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compositeKey, type ObjectType } from '#kernel/records/keys.ts';
import type { DomainEvent } from '#kernel/records/events.ts';
import type { ScopePerson } from '../member/scope.rules.ts';
import { contentsFor, mattersOf, type Contents } from './contents.rules.ts';

type Told = Pick<DomainEvent, 'subject'> & Partial<DomainEvent>;
type Read = Parameters<typeof contentsFor>[2];

function flow(serialNo: string): object {
  const key = { bankId: 'bank', account: '1', direction: 'DBIT', bookingDate: '2026-03-10', subIndex: 0 };
  return { flow: { ...key, serialNo } };
}
const keyOf = (serialNo: string): string => `bank~1~DBIT~2026-03-10~${serialNo}~0`;

const written = (type: ObjectType, ...parts: readonly string[]): Read['writes'][number] => ({
  key: compositeKey(type, parts),
  value: '{}',
});
/** What every transaction here writes, whatever it is said to be about. */
const writes = [
  ...['S1', 'S2'].map((serialNo) => written('FLOWSTATE', ...keyOf(serialNo).split('~'))),
  ...['d1', 'd2'].flatMap((id) => [written('DRAFT', id), written('REG', id, 'F1', 'S', '2026-03-10')]),
  written('REQ', 'request-1'),
];

function transaction(fn: string, events: readonly Told[], serials: readonly string[] = []): Read {
  const payload = JSON.stringify({
    v: 1,
    events: events.map((one) => ({ type: 'some.event', orgIds: [], division: '', ...one })),
  });
  return {
    fn,
    args: [JSON.stringify({ entries: serials.map(flow) })],
    event: { name: 'fupin', payload },
    reads: writes.map(({ key }) => ({ key, version: null })),
    writes,
    result: JSON.stringify({ replies: serials }),
  };
}

const person = (role: ScopePerson['role'], orgId: string, division: string): ScopePerson => ({
  role,
  orgId,
  division,
});
const people = {
  auditor: person('auditor', 'aud', '52'),
  bank: person('bank-investor', 'bank', '52'),
  payer: person('bank-investor', 'payer', '52'),
  county: person('county-command', 'cph', '522634'),
  city: person('local-finance', 'fin', '5226'),
  administrator: person('sec-admin', 'plat', '52'),
};

/** What one of them sees who may see these flows; the index entry holds what all events of the transaction name. */
function seenBy(one: ScopePerson, tx: Read, flows: readonly string[] = []): Contents | null {
  const matters = mattersOf(tx);
  const doc = {
    contract: 'reconciliation',
    division: matters.find(({ division }) => division !== '')?.division ?? '',
    parties: ['bank', ...matters.flatMap(({ parties }) => parties)],
  };
  return contentsFor(one, doc, tx, new Set(flows.map(keyOf)));
}

/** Who of them sees all contents. */
function seers(tx: Read): string[] {
  return Object.entries(people).flatMap(([name, one]) => (seenBy(one, tx)?.isWhole === true ? [name] : []));
}

const payment = (serialNo: string, draftId: string, division: string, payer: string): Told[] => [
  { subject: { flowKey: keyOf(serialNo) }, orgIds: ['bank'] },
  { subject: { flowKey: keyOf(serialNo), draftId }, orgIds: ['bank', payer], division },
  { subject: { draftId, projectId: 'p' + draftId }, orgIds: [payer, 'other'], division },
];

test('one flow alone is shown to its parties and its division', () => {
  const one = transaction('ingest', payment('S1', 'd1', '522634', 'payer'));
  assert.deepEqual(seers(one), ['auditor', 'bank', 'payer', 'county', 'city']);
});

const both = transaction(
  'ingestAll',
  // The first one is of another county, and both are payments of one draft.
  [...payment('S2', 'd1', '522633', 'stranger'), ...payment('S1', 'd1', '522634', 'payer')],
  ['S2', 'S1'],
);

test('of flows together a person sees their own, whoever came first, and nothing that hangs on the others', () => {
  for (const one of [people.payer, people.county]) {
    const part = seenBy(one, both, ['S1']);
    assert.ok(part?.event);
    assert.deepEqual(
      [part.isWhole, part.args, part.result],
      [false, [JSON.stringify({ entries: [flow('S1')] })], '{"replies":["S1"]}'],
    );
    const own = [compositeKey('FLOWSTATE', keyOf('S1').split('~'))];
    assert.deepEqual(
      [part.writes, part.reads].map((list) => list.map(({ key }) => key)),
      [own, own],
    );
    assert.equal(part.event.payload.includes('S2'), false);
    assert.equal(part.event.payload.includes(keyOf('S1')), true);
  }
});

test('flows together are whole for those who may see each of them, and nothing for those who may see none', () => {
  assert.equal(seenBy(people.bank, both, ['S1', 'S2'])?.isWhole, true);
  assert.equal(seenBy(people.county, both), null);
  assert.equal(seenBy(people.administrator, both), null);
});

test('another transaction about several matters is for those alone who may see each', () => {
  const events = [...payment('S1', 'd1', '522634', 'payer'), ...payment('S2', 'd2', '522633', 'stranger')];
  assert.deepEqual(seers(transaction('tick', events)), ['auditor', 'bank', 'city']);
});

test('events that hang together through a third are one matter; what names nothing is none', () => {
  const events: Told[] = [
    { subject: { draftId: 'd1' }, orgIds: ['a'] },
    { subject: { projectId: 'p1' }, orgIds: ['b'] },
    { subject: { orgId: 'o1' }, orgIds: ['c'] },
    { subject: { draftId: 'd1', projectId: 'p1' }, orgIds: ['a'], division: '522634' },
  ];
  assert.deepEqual(mattersOf(transaction('decide', events)), [{ division: '522634', parties: ['a', 'b'] }]);
  assert.deepEqual(mattersOf({ fn: 'ingest', args: [], event: null }), []);
});
