/** Of a transaction's contents everybody sees what is about matters of their own. */
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

/** What each of them sees; the index entry holds what all events of the transaction name. */
function seenBy(tx: Read): Record<string, Contents | null> {
  const matters = mattersOf(tx);
  const doc = {
    contract: 'reconciliation',
    division: matters.find((one) => one.division !== '')?.division ?? '',
    parties: ['bank', ...matters.flatMap((one) => one.parties)],
  };
  return Object.fromEntries(Object.entries(people).map(([name, one]) => [name, contentsFor(one, doc, tx)]));
}

/** Who of them sees all contents. */
function seers(tx: Read): string[] {
  return Object.entries(seenBy(tx)).flatMap(([name, contents]) => (contents?.isWhole === true ? [name] : []));
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

test('flows together are shown as a whole to those alone who may see each of them', () => {
  const [mine, foreign] = [payment('S1', 'd1', '522634', 'payer'), payment('S2', 'd2', '522633', 'stranger')];
  const both = transaction('ingestAll', [...mine, ...foreign], ['S1', 'S2']);
  assert.deepEqual(seers(both), ['auditor', 'bank', 'city']);
  const own = transaction('ingestAll', [...mine, ...payment('S2', 'd2', '522634', 'payer')], ['S1', 'S2']);
  assert.deepEqual(seers(own), ['auditor', 'bank', 'payer', 'county', 'city']);
});

test('of flows together a party of one sees that one, and nothing of the others', () => {
  const [mine, foreign] = [payment('S1', 'd1', '522634', 'payer'), payment('S2', 'd2', '522633', 'stranger')];
  const { payer, county, administrator } = seenBy(
    transaction('ingestAll', [...mine, ...foreign], ['S1', 'S2']),
  );
  assert.ok(payer);
  assert.deepEqual(county, payer);
  assert.equal(administrator, null);
  assert.deepEqual(
    [payer.args, payer.result],
    [[JSON.stringify({ entries: [flow('S1')] })], '{"replies":["S1"]}'],
  );
  const [own] = [writes.filter(({ key }) => key.includes('S1') || key.includes('d1'))];
  assert.deepEqual(payer.writes, own);
  assert.deepEqual(
    payer.reads.map(({ key }) => key),
    own.map(({ key }) => key),
  );
  assert.equal(payer.event?.payload.includes('d2'), false);
  assert.equal(payer.event.payload.includes('d1'), true);
});

test('a flow that was brought again, without an event, is a matter of its own', () => {
  const repeated = transaction('ingestAll', payment('S1', 'd1', '522634', 'payer'), ['S1', 'S2']);
  assert.deepEqual(seers(repeated), ['auditor', 'bank']);
});

test('events that hang together through a third are one matter; what names nothing is none', () => {
  const events: Told[] = [
    { subject: { draftId: 'd1' }, orgIds: ['a'] },
    { subject: { projectId: 'p1' }, orgIds: ['b'] },
    { subject: { orgId: 'o1' }, orgIds: ['c'] },
    { subject: { draftId: 'd1', projectId: 'p1' }, orgIds: ['a'], division: '522634' },
  ];
  assert.deepEqual(mattersOf(transaction('decide', events)), [
    { ids: ['draftId d1', 'projectId p1'], division: '522634', parties: ['a', 'b'] },
  ]);
  assert.deepEqual(mattersOf({ fn: 'ingest', args: [], event: null }), []);
});
